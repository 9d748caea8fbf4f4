using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Notifications;
using HxFunctions.Core.Snapshots;
using HxFunctions.Tests.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;

namespace HxFunctions.Tests.Snapshots;

/// <summary>One check, on simulated time: what it probes, what it makes of that, and what it tells. 3 s for a check.</summary>
public sealed class DependencyCheckerRunTests : IAsyncDisposable
{
    private readonly SimulatedTime _time = new();
    private readonly FakeLogger<DependencyChecker> _log = new();
    private readonly Queue<(double Seconds, HealthStatus Status)> _answers = new();
    private readonly ServiceProvider _services;

    public DependencyCheckerRunTests()
    {
        Dictionary<string, string?> variables = new() { ["GUARD_ROUTES"] = "/v1/keys=local", ["HEALTH_CHECK_TIMEOUT"] = "3" };
        ServiceCollection services = new();
        services
            .AddLogging()
            .AddSingleton<TimeProvider>(_time)
            .AddHxFunctions(new ConfigurationBuilder().AddInMemoryCollection(variables).Build());
        services
            .AddHealthChecks()
            .AddAsyncCheck(
                "local",
                async token =>
                {
                    (double seconds, HealthStatus status) = _answers.Dequeue();
                    await Task.Delay(TimeSpan.FromSeconds(seconds), _time, token);
                    return new HealthCheckResult(status);
                }
            );
        _services = services.BuildServiceProvider();
    }

    private SnapshotBoard Board => _services.GetRequiredService<SnapshotBoard>();

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    /// <summary>A failure is confirmed 0.5 s later when that begins earlier than 0.2 s before the check's deadline, and its probe ends by
    /// then.</summary>
    /// <param name="first">How long the failing probe takes.</param>
    /// <param name="second">How long the one that confirms it would take.</param>
    /// <param name="moments">When something is to happen: the probe ends, the other begins, and ends.</param>
    [Theory]
    [InlineData(0.1, 0.1, 0.1, 0.6, 0.7)]
    [InlineData(0.1, 9, 0.1, 0.6, 2.8)]
    [InlineData(2.2, 0.05, 2.2, 2.7, 2.75)]
    [InlineData(2.3, 0.05, 2.3)]
    [InlineData(2.4, 0.05, 2.4)]
    public async Task Failure_is_confirmed_when_there_is_time_left(double first, double second, params double[] moments)
    {
        Know(DependencyStatus.Pass);
        _answers.Enqueue((first, HealthStatus.Unhealthy));
        _answers.Enqueue((second, HealthStatus.Unhealthy));

        Task checking = NewChecker(new HxSettings { CheckTimeout = TimeSpan.FromSeconds(3), Fall = 2 }).CheckAsync();
        await _time.RunToTimersAsync(moments.Select(TimeSpan.FromSeconds));
        await checking.WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(
            moments.Length == 1 ? DependencyStatus.Pass : DependencyStatus.Fail,
            Board.Current.Dependencies[0].Record!.State.Status
        );
    }

    /// <summary>A probe may take 3 s, like the whole check: no confirmation fits. A pass is decided by for 2 + 3 s, and known for
    /// 2 × 30 + 3 s.</summary>
    [Theory]
    [InlineData(1, DependencyStatus.Pass)]
    [InlineData(10, DependencyStatus.Fail)]
    [InlineData(100, DependencyStatus.Fail)]
    public async Task Failure_without_time_to_confirm_it_carries_over_where_the_pass_before_may_be_decided_by(
        double age,
        DependencyStatus expected
    )
    {
        Know(DependencyStatus.Pass);
        _time.Advance(TimeSpan.FromSeconds(age));
        _answers.Enqueue((9, HealthStatus.Healthy));

        Task checking = NewChecker(new HxSettings { CheckTimeout = TimeSpan.FromSeconds(3), Fall = 2 }).CheckAsync();
        await _time.RunToTimersAsync(TimeSpan.FromSeconds(age + 3));
        await checking.WaitAsync(TimeSpan.FromSeconds(20));

        DependencyState state = Board.Current.Dependencies[0].Record!.State;
        Assert.Equal((expected, 1), (state.Status, state.ConsecutiveFailures));
    }

    /// <summary>The probe may take 3 s, and the check 5. A second more is what a busy machine may take.</summary>
    [Theory]
    [InlineData(3.9, true)]
    [InlineData(5.6, false)]
    public async Task Probe_during_which_the_process_stood_still_leaves_no_record(double until, bool leavesRecord)
    {
        Know(DependencyStatus.Pass);
        DependencyRecord known = Board.Current.Dependencies[0].Record!;
        _answers.Enqueue((9, HealthStatus.Healthy));

        Task checking = NewChecker(new HxSettings { CheckTimeout = TimeSpan.FromSeconds(5), Fall = 1 }).CheckAsync();
        await _time.StandStillAsync(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(until));
        await checking.WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(leavesRecord, Board.Current.Dependencies[0].Record != known);
    }

    /// <summary>Known for 2 × 30 + 3 s. After that the first outcome decides, whatever was before; and checks are counted on.</summary>
    [Theory]
    [InlineData(62, DependencyStatus.Fail)]
    [InlineData(64, DependencyStatus.Pass)]
    public async Task Pass_after_a_failure_that_has_expired_needs_no_second_one(double age, DependencyStatus expected)
    {
        Know(DependencyStatus.Fail);
        _time.Advance(TimeSpan.FromSeconds(age));

        await CheckAsync(HealthStatus.Healthy);

        DependencyRecord record = Board.Current.Dependencies[0].Record!;
        Assert.Equal((expected, 1, 42L), (record.State.Status, record.State.ConsecutivePasses, record.Sequence));
    }

    /// <summary>A change of state is news; a check is none.</summary>
    [Theory]
    [InlineData(null, HealthStatus.Healthy, LogLevel.Information, "local went from Unknown to Pass (ok).")]
    [InlineData(null, HealthStatus.Unhealthy, LogLevel.Warning, "local went from Unknown to Fail: error.")]
    [InlineData(DependencyStatus.Pass, HealthStatus.Degraded, LogLevel.Warning, "local went from Pass to Warn: error.")]
    [InlineData(DependencyStatus.Pass, HealthStatus.Unhealthy, LogLevel.Warning, "local went from Pass to Fail: error.")]
    [InlineData(DependencyStatus.Warn, HealthStatus.Healthy, LogLevel.Information, "local went from Warn to Pass (ok).")]
    [InlineData(DependencyStatus.Pass, HealthStatus.Healthy, null, null)]
    [InlineData(DependencyStatus.Fail, HealthStatus.Unhealthy, null, null)]
    public async Task Transition_is_logged_and_nothing_else_above_debug(
        DependencyStatus? before,
        HealthStatus answer,
        LogLevel? level,
        string? message
    )
    {
        if (before is { } known)
        {
            Know(known);
        }

        await CheckAsync(answer);

        FakeLogRecord[] records = [.. _log.Collector.GetSnapshot()];
        Assert.StartsWith("Checked local: ", Assert.Single(records, r => r.Level == LogLevel.Debug).Message, StringComparison.Ordinal);
        FakeLogRecord? news = records.SingleOrDefault(r => r.Level > LogLevel.Debug);
        Assert.Equal((level, message), (news?.Level, news?.Message));
    }

    /// <summary>The clock stands, and the first failure counts.</summary>
    private Task CheckAsync(HealthStatus answer)
    {
        _answers.Enqueue((0, answer));
        return NewChecker(new HxSettings { CheckTimeout = TimeSpan.FromSeconds(3), Fall = 1 })
            .CheckAsync()
            .WaitAsync(TimeSpan.FromSeconds(20));
    }

    private void Know(DependencyStatus status)
    {
        DependencyRecord record = new(new(status, "ok", _time.GetUtcNow(), 0, 0), TimeSpan.Zero, _time.GetUtcNow(), 41, "me");
        Board.Publish(s => s.With(0, new(record, _time.GetTimestamp(), null)));
    }

    private DependencyChecker NewChecker(HxSettings settings)
    {
        Dependency dependency = _services.GetRequiredService<DependencySet>()[0];
        DependencyProbe probe = new(
            dependency,
            _services.GetRequiredService<IServiceScopeFactory>(),
            _time,
            TaskScheduler.Default,
            _services.GetRequiredService<Redactor>(),
            TestMeter.New(),
            NullLogger<DependencyProbe>.Instance
        );
        return new(
            dependency,
            probe,
            new ProbeWarmUp(Task.CompletedTask, TimeProvider.System),
            settings,
            Board,
            null,
            InstanceId.New(),
            _time,
            TaskScheduler.Default,
            _services.GetRequiredService<TransitionNotifier>(),
            TestMeter.New(),
            _log
        );
    }
}
