using System.Diagnostics;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Notifications;
using HxFunctions.Core.Telemetry;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Core.Snapshots;

/// <summary>
/// Checks one dependency: a probe and the confirmations that fit, then the record, published here and stored for all. One check at a time.
/// </summary>
internal sealed partial class DependencyChecker(
    Dependency dependency,
    DependencyProbe probe,
    ProbeWarmUp warmUp,
    HxSettings settings,
    SnapshotBoard board,
    SnapshotStore? store,
    InstanceId instance,
    TimeProvider time,
    TaskScheduler scheduler,
    TransitionNotifier notifier,
    HxMeter meter,
    ILogger<DependencyChecker> logger
)
{
    /// <summary>How long after a failure it is confirmed.</summary>
    public static readonly TimeSpan ConfirmAfter = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Time reserved within <c>HEALTH_CHECK_TIMEOUT</c> for storing the record. If storing took longer, the record before could become too
    /// old to decide by, and requests would wait.
    /// </summary>
    private static readonly TimeSpan WriteReserve = TimeSpan.FromMilliseconds(200);

    /// <summary>Tolerance for a busy machine. A probe or a delay that overruns its limit by more means that the process was
    /// paused.</summary>
    private static readonly TimeSpan PauseTolerance = TimeSpan.FromSeconds(1);

    private readonly Hysteresis _hysteresis = new(settings.Fall, settings.Rise);
    private readonly Lock _lock = new();
    private Task _running = Task.CompletedTask;
    private long? _lastStart;
    private long? _lastCheckStart;
    private OwnCheck? _last;

    public Dependency Dependency => dependency;

    /// <summary>When the last check or probe aside here began, on the monotonic clock; <see langword="null"/> before the first.</summary>
    public long? LastStart
    {
        get
        {
            lock (_lock)
            {
                return _lastStart;
            }
        }
    }

    /// <summary>When the last check here began of which a record comes; <see langword="null"/> before the first.</summary>
    public long? LastCheckStart
    {
        get
        {
            lock (_lock)
            {
                return _lastCheckStart;
            }
        }
    }

    /// <summary>What the last check here found; <see langword="null"/> before the first has ended.</summary>
    public OwnCheck? Last
    {
        get
        {
            lock (_lock)
            {
                return _last;
            }
        }
    }

    /// <summary>
    /// Whether this instance found it down and another found it up since. It then decides for itself only and leaves the shared record to
    /// others until one of its own probes passes.
    /// </summary>
    public bool IsOutvoted(HealthSnapshot snapshot, long now) =>
        Last is { Status: DependencyStatus.Fail } own
        && snapshot.Dependencies[dependency.Index] is { Record: { } record } known
        && record.Source != instance.Value
        && known.ObservedAt > own.EndedAt
        && snapshot.StatusAt(dependency.Index, now) is DependencyStatus.Pass or DependencyStatus.Warn;

    public bool IsRunning
    {
        get
        {
            lock (_lock)
            {
                return !_running.IsCompleted;
            }
        }
    }

    /// <summary>Checks, or joins the check under way. The task never fails, and ends when the record is stored or couldn't be.</summary>
    public Task CheckAsync() => RunAsync(CheckOnceAsync, isAside: false);

    /// <summary>Probes without writing a record: for an instance that is outvoted (docs/knowledge.md).</summary>
    public Task ProbeAsideAsync() => RunAsync(ProbeAsideOnceAsync, isAside: true);

    private Task RunAsync(Func<Task> check, bool isAside)
    {
        lock (_lock)
        {
            if (!_running.IsCompleted)
            {
                return _running;
            }

            _lastStart = time.GetTimestamp();
            _lastCheckStart = isAside ? _lastCheckStart : _lastStart;
            // Off the caller's context: what a request carries (culture, trace) is none of a check's business.
            using (ExecutionContext.SuppressFlow())
            {
                _running = scheduler.Run(check);
            }

            return _running;
        }
    }

    private async Task ProbeAsideOnceAsync()
    {
        await warmUp.WaitAsync();
        ProbeOutcome outcome = await probe.ProbeAsync(settings.CheckTimeout);
        Remember(new(outcome.Status, time.GetTimestamp(), IsRecovering: false), aside: true);
    }

    /// <param name="aside">Whether it was a probe without a record. If that fails, it counts from when the failure was first found: what
    /// other instances have found since still counts.</param>
    private void Remember(OwnCheck check, bool aside)
    {
        lock (_lock)
        {
            if (!aside || check.Status != DependencyStatus.Fail)
            {
                _last = check;
            }
        }
    }

    private async Task CheckOnceAsync()
    {
        using Activity? activity = HxActivities.StartCheck(dependency.Name);
        try
        {
            await warmUp.WaitAsync();
            HealthSnapshot start = board.Current;
            DependencyKnowledge known = start.Dependencies[dependency.Index];
            DependencyStatus before = start.StatusAt(dependency.Index, time.GetTimestamp());
            DependencyState? previous = before == DependencyStatus.Unknown ? null : known.Record!.State;

            (DependencyState State, ProbeOutcome Outcome)? found = await ProbeAndConfirmAsync(
                previous,
                () => start.IsRecent(dependency.Index, time.GetTimestamp())
            );
            // The process stood still meanwhile: what it was told then says nothing of now.
            if (found is not var (state, outcome))
            {
                return;
            }

            long observedAt = time.GetTimestamp();

            DependencyRecord record = new(state, outcome.Latency, time.GetUtcNow(), (known.Record?.Sequence ?? 0) + 1, instance.Value);
            meter.CheckEnded(dependency.Name, state.Status.Wire());
            activity.SetOutcome(state.Status.Wire(), state.Reason);
            LogChecked(dependency.Name, state.Status, outcome.Reason, outcome.Latency.TotalMilliseconds);

            Remember(new(state.Status, observedAt, state is { Status: DependencyStatus.Fail, ConsecutivePasses: > 0 }), aside: false);
            // Here first: what this instance saw itself needs no one's consent to close a route.
            board.Publish(s => s.With(dependency.Index, new(record, observedAt, s.Dependencies[dependency.Index].Stored)));
            if (await StoreAsync(known, record, before, observedAt) && before != state.Status)
            {
                ReportTransition(before, previous, state);
            }
        }
        catch (Exception exception)
        {
            // Nothing above should throw; if it does, the loop must go on with the others.
            LogBroken(dependency.Name, exception.GetType().Name);
        }
    }

    /// <summary>Probes until the outcome is confirmed or no time is left; what doesn't fit carries over to the next check in the record's
    /// counters.</summary>
    /// <param name="isRecent">
    /// Whether <paramref name="previous"/> may be decided by, still: the process may have been paused. A pass too old for that is not
    /// renewed by a failure that only lacks its confirmation: then the failure stands, as the first verdict after nothing does. </param>
    /// <returns><see langword="null"/> when the process stood still meanwhile.</returns>
    private async Task<(DependencyState State, ProbeOutcome Outcome)?> ProbeAndConfirmAsync(DependencyState? previous, Func<bool> isRecent)
    {
        long started = time.GetTimestamp();
        DependencyState? state = previous;
        TimeSpan left = settings.CheckTimeout;
        while (true)
        {
            long step = time.GetTimestamp();
            ProbeOutcome outcome = await probe.ProbeAsync(left);
            if (StoodStill(step, left < dependency.Timeout ? left : dependency.Timeout))
            {
                return null;
            }

            state = _hysteresis.Next(state, outcome, time.GetUtcNow());
            if (!Hysteresis.IsPending(state))
            {
                return (state, outcome);
            }

            if (time.GetElapsedTime(started) + ConfirmAfter >= settings.CheckTimeout - WriteReserve)
            {
                return (isRecent() ? state : _hysteresis.Next(null, outcome, time.GetUtcNow()), outcome);
            }

            step = time.GetTimestamp();
            await Task.Delay(ConfirmAfter, time);
            if (StoodStill(step, ConfirmAfter))
            {
                return null;
            }

            left = settings.CheckTimeout - WriteReserve - time.GetElapsedTime(started);
        }
    }

    private bool StoodStill(long since, TimeSpan most) => time.GetElapsedTime(since) > most + PauseTolerance;

    /// <returns>Whether the record stands; <see langword="false"/> when another instance's was there first.</returns>
    private async Task<bool> StoreAsync(DependencyKnowledge start, DependencyRecord record, DependencyStatus before, long observedAt)
    {
        if (store is null)
        {
            return true;
        }

        StoreWriting? writing = await store.WriteAsync(dependency, start.Stored, record, before, observedAt);
        if (writing is null)
        {
            return true;
        }

        if (!writing.Written)
        {
            LogConflict(dependency.Name);
        }

        board.Publish(snapshot =>
        {
            DependencyKnowledge current = snapshot.Dependencies[dependency.Index];
            DependencyKnowledge next = writing.Written
                ? current with
                {
                    Stored = writing.Stored,
                }
                : SnapshotMerge.ResolveConflict(
                    current,
                    start.Record is null ? null : start.ObservedAt,
                    writing.Stored,
                    writing.ObservedAt,
                    time.GetTimestamp(),
                    snapshot.Ages
                );
            return snapshot.With(dependency.Index, next);
        });
        return writing.Written;
    }

    private void ReportTransition(DependencyStatus before, DependencyState? previous, DependencyState state)
    {
        notifier.Tell(new(dependency.Name, previous, state));
        meter.Transition(dependency.Name, state.Status.Wire(), Reasons.ForTag(state.Reason));
        if (state.Status == DependencyStatus.Pass)
        {
            LogUp(dependency.Name, before, state.Reason);
        }
        else
        {
            LogDown(dependency.Name, before, state.Status, state.Reason);
        }
    }

    [LoggerMessage(2101, LogLevel.Debug, "Checked {Dependency}: {Status}, last probe {Reason} in {LatencyMs} ms.")]
    private partial void LogChecked(string dependency, DependencyStatus status, string reason, double latencyMs);

    [LoggerMessage(2102, LogLevel.Information, "{Dependency} went from {Before} to Pass ({Reason}).")]
    private partial void LogUp(string dependency, DependencyStatus before, string reason);

    [LoggerMessage(2103, LogLevel.Warning, "{Dependency} went from {Before} to {Status}: {Reason}.")]
    private partial void LogDown(string dependency, DependencyStatus before, DependencyStatus status, string reason);

    [LoggerMessage(2104, LogLevel.Debug, "Another record of {Dependency} was stored in the meantime, and is used.")]
    private partial void LogConflict(string dependency);

    [LoggerMessage(2105, LogLevel.Error, "Checking {Dependency} broke with {ExceptionType}.")]
    private partial void LogBroken(string dependency, string exceptionType);
}

/// <summary>What a check of this instance came to.</summary>
/// <param name="EndedAt">On the monotonic clock.</param>
/// <param name="IsRecovering">Whether it is down by what was found before alone: the last probe passed.</param>
internal sealed record OwnCheck(DependencyStatus Status, long EndedAt, bool IsRecovering);
