using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Guarding;

namespace HxFunctions.Tests.Guarding;

public class GuardTests
{
    private const string Routes =
        "/both=postgres,redis; /both/deep=redis; /pg=postgres; /pg/deep=qdrant; /some POST,DELETE=postgres; /get GET=postgres";

    /// <summary>States of postgres, redis and qdrant: p pass, w warn/read_only, d warn for another reason, f fail, u unknown.</summary>
    [Theory]
    [InlineData("ppp", "/both", "POST", "")]
    [InlineData("fpp", "/both", "GET", "postgres")]
    [InlineData("pfp", "/both", "GET", "redis")]
    [InlineData("ffp", "/both", "GET", "postgres,redis")]
    [InlineData("ppf", "/both", "POST", "")]
    // A read-only PostgreSQL serves reads, and those alone.
    [InlineData("npp", "/both", "GET", "")]
    [InlineData("npp", "/both", "POST", "postgres")]
    [InlineData("psp", "/both", "POST", "")]
    [InlineData("wpp", "/both", "GET", "")]
    [InlineData("wpp", "/both", "HEAD", "")]
    [InlineData("wpp", "/both", "OPTIONS", "")]
    [InlineData("wpp", "/both", "POST", "postgres")]
    [InlineData("wpp", "/both", "PROPFIND", "postgres")]
    [InlineData("wpp", "/both", "", "postgres")]
    [InlineData("wfp", "/both", "GET", "redis")]
    [InlineData("wfp", "/both", "PUT", "postgres,redis")]
    [InlineData("dpp", "/both", "POST", "")]
    // What isn't known is named only when nothing known closes the route.
    [InlineData("upp", "/both", "GET", "postgres")]
    [InlineData("uup", "/both", "GET", "postgres,redis")]
    [InlineData("ufp", "/both", "GET", "redis")]
    // All matching rules count together.
    [InlineData("pff", "/pg", "GET", "")]
    [InlineData("ppf", "/pg/deep/x", "GET", "qdrant")]
    [InlineData("fpf", "/pg/deep/x", "GET", "postgres,qdrant")]
    [InlineData("pfp", "/both/deep", "GET", "redis")]
    // Rules with methods; HEAD runs what GET runs; an unknown method might be any.
    [InlineData("fpp", "/some", "GET", "")]
    [InlineData("fpp", "/some", "DELETE", "postgres")]
    [InlineData("fpp", "/some", "delete", "postgres")]
    [InlineData("fpp", "/some", "BREW", "postgres")]
    [InlineData("fpp", "/some", "", "postgres")]
    [InlineData("fpp", "/get", "HEAD", "postgres")]
    [InlineData("fpp", "/get", "POST", "")]
    // Not guarded, and not to be decided.
    [InlineData("fff", "/other", "POST", "")]
    [InlineData("ffp", "/%zz", "POST", "postgres,redis")]
    public async Task Route_is_closed_by_what_it_needs(string states, string path, string method, string missing)
    {
        GuardBench bench = Bench(states);

        GuardDecision decision = await bench.DecideAsync(path, method);

        Assert.Equal(missing, string.Join(',', bench.Names(decision.Missing)));
        Assert.Equal((missing.Length > 0, missing.Length > 0), (decision.Closed, decision.VerdictIsClosed));
    }

    /// <summary>Precedence: off &gt; override &gt; shadow &gt; verdict. An override is about guarded routes only.</summary>
    [Theory]
    [InlineData(GuardMode.Enforce, null, "fpp", "/pg", true, true)]
    [InlineData(GuardMode.Enforce, null, "ppp", "/pg", false, false)]
    [InlineData(GuardMode.Enforce, "open", "fpp", "/pg", false, true)]
    [InlineData(GuardMode.Enforce, "closed", "ppp", "/pg", true, false)]
    [InlineData(GuardMode.Enforce, "closed", "ppp", "/other", false, false)]
    [InlineData(GuardMode.Shadow, null, "fpp", "/pg", false, true)]
    [InlineData(GuardMode.Shadow, "open", "fpp", "/pg", false, true)]
    [InlineData(GuardMode.Shadow, "closed", "ppp", "/pg", true, false)]
    [InlineData(GuardMode.Off, null, "fpp", "/pg", false, false)]
    [InlineData(GuardMode.Off, "closed", "fpp", "/pg", false, false)]
    public async Task Off_goes_before_override_before_shadow_before_verdict(
        GuardMode mode,
        string? word,
        string states,
        string path,
        bool closed,
        bool verdictIsClosed
    )
    {
        GuardBench bench = Bench(states, new() { GuardMode = mode });
        if (word is not null)
        {
            bench.Override(word == "closed", TimeSpan.FromMinutes(1));
        }

        GuardDecision decision = await bench.DecideAsync(path);

        Assert.Equal((closed, verdictIsClosed), (decision.Closed, decision.VerdictIsClosed));
    }

    [Fact]
    public async Task Guard_that_is_off_waits_for_nothing_and_misses_nothing()
    {
        Task<GuardDecision> decision = Bench("uuu", new() { GuardMode = GuardMode.Off }).Guard.DecideAsync("/pg", "POST").AsTask();

        Assert.True(decision.IsCompleted);
        Assert.Equal((false, 0UL, "/pg"), ((await decision).Closed, (await decision).Missing, (await decision).Rule?.Route));
    }

    [Fact]
    public async Task Override_ends_by_itself()
    {
        GuardBench bench = Bench("ppp").Override(closed: true, TimeSpan.FromSeconds(3));
        bench.Time.Advance(TimeSpan.FromSeconds(2.9));
        Assert.True((await bench.DecideAsync("/pg")).Closed);

        bench.Time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.False((await bench.DecideAsync("/pg")).Closed);
    }

    [Theory]
    [InlineData("upp", true, false)]
    [InlineData("upp", false, true)]
    [InlineData("ufp", true, true)]
    [InlineData("fpp", true, true)]
    public async Task Unknown_follows_the_setting_and_a_failure_does_not(string states, bool openOnUnknown, bool closed)
    {
        Assert.Equal(closed, (await Bench(states, new() { OpenOnUnknown = openOnUnknown }).DecideAsync("/both")).Closed);
    }

    /// <summary>Defaults: a pass counts for 2 + 5 s, a failure until all expires, after 2 × 30 + 5 s. Without Redis a pass of another
    /// counts for 8 + 5 s.</summary>
    [Theory]
    [InlineData("ppp", 7, false, true, false)]
    [InlineData("ppp", 7.1, false, true, true)]
    [InlineData("fpp", 64, false, true, true)]
    [InlineData("fpp", 64, true, true, true)]
    [InlineData("fpp", 65.1, true, true, false)]
    [InlineData("ppp", 13, false, false, false)]
    [InlineData("ppp", 13.1, false, false, true)]
    public async Task Old_knowledge_counts_as_unknown_but_a_failure_stands(
        string states,
        double seconds,
        bool openOnUnknown,
        bool redis,
        bool closed
    )
    {
        GuardBench bench = Bench(states, new() { OpenOnUnknown = openOnUnknown })
            .WithStore(redis ? Core.Snapshots.StoreCondition.Usable : Core.Snapshots.StoreCondition.Unusable);
        bench.Time.Advance(TimeSpan.FromSeconds(seconds));

        Assert.Equal(closed, (await bench.DecideAsync("/pg")).Closed);
    }

    [Fact]
    public async Task Request_waits_a_second_for_a_check_and_no_longer()
    {
        GuardBench bench = Bench("uuu");
        Task<GuardDecision> waiting = bench.Guard.DecideAsync("/pg", "GET").AsTask();
        bench.Time.Advance(TimeSpan.FromSeconds(0.9));
        Assert.False(waiting.IsCompleted);

        bench.Time.Advance(TimeSpan.FromSeconds(0.1));

        Assert.True((await waiting.WaitAsync(TimeSpan.FromSeconds(20))).Closed);
    }

    [Fact]
    public async Task Waiting_request_is_answered_by_the_check_that_lands()
    {
        GuardBench bench = Bench("uuu");
        Task<GuardDecision> waiting = bench.Guard.DecideAsync("/pg", "GET").AsTask();

        bench.Know("postgres", DependencyStatus.Pass, "ok");

        Assert.False((await waiting.WaitAsync(TimeSpan.FromSeconds(20))).Closed);
    }

    [Fact]
    public async Task Failure_of_one_need_is_decided_without_waiting_for_the_others()
    {
        Task<GuardDecision> decision = Bench("ufp").Guard.DecideAsync("/both", "GET").AsTask();

        Assert.True(decision.IsCompleted);
        Assert.True((await decision).Closed);
    }

    [Fact]
    public async Task Rules_beyond_the_64th_count_like_the_first()
    {
        GuardBench bench = new(string.Join(';', Enumerable.Range(0, 200).Select(i => $"/r{i}={(i % 2 == 0 ? "postgres" : "redis")}")));
        bench.Know("postgres", DependencyStatus.Pass, "ok").Know("redis", DependencyStatus.Fail);

        for (int i = 0; i < 200; i++)
        {
            GuardDecision decision = await bench.DecideAsync($"/r{i}/x");
            Assert.Equal(($"/r{i}", i % 2 == 1), (decision.Rule?.Route, decision.Closed));
        }

        Assert.Equal("/r0", (await bench.DecideAsync("/%zz")).Rule?.Route);
        Assert.Null((await bench.DecideAsync("/r200")).Rule);
    }

    [Theory]
    [InlineData("/v1/chat/completions")]
    [InlineData("/both/and/more?query=1")]
    [InlineData("/pg")]
    [InlineData("/both/%61nd/..//more")]
    public async Task Decision_allocates_nothing(string path)
    {
        GuardBench bench = Bench("pfp");
        Assert.Equal(0, await Allocations.OfAsync(1000, () => bench.Guard.DecideAsync(path, "POST")));
    }

    private static GuardBench Bench(string states, HxSettings? settings = null) => new GuardBench(Routes, settings).Know(states);
}
