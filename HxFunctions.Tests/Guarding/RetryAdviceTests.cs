using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Guarding;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Guarding;

/// <summary>When a closed route could next be open. Defaults: a check every 2 s while the guard is in use, every 8 s without Redis; 2
/// passes to rise.</summary>
public class RetryAdviceTests
{
    /// <param name="passes">Passes seen since the failure.</param>
    /// <param name="age">Seconds since the last check.</param>
    [Theory]
    [InlineData(DependencyStatus.Fail, "timeout", 0, 0, 2, 4)] // the next check in 2 s, and one more
    [InlineData(DependencyStatus.Fail, "timeout", 0, 1.5, 2, 3)] // 0.5 + 2
    [InlineData(DependencyStatus.Fail, "timeout", 1, 0, 2, 2)]
    [InlineData(DependencyStatus.Fail, "timeout", 1, 1.9, 2, 1)] // never 0
    [InlineData(DependencyStatus.Fail, "timeout", 0, 60, 2, 2)] // overdue: now, and one more
    [InlineData(DependencyStatus.Fail, "timeout", 0, 0, 1, 2)]
    [InlineData(DependencyStatus.Fail, "timeout", 0, 0, 5, 10)]
    [InlineData(DependencyStatus.Fail, "timeout", 4, 0, 5, 2)]
    [InlineData(DependencyStatus.Fail, "timeout", 9, 0, 2, 2)] // more passes than are needed is one check, not less than none
    [InlineData(DependencyStatus.Warn, "read_only", 3, 0, 5, 2)] // writable again: nothing to confirm
    [InlineData(DependencyStatus.Pass, "ok", 3, 8, 2, 2)] // too old to count: unknown
    [InlineData(null, "", 0, 0, 2, 2)]
    public async Task One_dependency(DependencyStatus? status, string reason, int passes, double age, int rise, int seconds)
    {
        GuardBench bench = new("/pg=postgres", new() { Rise = rise });
        if (status is { } known)
        {
            bench.Know("postgres", known, reason, passes);
        }

        bench.Time.Advance(TimeSpan.FromSeconds(age));

        Assert.Equal(seconds, Advise(bench, await bench.DecideAsync("/pg")));
    }

    [Theory]
    [InlineData(StoreCondition.Usable, 4)]
    [InlineData(StoreCondition.Absent, 4)]
    [InlineData(StoreCondition.Unusable, 16)] // PostgreSQL is probed only every 8 s, Redis as ever
    public async Task Last_of_those_that_are_missing_decides(StoreCondition store, int seconds)
    {
        GuardBench bench = new GuardBench("/both=postgres,redis")
            .Know("postgres", DependencyStatus.Fail)
            .Know("redis", DependencyStatus.Fail, passes: 1)
            .WithStore(store);

        Assert.Equal(seconds, Advise(bench, await bench.DecideAsync("/both")));
    }

    [Fact]
    public async Task What_is_not_missing_does_not_count()
    {
        GuardBench bench = new GuardBench("/both=postgres,redis")
            .Know("postgres", DependencyStatus.Pass, "ok")
            .Know("redis", DependencyStatus.Fail, passes: 1);

        Assert.Equal(2, Advise(bench, await bench.DecideAsync("/both")));
    }

    [Theory]
    [InlineData(90, 0, 90)]
    [InlineData(90, 30.5, 60)]
    [InlineData(90, 89.9, 1)]
    [InlineData(86_400, 0, 3600)] // an hour is the longest
    public async Task Override_lasts_until_it_ends(double lasts, double age, int seconds)
    {
        GuardBench bench = new GuardBench("/pg=postgres").Override(closed: true, TimeSpan.FromSeconds(lasts));
        bench.Time.Advance(TimeSpan.FromSeconds(age));
        bench.Know("postgres", DependencyStatus.Fail);

        Assert.Equal(seconds, Advise(bench, await bench.DecideAsync("/pg")));
    }

    [Fact]
    public async Task Misconfiguration_is_asked_about_once_an_interval()
    {
        GuardBench bench = new("/pg=postgres", new() { Problems = [new("X", "is wrong")], Interval = TimeSpan.FromSeconds(45) });

        GuardDecision decision = await bench.DecideAsync("/pg");

        Assert.True(decision.Closed);
        Assert.Equal(45, Advise(bench, decision));
    }

    private static int Advise(GuardBench bench, GuardDecision decision) => new RetryAdvice(bench.Settings).Seconds(decision);
}
