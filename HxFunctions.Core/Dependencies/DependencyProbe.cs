using System.Diagnostics;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Core.Dependencies;

/// <summary>
/// Runs one dependency's <see cref="IHealthCheck"/> under a hard deadline: the outcome comes on time even when the check ignores its token
/// (cooperative timeouts are not timeouts: StackExchange.Redis #1039, Npgsql #3100).
/// </summary>
/// <remarks>
/// A call that overran is abandoned but watched. While it hangs, no second one starts and the outcome is
/// <see cref="Reasons.StillRunning"/>; after <see cref="GiveUpAfter"/> it is given up and a new one may start. At most
/// <see cref="MaxAbandoned"/> are ever abandoned, so a check that never returns costs a bounded number of threads and connections. Calls
/// must not overlap: the caller (one check per dependency at a time) guarantees it.
/// </remarks>
internal sealed partial class DependencyProbe(
    Dependency dependency,
    IServiceScopeFactory scopes,
    TimeProvider time,
    TaskScheduler scheduler,
    Redactor redactor,
    HxMeter meter,
    ILogger<DependencyProbe> logger
)
{
    public static readonly TimeSpan GiveUpAfter = TimeSpan.FromSeconds(30);
    public const int MaxAbandoned = 2;

    /// <summary>How long the next probe waits for an abandoned call to end. Cancelling takes a thread and a driver's own clearing up: a
    /// call that was cancelled a moment ago is not one that hangs.</summary>
    public static readonly TimeSpan CancellationGrace = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private readonly List<Call> _unfinished = [];

    /// <summary>Probes once. Never throws, whatever the check does.</summary>
    /// <param name="deadline">The most that this probe may take; the dependency's own timeout applies if it is shorter.</param>
    public Task<ProbeOutcome> ProbeAsync(TimeSpan deadline) => ProbeAsync(new ProbeRun(time, Shorter(deadline, dependency.Timeout)));

    /// <inheritdoc cref="ProbeAsync(TimeSpan)"/>
    /// <param name="run">Holds the deadline, and what was tried afterwards.</param>
    public async Task<ProbeOutcome> ProbeAsync(ProbeRun run)
    {
        using Activity? activity = HxActivities.StartProbe(dependency.Name, DependencyKind.Find(dependency.Name)?.DatabaseSystem);
        ProbeOutcome outcome = await ProbeOnceAsync(run);
        meter.ProbeEnded(dependency.Name, Reasons.ForTag(outcome.Reason), outcome.Latency);
        activity.SetOutcome(outcome.Status.Wire(), outcome.Reason);
        return outcome;
    }

    private async Task<ProbeOutcome> ProbeOnceAsync(ProbeRun run)
    {
        if (run.Left > TimeSpan.Zero && !await MayStartAsync(run.Left))
        {
            return new(DependencyStatus.Fail, Reasons.StillRunning, TimeSpan.Zero);
        }

        TimeSpan deadline = run.Left;
        if (deadline <= TimeSpan.Zero)
        {
            return new(DependencyStatus.Fail, Reasons.Timeout, TimeSpan.Zero);
        }

        long started = time.GetTimestamp();

        CancellationTokenSource cancellation = new();
        CancellationToken token = cancellation.Token;
        // On the pool, so that a check which blocks before its first await can't block the caller.
        Task<HealthCheckResult> task = scheduler.Run(() => CheckAsync(run, token));
        Call call = new(started, cancellation, task);
        lock (_lock)
        {
            _unfinished.Add(call);
        }

        task.Observe();

        try
        {
            HealthCheckResult result = await task.WaitAsync(deadline, time);
            TimeSpan took = time.GetElapsedTime(started);
            if (took <= deadline)
            {
                return ToOutcome(result, run.Latency ?? took);
            }
            // The process was paused: the answer may have come long ago, and which of it and the deadline is seen first is chance.
            LogPaused(dependency.Name, took.TotalMilliseconds, deadline.TotalMilliseconds);
            return new(DependencyStatus.Fail, Reasons.Timeout, took);
        }
        // The wait's own, not one that the check threw, though the check may have ended since.
        catch (TimeoutException) when (!task.IsFaulted || time.GetElapsedTime(started) >= deadline)
        {
            call.Cancellation.CancelAside(scheduler);
            LogOverran(dependency.Name, deadline.TotalMilliseconds);
            return new(DependencyStatus.Fail, Reasons.Timeout, time.GetElapsedTime(started));
        }
        catch (Exception exception)
        {
            LogThrew(dependency.Name, exception.GetType().Name, redactor.Redact(exception.Message));
            return new(DependencyStatus.Fail, Reasons.Error, time.GetElapsedTime(started));
        }
    }

    private async ValueTask<bool> MayStartAsync(TimeSpan deadline)
    {
        Task hanging;
        lock (_lock)
        {
            _unfinished.RemoveAll(call => call.Task.IsCompleted);
            if (_unfinished.Count == 0)
            {
                return true;
            }

            if (time.GetElapsedTime(_unfinished[^1].Started) >= GiveUpAfter)
            {
                return _unfinished.Count < MaxAbandoned;
            }

            hanging = _unfinished[^1].Task;
        }

        await hanging.WaitAsync(Shorter(deadline, CancellationGrace), time).Ended();
        return hanging.IsCompleted;
    }

    private async Task<HealthCheckResult> CheckAsync(ProbeRun run, CancellationToken cancellationToken)
    {
        await using AsyncServiceScope scope = scopes.CreateAsyncScope();
        IHealthCheck check = dependency.Registration.Factory(scope.ServiceProvider);
        if (check is IProbeCheck ours)
        {
            return await ours.CheckAsync(run, cancellationToken);
        }

        return await check.CheckHealthAsync(new HealthCheckContext { Registration = dependency.Registration }, cancellationToken);
    }

    private static ProbeOutcome ToOutcome(HealthCheckResult result, TimeSpan latency)
    {
        object? reason = result.Data.GetValueOrDefault("reason");
        string? detail = Reasons.SanitizeDetail(result.Data.GetValueOrDefault("detail"));
        return result.Status switch
        {
            HealthStatus.Healthy => new(DependencyStatus.Pass, Reasons.Ok, latency),
            HealthStatus.Degraded => new(DependencyStatus.Warn, Reasons.Sanitize(reason), latency, detail),
            _ => new(DependencyStatus.Fail, Reasons.Sanitize(reason), latency, detail),
        };
    }

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    /// <param name="Cancellation">Left to the collector: disposing of it would race with cancelling it, and it holds nothing.</param>
    private sealed record Call(long Started, CancellationTokenSource Cancellation, Task Task);

    [LoggerMessage(1001, LogLevel.Debug, "Probe of {Dependency} did not end within {DeadlineMs} ms and was abandoned.")]
    private partial void LogOverran(string dependency, double deadlineMs);

    [LoggerMessage(1002, LogLevel.Debug, "Check of {Dependency} threw {ExceptionType}: {Message}")]
    private partial void LogThrew(string dependency, string exceptionType, string message);

    [LoggerMessage(
        1003,
        LogLevel.Debug,
        "Probe of {Dependency} ended after {TookMs} ms, past its deadline of {DeadlineMs} ms: the process was paused."
    )]
    private partial void LogPaused(string dependency, double tookMs, double deadlineMs);
}
