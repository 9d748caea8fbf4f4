using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Guarding;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Snapshots;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HxFunctions.Tests.Snapshots;

/// <summary>When an instance checks by itself, to the millisecond: without Redis, so that it is its own leader, on simulated time and with
/// the default paces.</summary>
public sealed class HealthMonitorTests : IAsyncLifetime
{
    private readonly SimulatedTime _time = new();
    private readonly SharedCheck _needed;
    private readonly SharedCheck _idle;
    private readonly ServiceProvider _services;

    public HealthMonitorTests()
    {
        _needed = new("local", _time);
        _idle = new("idle", _time);
        Dictionary<string, string?> variables = new() { ["GUARD_ROUTES"] = "/v1/keys=local" };
        ServiceCollection services = new();
        services
            .AddLogging()
            .AddSingleton<TimeProvider>(_time)
            .AddHxFunctions(new ConfigurationBuilder().AddInMemoryCollection(variables).Build());
        _needed.AddTo(services);
        _idle.AddTo(services);
        _services = services.BuildServiceProvider();
    }

    private GuardKnowledge Knowledge => _services.GetRequiredService<GuardKnowledge>();

    private HealthMonitor Monitor => _services.GetRequiredService<HealthMonitor>();

    private CheckAll CheckAll => _services.GetRequiredService<CheckAll>();

    public Task InitializeAsync() => Monitor.StartAsync(CancellationToken.None);

    public async Task DisposeAsync()
    {
        _needed.LetGo();
        await Monitor.StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
    }

    [Fact]
    public async Task Nothing_is_checked_before_the_first_use()
    {
        await _time.RunUntilAsync(Seconds(100));
        Assert.Equal(0, _needed.Count + _idle.Count);
        Assert.Equal(StoreCondition.Absent, _services.GetRequiredService<SnapshotBoard>().Current.Store);
    }

    [Fact]
    public async Task First_use_checks_at_once_and_use_keeps_the_pace()
    {
        await _time.RunUntilAsync(Seconds(100.7));
        Assert.False((await AskAsync()).Closed);
        Assert.Equal([100.7], Checks(_needed));
        for (int i = 1; i <= 20; i++)
        {
            await _time.RunUntilAsync(Seconds(100.7 + (0.9 * i)));
            ValueTask<GuardDecision> decision = AskAsync();
            Assert.True(decision.IsCompleted);
            Assert.False((await decision).Closed);
        }

        Assert.Equal([100.7, 102.7, 104.7, 106.7, 108.7, 110.7, 112.7, 114.7, 116.7, 118.7], Checks(_needed));
        Assert.Equal(Checks(_needed), Checks(_idle));
    }

    [Fact]
    public async Task Who_takes_the_lease_goes_on_at_the_pace_of_the_probe_before()
    {
        await _time.RunUntilAsync(Seconds(100));
        DependencyState down = new(DependencyStatus.Fail, Reasons.Timeout, _time.GetUtcNow(), 0, 2);
        DependencyRecord others = new(down, Seconds(1.5), _time.GetUtcNow(), 1, "another");
        _services.GetRequiredService<SnapshotBoard>().Publish(s => s.With(0, new(others, _time.GetTimestamp(), null)));

        Assert.True((await AskAsync()).Closed);
        await _time.RunUntilAsync(Seconds(101));

        Assert.Equal([100.5], Checks(_needed));
    }

    [Fact]
    public async Task Checks_end_an_interval_after_the_last_use_and_begin_again_with_the_next()
    {
        await AskAsync();
        await _time.RunUntilAsync(Seconds(9));
        await AskAsync();
        await _time.RunUntilAsync(Seconds(95));
        Assert.Equal(38, Checks(_needed)[^1]);
        Assert.Equal(20, _needed.Count);

        await AskAsync();
        await _time.QuietAsync();
        Assert.Equal(95, Checks(_needed)[^1]);
    }

    [Fact]
    public async Task Nothing_is_checked_after_the_end()
    {
        await AskAsync();
        await Monitor.StopAsync(CancellationToken.None);
        await _time.RunUntilAsync(Seconds(10));
        Assert.Equal([0.0], Checks(_needed));
    }

    [Fact]
    public async Task Guard_is_in_use_for_an_interval_after_the_last_request()
    {
        Assert.False(Knowledge.IsInUse);
        await AskAsync();
        await _time.RunUntilAsync(Seconds(30));
        Assert.True(Knowledge.IsInUse);
        await _time.RunUntilAsync(Seconds(30.001));
        Assert.False(Knowledge.IsInUse);
    }

    /// <summary>The timer has kept the knowledge recent, so that no request waits.</summary>
    [Fact]
    public async Task First_use_after_an_interval_without_any_begins_the_pace_at_once()
    {
        await AskAsync();
        await _time.RunUntilAsync(Seconds(40));
        await CheckAll.ByTimerAsync(CancellationToken.None).WaitAsync(Eventually);
        await _time.RunUntilAsync(Seconds(43.1));
        ValueTask<GuardDecision> decision = AskAsync();
        Assert.True(decision.IsCompleted);
        await decision;
        await _time.QuietAsync();
        Assert.Equal([30, 40, 43.1], Checks(_needed)[^3..]);
    }

    [Fact]
    public async Task What_is_needed_and_down_is_watched_for_ten_minutes_after_the_last_use()
    {
        await AskAsync();
        await _time.RunUntilAsync(Seconds(5));
        _needed.IsDown = true;
        await _time.RunUntilAsync(Seconds(1000));
        Assert.Equal(600, Checks(_needed)[^1]);
        Assert.InRange(_needed.Count, 301, 303);
    }

    [Fact]
    public async Task What_recovers_reopens_without_anyone_asking_and_is_left_alone_then()
    {
        await AskAsync();
        _needed.IsDown = true;
        await _time.RunUntilAsync(Seconds(99));
        _needed.IsDown = false;
        await _time.RunUntilAsync(Seconds(160));
        // Two passes, at 100 and at 102, turn it up.
        Assert.Equal(102, Checks(_needed)[^1]);
    }

    [Fact]
    public async Task What_no_rule_needs_is_not_watched_when_it_is_down()
    {
        _idle.IsDown = true;
        await AskAsync();
        await _time.RunUntilAsync(Seconds(90));
        Assert.Equal(30, Checks(_needed)[^1]);
        Assert.Equal(30, Checks(_idle)[^1]);
    }

    /// <summary>No timer fires here; expired is as good as down then.</summary>
    [Fact]
    public async Task What_is_needed_and_expires_is_checked_again_for_ten_minutes_after_the_last_use()
    {
        await AskAsync();
        await _time.RunUntilAsync(Seconds(1000));
        double[] checks = [.. Checks(_needed).Where(c => c > 30)];
        Assert.InRange(checks.Length, 8, 9);
        Assert.All(checks.Prepend(30).Zip(checks), pair => Assert.InRange(pair.Second - pair.First, 65, 67.1));
        Assert.InRange(checks[^1], 0, 600);
    }

    [Fact]
    public async Task Failure_is_confirmed_after_half_a_second_and_closes_then()
    {
        await AskAsync();
        await _time.RunUntilAsync(Seconds(3.9));
        _needed.IsDown = true;
        await _time.RunUntilAsync(Seconds(4.4));
        Assert.False((await AskAsync()).Closed);
        await _time.RunUntilAsync(Seconds(4.5));
        Assert.True((await AskAsync()).Closed);
        Assert.Equal([0, 2, 4, 4.5], Checks(_needed));
    }

    [Fact]
    public async Task Requests_share_one_wait_of_a_second_while_a_check_hangs()
    {
        _needed.Hang();
        Task<GuardDecision> first = AskAsync().AsTask();
        await _time.RunUntilAsync(Seconds(0.4));
        Task<GuardDecision> second = AskAsync().AsTask();
        await _time.RunUntilAsync(Seconds(0.999));
        Assert.False(first.IsCompleted || second.IsCompleted);
        await _time.RunUntilAsync(Seconds(1));
        Assert.True((await first.WaitAsync(Eventually)).Closed && (await second.WaitAsync(Eventually)).Closed);

        await _time.RunUntilAsync(Seconds(1.5));
        ValueTask<GuardDecision> third = AskAsync();
        await _time.QuietAsync();
        Assert.True(third.IsCompleted);
        Assert.True((await third).Closed);
        Assert.Equal(1, _needed.Count);
    }

    [Fact]
    public async Task Waiting_requests_get_the_check_that_lands()
    {
        _needed.Hang();
        Task<GuardDecision>[] waiting = [AskAsync().AsTask(), AskAsync().AsTask()];
        await _time.RunUntilAsync(Seconds(0.3));
        Assert.DoesNotContain(waiting, t => t.IsCompleted);
        _needed.LetGo();
        GuardDecision[] decisions = await Task.WhenAll(waiting).WaitAsync(Eventually);
        Assert.All(decisions, d => Assert.False(d.Closed));
        Assert.Equal(Seconds(0.3), _time.Passed);
    }

    /// <summary>A pass that is too old is asked for anew; a recent one is not.</summary>
    [Theory]
    [InlineData(36.9, 0)]
    [InlineData(37.1, 1)]
    public async Task Request_waits_only_when_knowledge_is_older_than_staleness_and_check_timeout(double at, int moreChecksFirst)
    {
        await AskAsync();
        await _time.RunUntilAsync(Seconds(29.9));
        Assert.Equal(28, Checks(_needed)[^1]);
        await _time.RunUntilAsync(Seconds(31));
        Assert.Equal(30, Checks(_needed)[^1]);
        await _time.RunUntilAsync(Seconds(at));
        _needed.Hang();
        ValueTask<GuardDecision> decision = AskAsync();
        Assert.Equal(moreChecksFirst == 0, decision.IsCompleted);
        _needed.LetGo();
        Assert.False((await decision).Closed);
    }

    [Fact]
    public async Task Timer_leaves_out_what_was_just_checked_and_first_use_does_not_wait_for_the_loop()
    {
        await CheckAllAsync();
        await _time.RunUntilAsync(Seconds(1.9));
        await CheckAllAsync();
        Assert.Equal([0.0], Checks(_needed));
        await _time.RunUntilAsync(Seconds(2));
        await CheckAllAsync();

        // Recent enough to decide by, so that no request waits; yet the pace begins here, not when the loop would look next.
        await _time.RunUntilAsync(Seconds(5.1));
        ValueTask<GuardDecision> decision = AskAsync();
        Assert.True(decision.IsCompleted);
        Assert.False((await decision).Closed);
        await Servers.Eventually.TrueAsync(() => _needed.Count == 3 && _idle.Count == 3);
        Assert.Equal([0, 2, 5.1], Checks(_needed));

        Task CheckAllAsync() => CheckAll.ByTimerAsync(CancellationToken.None).WaitAsync(Eventually);
    }

    private static TimeSpan Eventually => TimeSpan.FromSeconds(20);

    private ValueTask<GuardDecision> AskAsync() => _services.GetRequiredService<Guard>().DecideAsync("/v1/keys", "POST");

    private double[] Checks(SharedCheck check) => [.. check.Starts.Select(s => Math.Round(_time.PassedAt(s).TotalSeconds, 3))];

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
