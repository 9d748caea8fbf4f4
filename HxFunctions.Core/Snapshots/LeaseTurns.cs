using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Snapshots;

/// <summary>
/// Decides whether this instance requests the lease or hands it over, so that one instance's network can't close the routes of a fleet.
/// Whoever finds something down hands the lease on; whoever found it down alone stays out. Keeps no state of its own.
/// </summary>
internal sealed class LeaseTurns(HxSettings settings, SnapshotBoard board, DependencyCheckers checkers, CheckLease lease, TimeProvider time)
{
    /// <summary>In parts of the staleness: for how long whoever has handed the lease on leaves it to others.</summary>
    private const int StandAsideFor = 2;

    private readonly CheckSchedule _schedule = CheckSchedule.From(settings, time);

    /// <inheritdoc cref="CheckLease.LastAnswer"/>
    public LeaseAnswer LastAnswer => lease.LastAnswer;

    /// <inheritdoc cref="CheckLease.IsOurs"/>
    public bool IsOurs(long now) => lease.IsOurs(now);

    /// <inheritdoc cref="CheckLease.ReleaseAsync"/>
    public Task ReleaseAsync() => lease.ReleaseAsync();

    /// <summary>Hands the lease on if it is ours, another would take it, and it is another's turn.</summary>
    /// <returns>Whether it did.</returns>
    public bool HandOnIfDue(long now)
    {
        if (lease.HeldSince(now) is not { } since || !lease.IsContended || !IsAnothersTurn(since, now))
        {
            return false;
        }

        _ = lease.HandOnAsync(now + (StandAsideFor * _schedule.Staleness));
        return true;
    }

    /// <summary>Whether to ask for the lease. Whoever has handed it on, or is outvoted, does so only when nobody else checks.</summary>
    public bool WantsLease(long now)
    {
        bool leavesIt = now < lease.StandsAsideUntil;
        bool isKept = true;
        for (int i = 0; i < checkers.Count; i++)
        {
            leavesIt |= IsOutvoted(i, now);
            isKept &= !IsGettingOld(i, now);
        }

        return !(leavesIt && isKept);
    }

    /// <summary>Whether this instance leaves a dependency's record to others, which found up what it found down. Not for Redis: whoever
    /// hears of others by it has reached it.</summary>
    public bool IsOutvoted(int index, long now) =>
        board.Current.Store == StoreCondition.Usable
        && index != board.Current.Ages.RedisIndex
        && !IsGettingOld(index, now)
        && checkers[index].IsOutvoted(board.Current, now);

    /// <summary>Whether more should have been heard of a dependency by now: a follower looks again before it steps in.</summary>
    public bool IsGettingOld(int index, long now) =>
        board.Current.Dependencies[index] is { Record: not null } known
        && now - known.ObservedAt > _schedule.Staleness + (_schedule.CheckTimeout / 2);

    /// <summary>A check of ours has found something down that others may find up. Whoever finds it up keeps the lease: it takes several
    /// passes, and handing on after the first would begin anew.</summary>
    /// <param name="since">When we took the lease.</param>
    private bool IsAnothersTurn(long since, long now)
    {
        bool findsDown = false,
            findsUp = false;
        for (int i = 0; i < checkers.Count; i++)
        {
            if (IsOutvoted(i, now))
            {
                return true;
            }

            if (checkers[i].Last is { Status: DependencyStatus.Fail } last && last.EndedAt >= since)
            {
                findsDown |= !last.IsRecovering;
                findsUp |= last.IsRecovering;
            }
        }

        return findsDown && !findsUp;
    }
}
