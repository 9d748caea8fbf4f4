using System.Numerics;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Snapshots;

/// <summary>What the guard decides by: the snapshot in memory and, when that is too old for what a route needs, a short wait for a newer
/// one.</summary>
internal sealed class GuardKnowledge(HxSettings settings, SnapshotBoard board, GuardUse use, TimeProvider time)
{
    /// <summary>How long a guard request waits for a check at most.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(1);

    private readonly long _maxWait = MaxWait.ToTicks(time);
    private readonly bool _misconfigured = settings.Problems.Count > 0;

    /// <summary>What is known now, however old.</summary>
    public HealthSnapshot Current => board.Current;

    /// <summary>Whether a guard request came within the last interval.</summary>
    public bool IsInUse => use.IsInUse(time.GetTimestamp());

    /// <inheritdoc cref="GuardUse.Note"/>
    public void NoteUse(long now) => use.Note(now);

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

    /// <summary>Asks for what is needed and returns a snapshot that settles it, or the best there is when <see cref="MaxWait"/> is
    /// over.</summary>
    /// <remarks>
    /// Requests that wait share one wait: it is counted from the first of them, so that while a check hangs only the first second of
    /// requests is slow.
    /// </remarks>
    public async Task<HealthSnapshot> WaitUntilSettledAsync(ulong needed)
    {
        long deadline = use.Demand() + _maxWait;
        while (true)
        {
            Task change = board.NextChange;
            HealthSnapshot snapshot = board.Current;
            long now = time.GetTimestamp();
            if (IsSettled(snapshot, needed, now))
            {
                use.EndDemand(isMet: true);
                return snapshot;
            }

            if (now >= deadline)
            {
                use.EndDemand(isMet: false);
                return snapshot;
            }

            // In whole milliseconds, which is all that a wait knows: less would be no wait. Nor is what is left of the last 100 ns, which a
            // TimeSpan has as nothing.
            TimeSpan left = TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(time.GetElapsedTime(now, deadline).TotalMilliseconds)));
            await change.WaitAsync(left, time).Ended();
        }
    }
}
