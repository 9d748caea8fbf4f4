using HxFunctions.Core.Configuration;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Core.Guarding;

/// <summary>What came of a command to set or clear the override.</summary>
internal enum OverrideOutcome
{
    /// <summary>Redis has it, and it is in effect here.</summary>
    Taken,

    /// <summary>Nothing has changed, and nothing will.</summary>
    NotTaken,

    /// <summary>The answer was lost, and Redis has not answered since, or another server has taken over: it may be in effect.</summary>
    NotKnown,
}

/// <summary>Sets and clears the override: in Redis for all instances, here at once.</summary>
internal sealed class OverrideControl(
    SnapshotBoard board,
    OverrideWatch watch,
    WakeSignal wake,
    HxSettings settings,
    TimeProvider time,
    SnapshotStore? store = null
)
{
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    /// <summary>Sets it. Takes about three seconds at most, in a running host.</summary>
    public async Task<OverrideOutcome> SetAsync(GuardOverride value, TimeSpan lasts)
    {
        long now = time.GetTimestamp();
        OverrideWriting writing = store is null
            ? OverrideWriting.Taken("")
            : await store.SetOverrideAsync(value, lasts, () => board.Current.Override);
        return Publish(
            writing,
            stored => new(value, now + lasts.ToTicks(time), stored) { RememberedUntil = now + GuardOverride.MaxDuration.ToTicks(time) }
        );
    }

    /// <summary>Clears it. Takes as long at most.</summary>
    public async Task<OverrideOutcome> ClearAsync(string by)
    {
        long endsAt = time.GetTimestamp() + GuardOverride.MaxDuration.ToTicks(time);
        OverrideWriting writing = store is null
            ? OverrideWriting.Taken("")
            : await store.ClearOverrideAsync(by, () => board.Current.Override);
        return Publish(writing, stored => new(null, endsAt, stored, by));
    }

    /// <summary>How many instances know what was set or cleared. Waits for those that haven't read it yet, as long as one that reaches
    /// Redis takes (<c>GUARD_MAX_STALENESS</c> and half a second), and no longer than five seconds.</summary>
    /// <param name="lasts">How long the override is in effect: no more than half of that is spent on waiting.</param>
    /// <returns><see langword="null"/> when Redis doesn't say.</returns>
    public async Task<OverrideReach?> WaitForReachAsync(TimeSpan lasts)
    {
        TimeSpan longest = new[] { settings.MaxStaleness + SnapshotStore.Deadline, lasts / 2, LongestWait }.Min();
        long started = time.GetTimestamp();
        while (true)
        {
            OverrideReach? reach = await ReadReachAsync();
            if (reach is null || reach.Reached >= reach.Running || time.GetElapsedTime(started) >= longest)
            {
                return reach;
            }

            await Task.Delay(LookAgainAfter, time);
        }
    }

    /// <summary>The same as of now.</summary>
    public async Task<OverrideReach?> ReadReachAsync() => store is null ? null : await store.ReadReachAsync(board.Current.Override);

    private OverrideOutcome Publish(OverrideWriting writing, Func<string, OverrideKnowledge> taken)
    {
        if (writing.Stored is not { } stored)
        {
            return writing.IsKnown ? OverrideOutcome.NotTaken : OverrideOutcome.NotKnown;
        }

        OverrideKnowledge known = taken(stored);
        // Of two that were told at the same time, the one that Redis put later counts, whichever answer came first.
        board.Publish(s => s.Override is { } other && other.SetStamp > known.SetStamp ? s : s with { Override = known });
        watch.Look();
        // The monitor's loop must look again when it ends.
        wake.Set();
        return OverrideOutcome.Taken;
    }
}
