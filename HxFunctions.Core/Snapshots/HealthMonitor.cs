using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using Microsoft.Extensions.Hosting;

namespace HxFunctions.Core.Snapshots;

/// <summary>
/// Schedules reads of the stored snapshot and starts the checks that are due on this instance. See docs/knowledge.md.
/// </summary>
/// <remarks>
/// One loop schedules and keeps no state of its own but the jitter; reads (<see cref="SnapshotReader"/>) and checks
/// (<see cref="DependencyChecker"/>) run beside it and wake it when they land, so that none waits for another.
/// </remarks>
internal sealed class HealthMonitor(
    HxSettings settings,
    SnapshotBoard board,
    SnapshotReader reader,
    DependencyCheckers checkers,
    CheckAll checkAll,
    LeaseTurns turns,
    GuardUse use,
    RuleNeeds needs,
    InstanceId instance,
    WakeSignal wake,
    OverrideWatch overrides,
    StartReport report,
    TimeProvider time,
    Random random
) : BackgroundService
{
    /// <summary>How often the lease is asked for while requests wait and it is another's.</summary>
    private static readonly TimeSpan LeaseRetryInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>How long requests wait for whoever holds the lease before this instance checks by itself.</summary>
    private static readonly TimeSpan LeaderPatience = TimeSpan.FromMilliseconds(300);

    private readonly CheckSchedule _schedule = CheckSchedule.From(settings, time);

    private readonly long _leaderPatience = LeaderPatience.ToTicks(time);
    private readonly long _leaseRetryInterval = LeaseRetryInterval.ToTicks(time);

    /// <summary>From 0 to 1, one per dependency, renewed at each check. The loop's alone.</summary>
    private readonly double[] _jitter = new double[checkers.Count];

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await HandBackAsync();
    }

    /// <summary>Gives the lease back when the loop has ended.</summary>
    internal async Task HandBackAsync()
    {
        // A read under way may bring the lease only now.
        await reader.FinishAsync();
        await turns.ReleaseAsync();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => RunAsync(stoppingToken);

    /// <summary>The loop. Ends when it is told to stop.</summary>
    internal async Task RunAsync(CancellationToken stoppingToken)
    {
        report.Write();
        if (settings.Problems.Count > 0)
        {
            return;
        }

        for (int i = 0; i < _jitter.Length; i++)
        {
            _jitter[i] = NewJitter();
        }

        while (!stoppingToken.IsCancellationRequested)
        {
            Task woken = wake.Next;
            TimeSpan pause = StartWhatIsDue();
            await woken.WaitAsync(pause, time, stoppingToken).Ended();
        }
    }

    /// <returns>How long nothing more is due.</returns>
    private TimeSpan StartWhatIsDue()
    {
        long now = time.GetTimestamp();
        bool active = use.IsActive(now, needs.IsAnyNotUp(board.Current, now));
        CheckRole role = CheckSchedule.RoleOf(active, board.Current.Store, turns.IsOurs(now), RedisWorksWithoutStore());
        long? demanded = use.DemandedSince(now);
        long next = Math.Min(now + _schedule.Staleness, StartRead(active, role, demanded, now));
        if (overrides.Look() is { } overrideEnds)
        {
            next = Math.Min(next, overrideEnds);
        }

        if (role == CheckRole.Idle && turns.IsOurs(now) && !checkAll.IsUnderWay)
        {
            _ = turns.ReleaseAsync();
        }

        if (turns.HandOnIfDue(now))
        {
            role = CheckRole.Follower;
        }

        next = Math.Min(next, StartChecks(role, demanded, now));
        return TimeSpan.FromSeconds(Math.Max(0.001, (double)(next - now) / time.TimestampFrequency));
    }

    /// <summary>Starts a read if one is due.</summary>
    /// <returns>When the next one is; <see cref="CheckSchedule.Never"/> while one is under way, which wakes the loop.</returns>
    private long StartRead(bool active, CheckRole role, long? demanded, long now)
    {
        bool hurried = demanded is not null && (role == CheckRole.Follower || !reader.HasRead);
        bool wantsLease = active && turns.WantsLease(now);
        // The last read was from before there were requests: nobody has been asked for the lease.
        bool mayAskAtOnce = wantsLease && turns.LastAnswer == LeaseAnswer.NotAsked && board.Current.Store == StoreCondition.Usable;
        long pace =
            hurried ? (mayAskAtOnce ? 0 : _leaseRetryInterval)
            : role == CheckRole.Follower && IsAwaitingNews(now) ? _schedule.Staleness / 4
            : _schedule.Staleness;
        long due = reader.Due(pace) ?? CheckSchedule.Never;
        if (due > now)
        {
            return due;
        }

        _ = reader.ReadAsync(wantsLease);
        return CheckSchedule.Never;
    }

    /// <summary>Starts the checks that are due.</summary>
    /// <returns>When the next one is; those under way wake the loop.</returns>
    private long StartChecks(CheckRole role, long? demanded, long now)
    {
        long next = CheckSchedule.Never;
        for (int i = 0; i < checkers.Count; i++)
        {
            if (checkers[i].IsRunning)
            {
                continue;
            }

            bool isOutvoted = role != CheckRole.Alone && turns.IsOutvoted(i, now);
            long due = isOutvoted ? checkers[i].LastStart + _schedule.AlonePace ?? 0 : Due(i, role, demanded, now);
            if (due <= now)
            {
                _jitter[i] = NewJitter();
                _ = wake.SetAfterAsync(isOutvoted ? checkers[i].ProbeAsideAsync() : checkers[i].CheckAsync());
            }
            else
            {
                next = Math.Min(next, due);
            }
        }

        return next;
    }

    /// <summary>When a dependency is to be checked here.</summary>
    private long Due(int index, CheckRole role, long? demanded, long now)
    {
        HealthSnapshot snapshot = board.Current;
        long due = _schedule.Due(role, LastCheck(index, role), index == snapshot.Ages.RedisIndex, needs.IsNeeded(index), _jitter[index]);
        // Requests wait, and whoever holds the lease has not been heard of.
        return role == CheckRole.Follower && demanded is { } since && !snapshot.IsRecent(index, now)
            ? Math.Min(due, Math.Max(since + _leaderPatience, checkers[index].LastStart + _schedule.Staleness ?? 0))
            : due;
    }

    /// <summary>When the last check of a dependency began: ours, or, if its record is another instance's, about when that one did. Who
    /// follows counts from its end: its holder has the first turn.</summary>
    private long? LastCheck(int index, CheckRole role)
    {
        DependencyKnowledge known = board.Current.Dependencies[index];
        long? ours = checkers[index].LastCheckStart;
        if (known.Record is null || (known.Record.Source == instance.Value && ours is not null))
        {
            return ours;
        }

        long probed = role == CheckRole.Leader ? known.Record.Latency.ToTicks(time) : 0;
        return Math.Max(known.ObservedAt - probed, ours ?? long.MinValue);
    }

    /// <summary>Whether a follower looks more often than at the guard's pace: something is down, or knowledge is getting old.</summary>
    private bool IsAwaitingNews(long now)
    {
        for (int i = 0; i < checkers.Count; i++)
        {
            if (turns.IsGettingOld(i, now))
            {
                return true;
            }
        }

        return needs.IsAnyNotUp(board.Current, now);
    }

    /// <summary>Whether Redis has taken a write since it was found unusable as a store: slow, or without the permissions that the scripts
    /// need.</summary>
    private bool RedisWorksWithoutStore()
    {
        HealthSnapshot snapshot = board.Current;
        return snapshot.Store == StoreCondition.Unusable
            && snapshot.Ages.RedisIndex >= 0
            && snapshot.Dependencies[snapshot.Ages.RedisIndex]
                is { Record.State.Status: DependencyStatus.Pass or DependencyStatus.Warn } known
            && known.ObservedAt > reader.UnusableSince;
    }

    // Spreads load; nothing is kept secret by it.
#pragma warning disable CA5394
    private double NewJitter() => random.NextDouble();
#pragma warning restore CA5394
}
