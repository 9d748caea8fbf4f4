using HxFunctions.Core.Configuration;

namespace HxFunctions.Core.Snapshots;

/// <summary>Checks everything at once: for the timer, and for people. Leaves out what another instance, or this one, has just checked. Safe
/// for concurrent use.</summary>
internal sealed class CheckAll(
    HxSettings settings,
    SnapshotBoard board,
    SnapshotReader reader,
    DependencyCheckers checkers,
    LeaseTurns turns,
    GuardUse use,
    RuleNeeds needs,
    TimeProvider time
)
{
    private readonly long _staleness = settings.MaxStaleness.ToTicks(time);
    private readonly Lock _lock = new();
    private int _underWay;
    private Task _now = Task.CompletedTask;
    private long? _nowBegan;

    /// <summary>Whether any is under way. While one is, the lease that it has taken stays.</summary>
    public bool IsUnderWay
    {
        get
        {
            lock (_lock)
            {
                return _underWay > 0;
            }
        }
    }

    /// <summary>"Check now" for people. Begins once within <c>GUARD_MAX_STALENESS</c> at most, however often it is asked for; whoever asks
    /// meanwhile waits for the one under way.</summary>
    /// <param name="cancellationToken">Ends the wait; checks that were started go on.</param>
    public Task NowAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            long now = time.GetTimestamp();
            if (_now.IsCompleted && !(now - _nowBegan < _staleness))
            {
                _nowBegan = now;
                _now = RunAsync(byTimer: false);
            }

            return _now.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The timer's. While the guard is in use without Redis, the loop checks at a pace that spares the dependencies and keeps a
    /// fleet out of step: the timer leaves them to it.</summary>
    /// <param name="cancellationToken">Ends the wait; checks that were started go on.</param>
    public Task ByTimerAsync(CancellationToken cancellationToken) => RunAsync(byTimer: true).WaitAsync(cancellationToken);

    private async Task RunAsync(bool byTimer)
    {
        if (settings.Problems.Count > 0)
        {
            return;
        }

        Count(1);
        try
        {
            await CheckAsync(byTimer);
        }
        finally
        {
            Count(-1);
        }

        if (!IsActive(time.GetTimestamp()))
        {
            await turns.ReleaseAsync();
        }
    }

    private async Task CheckAsync(bool byTimer)
    {
        bool leavesIt = !await TakeLeaseAsync();
        // The lease holder is checking; its records arrive by the next read.
        if (byTimer && turns.LastAnswer == LeaseAnswer.HeldByOther)
        {
            await Task.Delay(settings.MaxStaleness, time);
        }

        long now = time.GetTimestamp();
        HealthSnapshot snapshot = board.Current;
        bool leaseIsAnothers = snapshot.Store == StoreCondition.Usable && (leavesIt || turns.LastAnswer == LeaseAnswer.HeldByOther);
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
        if (reader.HasStore && turns.LastAnswer == LeaseAnswer.NotAsked)
        {
            await reader.ReadAsync(wantLease: true);
        }

        return true;
    }

    private bool IsFresh(HealthSnapshot snapshot, int index, long now) =>
        snapshot.Dependencies[index] is { Record: not null } known && now - known.ObservedAt < _staleness;

    private bool IsActive(long now) => use.IsActive(now, needs.IsAnyNotUp(board.Current, now));

    private void Count(int change)
    {
        lock (_lock)
        {
            _underWay += change;
        }
    }
}
