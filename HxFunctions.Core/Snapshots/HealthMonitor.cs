using System.Numerics;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Probing;
using HxFunctions.Core.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Core.Snapshots;

/// <summary>
/// Keeps the snapshot true: reads it from Redis at its pace, in use or not, and starts the checks that are due here. See docs/knowledge.md.
/// </summary>
/// <remarks>One loop schedules; reads and checks run beside it and wake it when they land, so that none waits for another.</remarks>
internal sealed partial class HealthMonitor : BackgroundService
{
    /// <summary>How long a guard request waits for a check at most.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    /// <summary>How long after the last guard request a dependency that isn't up goes on being checked.</summary>
    public static readonly TimeSpan WatchAfterUse = TimeSpan.FromMinutes(10);

    /// <summary>How often the lease is asked for while requests wait and it is another's.</summary>
    private static readonly TimeSpan HurriedRead = TimeSpan.FromMilliseconds(100);

    private readonly HxSettings _settings;
    private readonly DependencySet _dependencies;
    private readonly SnapshotBoard _board;
    private readonly SnapshotStore? _store;
    private readonly DependencyChecker[] _checkers;
    private readonly double[] _jitter;
    private readonly ulong[] _ruleNeeds;
    private readonly InstanceId _instance;
    private readonly TimeProvider _time;
    private readonly HxMeter _meter;
    private readonly ILogger<HealthMonitor> _logger;
    private readonly CheckSchedule _schedule;
    private readonly bool _misconfigured;
    private readonly Lock _lock = new();

    private TaskCompletionSource _wake = NewWake();
    private Task _reading = Task.CompletedTask;
    private long? _lastRead;
    private long? _leaseRenewedAt;
    private LeaseAnswer _lease;
    private long _unusableSince = long.MaxValue;
    private bool _everRead;
    private int _checksOfAll;
    private long _lastUse = long.MinValue;
    private long _demandedAt = long.MinValue;

    /// <param name="checkers">One per dependency, in the set's order.</param>
    /// <param name="ruleNeeds">The dependencies that each guard rule needs, as masks.</param>
    public HealthMonitor(
        HxSettings settings,
        DependencySet dependencies,
        SnapshotBoard board,
        SnapshotStore? store,
        IEnumerable<DependencyChecker> checkers,
        ulong[] ruleNeeds,
        InstanceId instance,
        TimeProvider time,
        HxMeter meter,
        ILogger<HealthMonitor> logger
    )
    {
        _settings = settings;
        _misconfigured = settings.Problems.Count > 0;
        _dependencies = dependencies;
        _board = board;
        _store = store;
        _checkers = [.. checkers];
        _jitter = Array.ConvertAll(_checkers, _ => NewJitter());
        _ruleNeeds = ruleNeeds;
        _instance = instance;
        _time = time;
        _meter = meter;
        _logger = logger;
        _schedule = new(Ticks(settings.MaxStaleness), Ticks(settings.Interval));
    }

    /// <summary>What is known now, however old.</summary>
    public HealthSnapshot Current => _board.Current;

    /// <summary>Whether a guard request came within the last interval.</summary>
    public bool IsInUse =>
        Volatile.Read(ref _lastUse) is var last && last != long.MinValue && _time.GetTimestamp() - last <= _schedule.Interval;

    /// <summary>Tells that the guard is being used. Cheap enough for every request.</summary>
    /// <param name="now">The monotonic clock, which the caller has read already.</param>
    public void NoteUse(long now)
    {
        long last = Volatile.Read(ref _lastUse);
        if (last != long.MinValue && now - last < _schedule.Staleness / 16)
        {
            return;
        }

        Volatile.Write(ref _lastUse, now);
        if (last == long.MinValue || now - last > _schedule.Interval)
        {
            Wake();
        }
    }

    /// <summary>Whether the verdict is sure without waiting: all that is needed is recent, or something needed has recently
    /// failed.</summary>
    public bool IsSettled(HealthSnapshot snapshot, ulong needed, long now)
    {
        if (_misconfigured)
        {
            return true;
        }
        // There may be an override that nobody here has read yet.
        if (needed != 0 && snapshot.Store == StoreCondition.Untried)
        {
            return false;
        }

        bool allRecent = true;
        for (ulong left = needed; left != 0; left &= left - 1)
        {
            int i = BitOperations.TrailingZeroCount(left);
            if (!snapshot.IsRecent(i, now))
            {
                allRecent = false;
            }
            else if (snapshot.Dependencies[i].Record!.State.Status == DependencyStatus.Fail)
            {
                return true;
            }
        }

        return allRecent;
    }

    /// <summary>Asks for what is needed and returns a snapshot that settles it, or the best there is when <see cref="LongestWait"/> is
    /// over.</summary>
    /// <remarks>
    /// Requests that wait share one wait: it is counted from the first of them, so that while a check hangs only the first second of
    /// requests is slow.
    /// </remarks>
    public async Task<HealthSnapshot> WaitUntilSettledAsync(ulong needed)
    {
        long deadline = Demand() + Ticks(LongestWait);
        while (true)
        {
            Task change = _board.NextChange;
            HealthSnapshot snapshot = _board.Current;
            long now = _time.GetTimestamp();
            if (IsSettled(snapshot, needed, now))
            {
                Volatile.Write(ref _demandedAt, long.MinValue);
                return snapshot;
            }

            if (now >= deadline)
            {
                return snapshot;
            }

            TimeSpan left = _time.GetElapsedTime(now, deadline);
            await change.WaitAsync(left, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The timer's check of everything; also "check now" for people. Leaves out what another instance, or this one, has just
    /// checked.</summary>
    /// <param name="byTimer">
    /// While the guard is in use without Redis, the loop checks at a pace that spares the dependencies and keeps a fleet out of step: the
    /// timer leaves them to it. </param>
    public async Task CheckAllAsync(bool byTimer, CancellationToken cancellationToken)
    {
        if (_misconfigured)
        {
            return;
        }

        Interlocked.Increment(ref _checksOfAll);
        try
        {
            await CheckAllHoldingAsync(byTimer, cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _checksOfAll);
        }

        if (!IsActive(_time.GetTimestamp()))
        {
            await ReleaseLeaseAsync();
        }
    }

    private async Task CheckAllHoldingAsync(bool byTimer, CancellationToken cancellationToken)
    {
        await TakeLeaseAsync(cancellationToken);
        // Whoever has it is checking: by now, or at the next read, the records are there.
        if (byTimer && _lease == LeaseAnswer.Others)
        {
            await Task.Delay(_settings.MaxStaleness, _time, cancellationToken);
        }

        long now = _time.GetTimestamp();
        HealthSnapshot snapshot = _board.Current;
        bool leaseIsAnothers = snapshot.Store == StoreCondition.Usable && _lease == LeaseAnswer.Others;
        bool onlyRedis = byTimer && snapshot.Store == StoreCondition.Unusable && IsActive(now);
        IEnumerable<Task> checks = _checkers
            .Where(c => !onlyRedis || c.Dependency.Index == snapshot.Ages.RedisIndex)
            .Where(c => leaseIsAnothers ? !snapshot.IsRecent(c.Dependency.Index, now) : !IsFresh(snapshot, c.Dependency.Index, now))
            .Select(c => c.CheckAsync());
        await Task.WhenAll(checks).WaitAsync(cancellationToken);
    }

    private async Task TakeLeaseAsync(CancellationToken cancellationToken)
    {
        if (_store is null)
        {
            return;
        }

        await ReadAsync(wantLease: true).WaitAsync(cancellationToken);
        // The read that was under way did not ask for it.
        if (_lease == LeaseAnswer.NotAsked)
        {
            await ReadAsync(wantLease: true).WaitAsync(cancellationToken);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        // A read under way may bring the lease only now.
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ReleaseLeaseAsync();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_misconfigured)
        {
            foreach (ConfigurationProblem problem in _settings.Problems)
            {
                LogMisconfigured(problem.Variable, problem.Problem);
            }

            return;
        }

        foreach (ConfigurationProblem hint in _settings.Hints)
        {
            LogHint(hint.Variable, hint.Problem);
        }

        LogStarted(ProductVersion.Text, _settings.DescribeGuard(), DetectionBounds.From(_settings));
        while (!stoppingToken.IsCancellationRequested)
        {
            Task wake = NextWake();
            TimeSpan pause = StartWhatIsDue();
            await wake.WaitAsync(pause, _time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>How long nothing more is due.</returns>
    private TimeSpan StartWhatIsDue()
    {
        long now = _time.GetTimestamp();
        bool active = IsActive(now);
        CheckRole role = CheckSchedule.RoleOf(active, _board.Current.Store, LeaseIsOurs(now), RedisWorksWithoutStore());
        long next = now + _schedule.Staleness;

        if (_store is not null && _reading.IsCompleted)
        {
            bool hurried = IsDemanded(now) && (role == CheckRole.Follower || !_everRead);
            long due = _lastRead + (hurried ? Ticks(HurriedRead) : _schedule.Staleness) ?? 0;
            if (due <= now)
            {
                _ = ReadAsync(active);
            }
            else
            {
                next = Math.Min(next, due);
            }
        }

        if (role == CheckRole.Idle && LeaseIsOurs(now) && Volatile.Read(ref _checksOfAll) == 0)
        {
            _ = ReleaseLeaseAsync();
        }

        for (int i = 0; i < _checkers.Length; i++)
        {
            if (_checkers[i].IsRunning)
            {
                continue;
            }

            long due = _schedule.Due(role, LastCheck(i), i == _board.Current.Ages.RedisIndex, IsNeeded(i, now), _jitter[i]);
            if (due <= now)
            {
                StartCheck(i);
            }
            else
            {
                next = Math.Min(next, due);
            }
        }

        return TimeSpan.FromSeconds(Math.Max(0.001, (double)(next - now) / _time.TimestampFrequency));
    }

    private void StartCheck(int index)
    {
        _jitter[index] = NewJitter();
        _ = WakeAfterAsync(_checkers[index].CheckAsync());
    }

    /// <summary>When the last check of a dependency began: ours, or, if its record is another instance's, about when that one
    /// ended.</summary>
    private long? LastCheck(int index)
    {
        DependencyKnowledge known = _board.Current.Dependencies[index];
        long? ours = _checkers[index].LastStart;
        if (known.Record is null || (known.Record.Source == _instance.Value && ours is not null))
        {
            return ours;
        }

        return Math.Max(known.ObservedAt, ours ?? long.MinValue);
    }

    /// <summary>Reads the snapshot, or joins the read under way.</summary>
    private Task ReadAsync(bool wantLease)
    {
        lock (_lock)
        {
            if (!_reading.IsCompleted)
            {
                return _reading;
            }

            _lastRead = _time.GetTimestamp();
            using (ExecutionContext.SuppressFlow())
            {
                _reading = Task.Run(() => ReadOnceAsync(wantLease));
            }
            // Not within the read: the loop that it wakes must find it completed.
            _ = WakeAfterAsync(_reading);
            return _reading;
        }
    }

    private async Task ReadOnceAsync(bool wantLease)
    {
        StoreCondition before = _board.Current.Store;
        OverrideKnowledge? remembered = _board.Current.Override;
        StoreReading? reading = await _store!.SyncAsync(wantLease, remembered);
        _lease = reading?.Lease ?? LeaseAnswer.NotAsked;
        if (wantLease)
        {
            _meter.LeaseRequested(OutcomeOf(reading));
        }

        _everRead |= reading is not null;
        if (reading?.Lease == LeaseAnswer.Mine)
        {
            _leaseRenewedAt = reading.SentAt;
        }
        else if (reading?.Lease is LeaseAnswer.Others or LeaseAnswer.Denied)
        {
            _leaseRenewedAt = null;
        }

        HealthSnapshot after = _board.Publish(s =>
        {
            if (reading is null)
            {
                return s with { Store = StoreCondition.Unusable };
            }

            HealthSnapshot merged = SnapshotMerge.Merge(s, reading);
            // Set or cleared here while the read was under way: the next read knows.
            return ReferenceEquals(s.Override, remembered) ? merged : merged with { Override = s.Override };
        });
        if (before == after.Store)
        {
            return;
        }

        _unusableSince = after.Store == StoreCondition.Unusable ? _time.GetTimestamp() : long.MaxValue;
        LogStore(after.Store);
    }

    private static string OutcomeOf(StoreReading? reading) =>
        reading?.Lease switch
        {
            LeaseAnswer.Mine => "mine",
            LeaseAnswer.Others => "others",
            LeaseAnswer.Denied => "denied",
            _ => "no_answer",
        };

    private async Task ReleaseLeaseAsync()
    {
        if (_store is null || _leaseRenewedAt is null)
        {
            return;
        }

        _leaseRenewedAt = null;
        await _store.ReleaseLeaseAsync();
    }

    /// <returns>When the demand that is being served began.</returns>
    private long Demand()
    {
        long now = _time.GetTimestamp();
        long since = Volatile.Read(ref _demandedAt);
        if (IsDemand(since, now))
        {
            return since;
        }

        long other = Interlocked.CompareExchange(ref _demandedAt, now, since);
        Wake();
        return other != since && IsDemand(other, now) ? other : now;
    }

    private bool IsDemanded(long now) => IsDemand(Volatile.Read(ref _demandedAt), now);

    // A demand that no check has answered for this long is over: the next request may wait again.
    private bool IsDemand(long since, long now) => since != long.MinValue && now - since <= Ticks(_settings.DecisionAge);

    private bool IsFresh(HealthSnapshot snapshot, int index, long now) =>
        snapshot.Dependencies[index] is { Record: not null } known && now - known.ObservedAt < _schedule.Staleness;

    /// <summary>In use, or something that a rule needs is not up and the guard was used lately.</summary>
    private bool IsActive(long now)
    {
        long last = Volatile.Read(ref _lastUse);
        if (last == long.MinValue)
        {
            return false;
        }

        if (now - last <= _schedule.Interval)
        {
            return true;
        }

        return now - last <= Ticks(WatchAfterUse)
            && Enumerable
                .Range(0, _dependencies.Count)
                .Any(i => IsNeededAtAll(i) && _board.Current.StatusAt(i, now) != DependencyStatus.Pass);
    }

    private bool LeaseIsOurs(long now) => _leaseRenewedAt is { } at && now - at < Ticks(_settings.LeaseTime);

    private bool IsNeededAtAll(int index) => Array.Exists(_ruleNeeds, needs => (needs & (1UL << index)) != 0);

    /// <summary>Whether Redis has taken a write since it was found unusable as a store: slow, or without the permissions that the scripts
    /// need.</summary>
    private bool RedisWorksWithoutStore()
    {
        HealthSnapshot snapshot = _board.Current;
        return snapshot.Store == StoreCondition.Unusable
            && snapshot.Ages.RedisIndex >= 0
            && snapshot.Dependencies[snapshot.Ages.RedisIndex] is { Record.State.Status: DependencyStatus.Pass } known
            && known.ObservedAt > _unusableSince;
    }

    /// <summary>
    /// Whether a rule needs the dependency that isn't closed already by Redis or by one before it. Not by one after it: two that failed
    /// must not keep each other from being looked at.
    /// </summary>
    private bool IsNeeded(int index, long now)
    {
        HealthSnapshot snapshot = _board.Current;
        ulong closing = 0;
        for (int i = 0; i < _dependencies.Count; i++)
        {
            bool looksAfterItself = i < index || i == snapshot.Ages.RedisIndex;
            if (i != index && looksAfterItself && snapshot.DecisiveAt(i, now) == DependencyStatus.Fail)
            {
                closing |= 1UL << i;
            }
        }

        return Array.Exists(_ruleNeeds, needs => (needs & (1UL << index)) != 0 && (needs & closing) == 0);
    }

    private async Task WakeAfterAsync(Task task)
    {
        await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Wake();
    }

    private Task NextWake()
    {
        lock (_lock)
        {
            return _wake.Task;
        }
    }

    private void Wake()
    {
        TaskCompletionSource wake;
        lock (_lock)
        {
            wake = _wake;
            _wake = NewWake();
        }

        wake.SetResult();
    }

    private static TaskCompletionSource NewWake() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Spreads load; nothing is kept secret by it.
#pragma warning disable CA5394
    private static double NewJitter() => Random.Shared.NextDouble() * 0.1;
#pragma warning restore CA5394

    private long Ticks(TimeSpan span) => (long)(span.TotalSeconds * _time.TimestampFrequency);

    [LoggerMessage(2201, LogLevel.Error, "Configuration: {Variable} {Problem}. Every guarded route is closed until it is mended.")]
    private partial void LogMisconfigured(string variable, string problem);

    [LoggerMessage(2202, LogLevel.Warning, "Configuration: {Variable} {Hint}.")]
    private partial void LogHint(string variable, string hint);

    [LoggerMessage(2203, LogLevel.Information, "HxFunctions {Version}. {Guard} {Bounds}")]
    private partial void LogStarted(string version, string guard, DetectionBounds bounds);

    [LoggerMessage(2204, LogLevel.Information, "Snapshot store: {Condition}.")]
    private partial void LogStore(StoreCondition condition);
}
