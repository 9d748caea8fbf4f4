using HxFunctions.AspNetCore;
using HxFunctions.Tests.Servers;

namespace HxFunctions.Tests.Gateways;

/// <summary>Kept answers, in simulated time: when they count, when they are asked about again, and when nobody waits.</summary>
public sealed class GuardGateTests : IDisposable
{
    private static readonly GuardQuestion Guarded = new("POST", "/key/generate");

    private readonly GateRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public async Task Answer_that_may_be_kept_counts_for_its_method_and_path_alone()
    {
        Assert.Equal(Passage.Open, await _rig.DecideAsync());
        Assert.Equal(Passage.Kept, await _rig.DecideAsync());

        Assert.Equal(Passage.Open, await _rig.DecideAsync(GateRig.Model with { Method = "GET" }));
        Assert.Equal(Passage.Open, await _rig.DecideAsync(GateRig.Model with { Method = "post" }));
        Assert.Equal(Passage.Open, await _rig.DecideAsync(GateRig.Model with { Path = "/v1/chat/completions/" }));
        Assert.Equal(4, _rig.Asked);
    }

    /// <summary>Seconds since it was asked about, and what comes of it: 1 s as it is, 10 s while it is asked about, an hour without the
    /// guard.</summary>
    [Theory]
    [InlineData(0.99, "Kept", 1, "Kept")]
    [InlineData(1, "Kept", 2, "Kept")]
    [InlineData(10.99, "Kept", 2, "Kept")]
    [InlineData(11, "Open", 2, "Kept")]
    [InlineData(3600.99, "Open", 2, "Kept")]
    [InlineData(3601, "Open", 2, "Unreachable")]
    public async Task Age_says_what_an_answer_is_good_for(double age, string guardUp, int asked, string guardDown)
    {
        using GateRig down = new();
        await down.DecideAsync();
        down.Guard.Answer = GuardStub.Refuse;
        down.Pass(age);
        await _rig.DecideAsync();
        _rig.Pass(age);

        Assert.Equal(guardUp, (await _rig.DecideAsync()).ToString());
        await _rig.SettledAsync(asked);
        Assert.Equal(guardDown, (await down.DecideAsync()).ToString());
    }

    [Fact]
    public async Task Answer_is_as_old_as_its_question()
    {
        TaskCompletionSource<HttpResponseMessage> late = new();
        _rig.Guard.Answer = _ => late.Task;
        Task<Passage> first = _rig.DecideAsync();
        _rig.Pass(1.5);
        late.SetResult(GuardStub.Kept());
        Assert.Equal(Passage.Open, await first);

        _rig.Guard.Answer = _ => Task.FromResult(GuardStub.Kept());
        Assert.Equal(Passage.Kept, await _rig.DecideAsync());
        // It was over its second already.
        await _rig.SettledAsync(asked: 2);
    }

    [Fact]
    public async Task Question_in_the_background_is_one_and_nobody_waits_for_it()
    {
        await _rig.DecideAsync();
        _rig.Guard.Answer = GuardStub.Never;
        _rig.Pass(5);

        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(Passage.Kept, await _rig.DecideAsync());
        }

        // The stub counts the question after it has begun.
        await Eventually.TrueAsync(() => _rig.Guard.UnderWay == 1 && _rig.Asked >= 2);
        Assert.Equal(2, _rig.Asked);
        _rig.Pass(2);
        await _rig.SettledAsync(asked: 2);
    }

    [Fact]
    public async Task Questions_in_the_background_are_few()
    {
        GuardQuestion[] questions = [.. Enumerable.Range(0, 50).Select(i => new GuardQuestion("GET", $"/v1/models/{i}"))];
        foreach (GuardQuestion question in questions)
        {
            await _rig.DecideAsync(question);
        }

        TaskCompletionSource<HttpResponseMessage> late = new();
        _rig.Guard.Answer = _ => late.Task;
        _rig.Pass(5);
        foreach (GuardQuestion question in questions)
        {
            Assert.Equal(Passage.Kept, await _rig.DecideAsync(question));
        }

        await Eventually.TrueAsync(() => _rig.Guard.UnderWay == GuardGate.MaxBackgroundQuestions);
        late.SetResult(GuardStub.Open());
        await _rig.SettledAsync(50 + GuardGate.MaxBackgroundQuestions);
    }

    [Fact]
    public async Task Answer_in_the_background_renews_the_kept_one_or_ends_it()
    {
        await _rig.DecideAsync();
        _rig.Pass(5);
        await _rig.DecideAsync();
        await _rig.SettledAsync(asked: 2);
        _rig.Pass(10);
        Assert.Equal(Passage.Kept, await _rig.DecideAsync());
        await _rig.SettledAsync(asked: 3);

        // The path has become a guarded one.
        _rig.Guard.Answer = _ => Task.FromResult(GuardStub.Open());
        _rig.Pass(5);
        Assert.Equal(Passage.Kept, await _rig.DecideAsync());
        await _rig.SettledAsync(asked: 4);
        Assert.Equal(Passage.Open, await _rig.DecideAsync());
        _rig.Guard.Answer = GuardStub.Refuse;
        Assert.Equal(Passage.Unreachable, await _rig.DecideAsync());
    }

    /// <summary>An answer came, so that nothing that was kept counts any longer. Without an answer it does.</summary>
    [Theory]
    [InlineData(200, "open", "Open", "Unreachable")]
    [InlineData(200, null, "Unreachable", "Unreachable")]
    [InlineData(204, "open", "Unreachable", "Unreachable")]
    [InlineData(302, null, "Unreachable", "Unreachable")]
    [InlineData(401, null, "Unreachable", "Unreachable")]
    [InlineData(404, null, "Unreachable", "Unreachable")]
    [InlineData(503, "closed", "Closed", "Unreachable")]
    [InlineData(503, "open", "Unreachable", "Unreachable")]
    [InlineData(500, null, "Kept", "Kept")]
    [InlineData(502, null, "Kept", "Kept")]
    [InlineData(503, null, "Kept", "Kept")]
    public async Task Other_answer_ends_the_kept_one(int status, string? word, string then, string whenDead)
    {
        await _rig.DecideAsync();
        _rig.Pass(60);
        _rig.Guard.Answer = _ => Task.FromResult(GuardStub.Say(status, word));

        Assert.Equal(then, (await _rig.DecideAsync()).ToString());
        _rig.Guard.Answer = GuardStub.Refuse;
        Assert.Equal(whenDead, (await _rig.DecideAsync()).ToString());
    }

    [Fact]
    public async Task Guarded_route_is_asked_about_each_time_and_closed_without_an_answer()
    {
        _rig.Guard.Answer = _ => Task.FromResult(GuardStub.Open());
        for (int i = 1; i <= 3; i++)
        {
            Assert.Equal(Passage.Open, await _rig.DecideAsync(Guarded));
            Assert.Equal(i, _rig.Asked);
        }

        _rig.Guard.Answer = GuardStub.Refuse;
        Assert.Equal(Passage.Unreachable, await _rig.DecideAsync(Guarded));
        Assert.Equal(4, _rig.Asked);
    }

    [Fact]
    public async Task Nothing_is_kept_when_that_is_off()
    {
        using GateRig rig = new(options => options.KeptAnswers = 0);
        await rig.DecideAsync();
        Assert.Equal(Passage.Open, await rig.DecideAsync());
        rig.Guard.Answer = GuardStub.Refuse;
        Assert.Equal(Passage.Unreachable, await rig.DecideAsync());
    }

    [Fact]
    public async Task Allowlisted_request_passes_without_a_question_and_no_other_spelling_does()
    {
        using GateRig rig = new(options => options.Allowlist.Add("POST /v1/chat/completions"));
        rig.Guard.Answer = GuardStub.Refuse;

        Assert.Equal(Passage.Allowlisted, await rig.DecideAsync());
        Assert.Empty(rig.Guard.All);
        string[] others = ["/v1/chat/completions/", "/v1//chat/completions", "/V1/chat/completions", "/v1/chat/%63ompletions", "/%"];
        foreach (string path in others)
        {
            Assert.Equal(Passage.Unreachable, await rig.DecideAsync(GateRig.Model with { Path = path }));
        }

        Assert.Equal(Passage.Unreachable, await rig.DecideAsync(GateRig.Model with { Method = "GET" }));
        Assert.Equal(others.Length + 1, rig.Asked);
    }
}
