using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Core.Snapshots;

/// <summary>
/// Keeps the snapshot true: has it read from Redis at its pace, in use or not, and starts the checks that are due here. See
/// docs/knowledge.md.
/// </summary>
/// <remarks>
/// One loop schedules and keeps no state of its own but the jitter; reads (<see cref="SnapshotReader"/>) and checks
/// (<see cref="DependencyChecker"/>) run beside it and wake it when they land, so that none waits for another.
/// </remarks>
internal sealed partial class HealthMonitor(
    HxSettings settings,
    SnapshotBoard board,
    SnapshotReader reader,
    DependencyCheckers checkers,
    CheckLease lease,
    LeaseTurns turns,
    GuardUse use,
    RuleNeeds needs,
    InstanceId instance,
    WakeSignal wake,
    SnapshotGauges gauges,
    OverrideWatch overrides,
    TimeProvider time,
    Random random,
    ILogger<HealthMonitor> logger
) : BackgroundService
{
    /// <summary>How often the lease is asked for while requests wait and it is another's.</summary>
    private static readonly TimeSpan LeaseRetryInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>How long requests wait for whoever holds the lease before this instance checks by itself.</summary>
    private static readonly TimeSpan LeaderPatience = TimeSpan.FromMilliseconds(300);

    private readonly CheckSchedule _schedule = CheckSchedule.From(settings, time);

    private readonly long _leaderPatience = LeaderPatience.ToTicks(time);
    private readonly long _leaseRetryInterval = LeaseRetryInterval.ToTicks(time);
    private readonly bool _misconfigured = settings.Problems.Count > 0;

    /// <summary>From 0 to 1, one per dependency, renewed at each check. The loop's alone.</summary>
    private readonly double[] _jitter = new double[checkers.Count];

    private readonly Lock _lock = new();
    private int _checksOfAll;
    private Task _checkingNow = Task.CompletedTask;
    private long? _checkedNowAt;

    /// <summary>"Check now" for people. Begins once within <c>GUARD_MAX_STALENESS</c> at most, however often it is asked for; whoever asks
    /// meanwhile waits for the one under way. What another instance, or this one, has just checked is left out.</summary>
    /// <param name="cancellationToken">Ends the wait; checks that were started go on.</param>
    public Task CheckNowAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            long now = time.GetTimestamp();
            if (_checkingNow.IsCompleted && !(now - _checkedNowAt < _schedule.Staleness))
            {
                _checkedNowAt = now;
                _checkingNow = CheckAllAsync(byTimer: false);
            }

            return _checkingNow.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The timer's check of everything. Leaves out what another instance, or this one, has just checked. While the guard is in use
    /// without Redis, the loop checks at a pace that spares the dependencies and keeps a fleet out of step: the timer leaves them to
    /// it.</summary>
    /// <param name="cancellationToken">Ends the wait; checks that were started go on.</param>
    public Task CheckByTimerAsync(CancellationToken cancellationToken) => CheckAllAsync(byTimer: true).WaitAsync(cancellationToken);

    private async Task CheckAllAsync(bool byTimer)
    {
        if (_misconfigured)
        {
            return;
        }

        CountChecksOfAll(1);
        try
        {
            await CheckAllHoldingAsync(byTimer);
        }
        finally
        {
            CountChecksOfAll(-1);
        }

        if (!IsActive(time.GetTimestamp()))
        {
            await lease.ReleaseAsync();
        }
    }

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
        await lease.ReleaseAsync();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => RunAsync(stoppingToken);

    /// <summary>The loop. Ends when it is told to stop.</summary>
    internal async Task RunAsync(CancellationToken stoppingToken)
    {
        gauges.Register();
        if (_misconfigured)
        {
            foreach (ConfigurationProblem problem in settings.Problems)
            {
                LogMisconfigured(problem.Variable, problem.Problem);
            }

            return;
        }

        foreach (ConfigurationProblem hint in settings.Hints)
        {
            LogHint(hint.Variable, hint.Problem);
        }

        for (int i = 0; i < _jitter.Length; i++)
        {
            _jitter[i] = NewJitter();
        }

        LogStarted(ProductVersion.Text, settings.DescribeGuard(), DetectionBounds.From(settings));
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
        bool active = IsActive(now);
        CheckRole role = CheckSchedule.RoleOf(active, board.Current.Store, lease.IsOurs(now), RedisWorksWithoutStore());
        long next = now + _schedule.Staleness;

        long? demanded = use.DemandedSince(now);
        bool hurried = demanded is not null && (role == CheckRole.Follower || !reader.HasRead);
        bool wantsLease = active && turns.WantsLease(now);
        // The last read was from before there were requests: nobody has been asked for the lease.
        bool mayAskAtOnce = wantsLease && lease.LastAnswer == LeaseAnswer.NotAsked && board.Current.Store == StoreCondition.Usable;
        long pace =
            hurried ? (mayAskAtOnce ? 0 : _leaseRetryInterval)
            : role == CheckRole.Follower && IsAwaitingNews(now) ? _schedule.Staleness / 4
            : _schedule.Staleness;
        if (reader.Due(pace) is { } readDue)
        {
            if (readDue <= now)
            {
                _ = reader.ReadAsync(wantsLease);
            }
            else
            {
                next = Math.Min(next, readDue);
            }
        }

        if (overrides.Look() is { } overrideEnds)
        {
            next = Math.Min(next, overrideEnds);
        }

        if (role == CheckRole.Idle && lease.IsOurs(now) && !IsCheckingAll())
        {
            _ = lease.ReleaseAsync();
        }

        if (turns.HandOnIfDue(now))
        {
            role = CheckRole.Follower;
        }

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

        return TimeSpan.FromSeconds(Math.Max(0.001, (double)(next - now) / time.TimestampFrequency));
    }

    private async Task CheckAllHoldingAsync(bool byTimer)
    {
        bool leavesIt = !await TakeLeaseAsync();
        // Whoever has it is checking: by now, or at the next read, the records are there.
        if (byTimer && lease.LastAnswer == LeaseAnswer.HeldByOther)
        {
            await Task.Delay(settings.MaxStaleness, time);
        }

        long now = time.GetTimestamp();
        HealthSnapshot snapshot = board.Current;
        bool leaseIsAnothers = snapshot.Store == StoreCondition.Usable && (leavesIt || lease.LastAnswer == LeaseAnswer.HeldByOther);
        bool onlyRedis = byTimer && snapshot.Store == StoreCondition.Unusable && IsActive(now);
        IEnumerable<Task> checks = checkers
            .Where(checker => !onlyRedis || checker.Dependency.Index == snapshot.Ages.RedisIndex)
            .Where(checker =>
                leaseIsAnothers ? !snapshot.IsRecent(checker.Dependency.Index, now) : !IsFresh(snapshot, checker.Dependency.Index, now)
            )
            .Select(checker => turns.IsOutvoted(checker.Dependency.Index, now) ? checker.ProbeAsideAsync() : checker.CheckAsync());
        await Task.WhenAll(checks);
    }

    /// <returns>Whether it was asked for.</returns>
    private async Task<bool> TakeLeaseAsync()
    {
        if (!turns.WantsLease(time.GetTimestamp()))
        {
            await reader.ReadAsync(wantLease: false);
            return false;
        }

        await reader.ReadAsync(wantLease: true);
        // The read that was under way did not ask for it.
        if (reader.HasStore && lease.LastAnswer == LeaseAnswer.NotAsked)
        {
            await reader.ReadAsync(wantLease: true);
        }

        return true;
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

    private bool IsFresh(HealthSnapshot snapshot, int index, long now) =>
        snapshot.Dependencies[index] is { Record: not null } known && now - known.ObservedAt < _schedule.Staleness;

    /// <summary>In use, or something that a rule needs is not up and the guard was used lately.</summary>
    private bool IsActive(long now) => use.IsInUse(now) || (use.WasUsedLately(now) && needs.IsAnyNotUp(board.Current, now));

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

    private void CountChecksOfAll(int change)
    {
        lock (_lock)
        {
            _checksOfAll += change;
        }
    }

    private bool IsCheckingAll()
    {
        lock (_lock)
        {
            return _checksOfAll > 0;
        }
    }

    // Spreads load; nothing is kept secret by it.
#pragma warning disable CA5394
    private double NewJitter() => random.NextDouble();
#pragma warning restore CA5394

    [LoggerMessage(2201, LogLevel.Error, "Configuration: {Variable} {Problem}. Every guarded route is closed until it is fixed.")]
    private partial void LogMisconfigured(string variable, string problem);

    [LoggerMessage(2202, LogLevel.Warning, "Configuration: {Variable} {Hint}.")]
    private partial void LogHint(string variable, string hint);

    [LoggerMessage(2203, LogLevel.Information, "HxFunctions {Version}. {Guard} {Bounds}")]
    private partial void LogStarted(string version, string guard, DetectionBounds bounds);
}
