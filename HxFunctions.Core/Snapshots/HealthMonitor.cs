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

    private readonly CheckSchedule _schedule = new(settings.MaxStaleness.ToTicks(time), settings.Interval.ToTicks(time));
    private readonly long _leaseRetryInterval = LeaseRetryInterval.ToTicks(time);
    private readonly bool _misconfigured = settings.Problems.Count > 0;

    /// <summary>One per dependency, renewed at each check. The loop's alone.</summary>
    private readonly double[] _jitter = new double[checkers.Count];

    private readonly Lock _lock = new();
    private int _checksOfAll;

    /// <summary>The timer's check of everything; also "check now" for people. Leaves out what another instance, or this one, has just
    /// checked.</summary>
    /// <param name="byTimer">
    /// While the guard is in use without Redis, the loop checks at a pace that spares the dependencies and keeps a fleet out of step: the
    /// timer leaves them to it. </param>
    /// <param name="cancellationToken">Ends the wait; checks that were started go on.</param>
    public async Task CheckAllAsync(bool byTimer, CancellationToken cancellationToken)
    {
        if (_misconfigured)
        {
            return;
        }

        CountChecksOfAll(1);
        try
        {
            await CheckAllHoldingAsync(byTimer, cancellationToken);
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

        bool hurried = use.IsDemanded(now) && (role == CheckRole.Follower || !reader.HasRead);
        if (reader.Due(hurried ? _leaseRetryInterval : _schedule.Staleness) is { } readDue)
        {
            if (readDue <= now)
            {
                _ = reader.ReadAsync(active);
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

        for (int i = 0; i < checkers.Count; i++)
        {
            if (checkers[i].IsRunning)
            {
                continue;
            }

            bool isRedis = i == board.Current.Ages.RedisIndex;
            long due = _schedule.Due(role, LastCheck(i), isRedis, needs.IsDecisive(i, board.Current, now), _jitter[i]);
            if (due <= now)
            {
                _jitter[i] = NewJitter();
                _ = wake.SetAfterAsync(checkers[i].CheckAsync());
            }
            else
            {
                next = Math.Min(next, due);
            }
        }

        return TimeSpan.FromSeconds(Math.Max(0.001, (double)(next - now) / time.TimestampFrequency));
    }

    private async Task CheckAllHoldingAsync(bool byTimer, CancellationToken cancellationToken)
    {
        await TakeLeaseAsync(cancellationToken);
        // Whoever has it is checking: by now, or at the next read, the records are there.
        if (byTimer && lease.LastAnswer == LeaseAnswer.HeldByOther)
        {
            await Task.Delay(settings.MaxStaleness, time, cancellationToken);
        }

        long now = time.GetTimestamp();
        HealthSnapshot snapshot = board.Current;
        bool leaseIsAnothers = snapshot.Store == StoreCondition.Usable && lease.LastAnswer == LeaseAnswer.HeldByOther;
        bool onlyRedis = byTimer && snapshot.Store == StoreCondition.Unusable && IsActive(now);
        IEnumerable<Task> checks = checkers
            .Where(checker => !onlyRedis || checker.Dependency.Index == snapshot.Ages.RedisIndex)
            .Where(checker =>
                leaseIsAnothers ? !snapshot.IsRecent(checker.Dependency.Index, now) : !IsFresh(snapshot, checker.Dependency.Index, now)
            )
            .Select(checker => checker.CheckAsync());
        await Task.WhenAll(checks).WaitAsync(cancellationToken);
    }

    private async Task TakeLeaseAsync(CancellationToken cancellationToken)
    {
        await reader.ReadAsync(wantLease: true).WaitAsync(cancellationToken);
        // The read that was under way did not ask for it.
        if (reader.HasStore && lease.LastAnswer == LeaseAnswer.NotAsked)
        {
            await reader.ReadAsync(wantLease: true).WaitAsync(cancellationToken);
        }
    }

    /// <summary>When the last check of a dependency began: ours, or, if its record is another instance's, about when that one
    /// ended.</summary>
    private long? LastCheck(int index)
    {
        DependencyKnowledge known = board.Current.Dependencies[index];
        long? ours = checkers[index].LastStart;
        if (known.Record is null || (known.Record.Source == instance.Value && ours is not null))
        {
            return ours;
        }

        return Math.Max(known.ObservedAt, ours ?? long.MinValue);
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
    private double NewJitter() => random.NextDouble() * 0.1;
#pragma warning restore CA5394

    [LoggerMessage(2201, LogLevel.Error, "Configuration: {Variable} {Problem}. Every guarded route is closed until it is fixed.")]
    private partial void LogMisconfigured(string variable, string problem);

    [LoggerMessage(2202, LogLevel.Warning, "Configuration: {Variable} {Hint}.")]
    private partial void LogHint(string variable, string hint);

    [LoggerMessage(2203, LogLevel.Information, "HxFunctions {Version}. {Guard} {Bounds}")]
    private partial void LogStarted(string version, string guard, DetectionBounds bounds);
}
