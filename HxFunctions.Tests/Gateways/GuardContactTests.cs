using HxFunctions.AspNetCore;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Tests.Gateways;

/// <summary>A guard that doesn't answer: who waits for it, and what the log says.</summary>
public sealed class GuardContactTests : IDisposable
{
    private static readonly GuardQuestion Guarded = new("POST", "/key/generate");

    private readonly GateRig _rig = new();

    public void Dispose() => _rig.Dispose();

    /// <summary>One a second asks, and waits; the others pass at once.</summary>
    [Fact]
    public async Task While_the_guard_hangs_one_request_a_second_waits_for_it()
    {
        await _rig.DecideAsync();
        _rig.Guard.Answer = GuardStub.Never;
        _rig.Pass(60);

        Task<Passage> first = _rig.DecideAsync();
        _rig.Pass(2);
        Assert.Equal(Passage.Kept, await first);
        for (int second = 0; second < 3; second++)
        {
            int before = _rig.Asked;
            Assert.Equal(Passage.Kept, await _rig.DecideAsync());
            _rig.Pass(1);
            Task<Passage> asking = _rig.DecideAsync();
            for (int i = 0; i < 10; i++)
            {
                Assert.Equal(Passage.Kept, await _rig.DecideAsync());
            }

            Assert.Equal(before + 1, _rig.Asked);
            Assert.False(asking.IsCompleted);
            _rig.Pass(2);
            Assert.Equal(Passage.Kept, await asking);
        }

        // A guarded route is asked about and closed all the same.
        Task<Passage> guarded = _rig.DecideAsync(Guarded);
        _rig.Pass(2);
        Assert.Equal(Passage.Unreachable, await guarded);
    }

    [Fact]
    public async Task Guard_that_is_back_is_asked_again_at_once()
    {
        await _rig.DecideAsync();
        _rig.Pass(60);
        _rig.Guard.Answer = GuardStub.Refuse;
        Assert.Equal(Passage.Kept, await _rig.DecideAsync());
        _rig.Guard.Answer = _ => Task.FromResult(GuardStub.Open());

        Assert.Equal(Passage.Open, await _rig.DecideAsync(Guarded));
        Assert.Equal(Passage.Open, await _rig.DecideAsync());
    }

    /// <summary>An hour without requests: what was kept is no word about now.</summary>
    [Fact]
    public async Task After_a_pause_without_requests_the_first_one_asks()
    {
        await _rig.DecideAsync();
        _rig.Pass(60);
        _rig.Guard.Answer = GuardStub.Refuse;
        await _rig.DecideAsync();
        _rig.Pass(1800);
        _rig.Guard.Answer = _ => Task.FromResult(GuardStub.Closed());

        Assert.Equal(Passage.Closed, await _rig.DecideAsync());
    }

    [Fact]
    public async Task Log_tells_of_changes_alone_and_names_neither_path_nor_key()
    {
        using GateRig rig = new(options => options.Key = "made-up-function-key");
        rig.Guard.Answer = _ => Task.FromResult(GuardStub.Open());
        await rig.DecideAsync(Guarded);
        rig.Guard.Answer = GuardStub.Refuse;
        for (int i = 0; i < 5; i++)
        {
            await rig.DecideAsync(Guarded);
        }

        rig.Guard.Answer = _ => Task.FromResult(GuardStub.Say(401, null));
        await rig.DecideAsync(Guarded);
        rig.Guard.Answer = _ => Task.FromResult(GuardStub.Open());
        await rig.DecideAsync(Guarded);
        // What a caller can bring about is no news of the guard.
        rig.Guard.Answer = _ => Task.FromResult(GuardStub.Say(400, null));
        Assert.Equal(Passage.Unreachable, await rig.DecideAsync(Guarded));

        Assert.Equal([LogLevel.Warning, LogLevel.Information], rig.Log.Collector.GetSnapshot().Select(record => record.Level));
        Assert.All(
            rig.Log.Collector.GetSnapshot(),
            record =>
            {
                Assert.DoesNotContain("made-up", record.Message, StringComparison.Ordinal);
                Assert.DoesNotContain(Guarded.Path, record.Message, StringComparison.Ordinal);
            }
        );
        Assert.Contains("no connection", rig.Log.Collector.GetSnapshot()[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Caller_who_goes_is_no_failure_of_the_guard()
    {
        _rig.Guard.Answer = GuardStub.Never;
        using CancellationTokenSource gone = new();
        Task<GateDecision> asking = _rig.Gate.DecideAsync(Guarded, gone.Token).AsTask();
        await gone.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        Assert.Empty(_rig.Log.Collector.GetSnapshot());
    }
}
