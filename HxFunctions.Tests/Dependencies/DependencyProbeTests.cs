using HxFunctions.Core.Dependencies;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.Tests.Dependencies;

public class DependencyProbeTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);
    private readonly FakeTimeProvider _time = new();
    private readonly FakeLogger<DependencyProbe> _log = new();

    [Theory]
    [InlineData(HealthStatus.Healthy, null, DependencyStatus.Pass, "ok")]
    [InlineData(HealthStatus.Degraded, "read_only", DependencyStatus.Warn, "read_only")]
    [InlineData(HealthStatus.Degraded, null, DependencyStatus.Warn, "error")]
    [InlineData(HealthStatus.Unhealthy, "quota_exceeded", DependencyStatus.Fail, "quota_exceeded")]
    [InlineData(HealthStatus.Unhealthy, null, DependencyStatus.Fail, "error")]
    [InlineData(HealthStatus.Unhealthy, "Host=db;Password=x", DependencyStatus.Fail, "error")]
    [InlineData(HealthStatus.Unhealthy, "a_reason_that_is_longer_than_forty_characters", DependencyStatus.Fail, "error")]
    public async Task Probe_maps_any_health_check(HealthStatus status, string? reason, DependencyStatus expected, string expectedReason)
    {
        Dictionary<string, object> data = reason is null ? [] : new() { ["reason"] = reason };
        ProbeOutcome outcome = await Probe(_ => Task.FromResult(new HealthCheckResult(status, data: data))).ProbeAsync(Deadline);
        Assert.Equal((expected, expectedReason), (outcome.Status, outcome.Reason));
    }

    [Fact]
    public async Task Probe_of_a_check_that_throws_is_a_failure()
    {
        ProbeOutcome outcome = await Probe(_ => throw new InvalidOperationException("secret")).ProbeAsync(Deadline);
        Assert.Equal((DependencyStatus.Fail, Reasons.Error), (outcome.Status, outcome.Reason));
    }

    [Fact]
    public async Task Probe_of_a_check_that_blocks_its_thread_ends_at_the_deadline()
    {
        using ManualResetEventSlim release = new();
        DependencyProbe probe = Probe(_ =>
        {
            release.Wait(CancellationToken.None);
            return Task.FromResult(HealthCheckResult.Healthy());
        });
        ProbeOutcome outcome = await RunToDeadlineAsync(probe);
        release.Set();
        Assert.Equal((Reasons.Timeout, Deadline), (outcome.Reason, outcome.Latency));
        Assert.Equal("Probe of thing did not end within 3000 ms and was abandoned.", _log.LatestRecord.Message);
    }

    /// <summary>What ends in the moment after its deadline is as late as what never ends.</summary>
    [Fact]
    public async Task Probe_of_a_check_that_ends_just_behind_the_deadline_has_timed_out()
    {
        // On a scheduler of its own, time that passes resumes the probe on another thread, which gives the check the time to end first.
        TaskScheduler scheduler = new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler;
        for (int i = 0; i < 50; i++)
        {
            TaskCompletionSource<HealthCheckResult> check = new();
            TaskCompletionSource began = new(TaskCreationOptions.RunContinuationsAsynchronously);
            Task<ProbeOutcome> probing = Probe(_ =>
                {
                    began.SetResult();
                    return check.Task;
                })
                .ProbeAsync(Deadline);
            await began.Task;
            await Task.Factory.StartNew(
                () =>
                {
                    _time.Advance(Deadline);
                    check.SetResult(HealthCheckResult.Unhealthy());
                },
                CancellationToken.None,
                TaskCreationOptions.None,
                scheduler
            );
            Assert.Equal((Reasons.Timeout, Deadline), ((await probing).Reason, (await probing).Latency));
        }
    }

    [Fact]
    public async Task Probe_is_still_running_until_the_hanging_one_is_given_up_and_two_are_the_most()
    {
        int started = 0;
        TaskCompletionSource<HealthCheckResult> never = new(TaskCreationOptions.RunContinuationsAsynchronously);
        DependencyProbe probe = Probe(_ =>
        {
            Interlocked.Increment(ref started);
            return never.Task;
        });

        Assert.Equal(Reasons.Timeout, (await RunToDeadlineAsync(probe)).Reason);
        Task<ProbeOutcome> beside = probe.ProbeAsync(Deadline);
        Assert.False(beside.IsCompleted);
        _time.Advance(DependencyProbe.CancellationGrace);
        Assert.Equal(Reasons.StillRunning, (await beside).Reason);
        _time.Advance(DependencyProbe.GiveUpAfter);
        Assert.Equal(Reasons.Timeout, (await RunToDeadlineAsync(probe)).Reason);
        _time.Advance(DependencyProbe.GiveUpAfter * 10);
        Assert.Equal(Reasons.StillRunning, (await probe.ProbeAsync(Deadline)).Reason);
        // The pool may be late; a third one never comes.
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref started) == 2, TimeSpan.FromSeconds(10)));

        never.SetResult(HealthCheckResult.Healthy());
        await Eventually.TrueAsync(async () => (await probe.ProbeAsync(Deadline)).Status == DependencyStatus.Pass);
    }

    /// <summary>A check that was cancelled takes a moment to end; it doesn't hang for that, and the next probe asks the server.</summary>
    [Fact]
    public async Task Probe_waits_for_the_one_before_that_is_being_cancelled()
    {
        TaskCompletionSource<HealthCheckResult> first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int started = 0;
        DependencyProbe probe = Probe(_ =>
            Interlocked.Increment(ref started) == 1 ? first.Task : Task.FromResult(HealthCheckResult.Healthy())
        );
        Assert.Equal(Reasons.Timeout, (await RunToDeadlineAsync(probe)).Reason);
        Task<ProbeOutcome> next = probe.ProbeAsync(Deadline);
        Assert.False(next.IsCompleted);
        first.SetCanceled();
        Assert.Equal(Reasons.Ok, (await next).Reason);
    }

    [Fact]
    public async Task Probe_that_honours_its_token_leaves_nothing_behind()
    {
        int running = 0;
        DependencyProbe probe = Probe(async token =>
        {
            Interlocked.Increment(ref running);
            try
            {
                await Task.Delay(Timeout.Infinite, token);
            }
            finally
            {
                Interlocked.Decrement(ref running);
            }

            return HealthCheckResult.Healthy();
        });
        Assert.Equal(Reasons.Timeout, (await RunToDeadlineAsync(probe)).Reason);
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref running) == 0, TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Callbacks_of_the_token_take_no_thread_of_the_pool()
    {
        TaskCompletionSource registered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource<bool> ranOnThePool = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource<HealthCheckResult> never = new(TaskCreationOptions.RunContinuationsAsynchronously);
        DependencyProbe probe = Probe(token =>
        {
            token.Register(() => ranOnThePool.SetResult(Thread.CurrentThread.IsThreadPoolThread));
            registered.SetResult();
            return never.Task;
        });
        Task<ProbeOutcome> running = probe.ProbeAsync(Deadline);
        await registered.Task;
        _time.Advance(Deadline);
        Assert.Equal(Reasons.Timeout, (await running).Reason);
        Assert.False(await ranOnThePool.Task.WaitAsync(TimeSpan.FromSeconds(10)));
        never.SetResult(HealthCheckResult.Healthy());
    }

    [Fact]
    public async Task Probe_right_after_one_that_ended_is_never_still_running()
    {
        DependencyProbe probe = Probe(async _ =>
        {
            await Task.Yield();
            return HealthCheckResult.Healthy();
        });
        for (int i = 0; i < 2000; i++)
        {
            Assert.Equal(Reasons.Ok, (await probe.ProbeAsync(Deadline)).Reason);
        }
    }

    [Fact]
    public async Task Probe_without_time_left_is_a_timeout_and_starts_nothing()
    {
        ProbeOutcome outcome = await Probe(_ => throw new InvalidOperationException()).ProbeAsync(TimeSpan.Zero);
        Assert.Equal(Reasons.Timeout, outcome.Reason);
    }

    /// <summary>A paused process finds the answer, which came at once, and the deadline at the same moment.</summary>
    [Theory]
    [InlineData(2.9, DependencyStatus.Pass, Reasons.Ok)]
    [InlineData(60, DependencyStatus.Fail, Reasons.Timeout)]
    public async Task Answer_that_is_read_after_the_deadline_is_a_timeout(double paused, DependencyStatus expected, string reason)
    {
        PausedTime time = new();
        ProbeOutcome outcome = await Probe(
                _ =>
                {
                    time.Pause(TimeSpan.FromSeconds(paused));
                    return Task.FromResult(HealthCheckResult.Healthy());
                },
                time
            )
            .ProbeAsync(Deadline);
        Assert.Equal((expected, reason), (outcome.Status, outcome.Reason));
        // Nothing was abandoned: a log that says so sends people to look for a check that hangs.
        string[] logged = [.. _log.Collector.GetSnapshot().Select(record => record.Message)];
        Assert.Equal(expected == DependencyStatus.Pass, logged.Length == 0);
        Assert.All(
            logged,
            line => Assert.Matches("^Probe of thing ended after 60.* ms, past its deadline of .* ms: the process was paused", line)
        );
    }

    private async Task<ProbeOutcome> RunToDeadlineAsync(DependencyProbe probe)
    {
        Task<ProbeOutcome> running = probe.ProbeAsync(Deadline);
        Assert.False(running.IsCompleted);
        _time.Advance(Deadline);
        return await running.WaitAsync(TimeSpan.FromSeconds(10));
    }

    private DependencyProbe Probe(Func<CancellationToken, Task<HealthCheckResult>> check, TimeProvider? time = null)
    {
        Dependency dependency = new(0, new HealthCheckRegistration("thing", new DelegateCheck(check), null, null), Deadline);
        IServiceScopeFactory scopes = new ServiceCollection().BuildServiceProvider().GetRequiredService<IServiceScopeFactory>();
        return new(dependency, scopes, time ?? _time, TaskScheduler.Default, new Redactor([]), TestMeter.New(), _log);
    }

    /// <summary>Time goes on while the process stands still, and with it the timers.</summary>
    private sealed class PausedTime : TimeProvider
    {
        private long _paused;

        public void Pause(TimeSpan span) => Interlocked.Add(ref _paused, (long)(span.TotalSeconds * TimestampFrequency));

        public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref _paused);
    }

    private sealed class DelegateCheck(Func<CancellationToken, Task<HealthCheckResult>> check) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            check(cancellationToken);
    }
}
