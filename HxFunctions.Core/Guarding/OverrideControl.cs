using HxFunctions.Core.Snapshots;

namespace HxFunctions.Core.Guarding;

/// <summary>Sets and clears the override: in Redis for all instances, here at once.</summary>
internal sealed class OverrideControl(
    SnapshotBoard board,
    OverrideWatch watch,
    WakeSignal wake,
    TimeProvider time,
    SnapshotStore? store = null
)
{
    /// <returns><see langword="false"/> when Redis is configured and didn't take it; nothing has changed then.</returns>
    public async Task<bool> SetAsync(GuardOverride value, TimeSpan lasts)
    {
        long endsAt = time.GetTimestamp() + lasts.ToTicks(time);
        string? stored = store is null ? "" : await store.SetOverrideAsync(value, lasts);
        return Publish(stored is null ? null : new(value, endsAt, stored));
    }

    /// <returns><see langword="false"/> when Redis is configured and didn't take it; nothing has changed then.</returns>
    public async Task<bool> ClearAsync(string by)
    {
        long endsAt = time.GetTimestamp() + GuardOverride.MaxDuration.ToTicks(time);
        string? stored = store is null ? "" : await store.ClearOverrideAsync(by);
        return Publish(stored is null ? null : new(null, endsAt, stored, by));
    }

    private bool Publish(OverrideKnowledge? taken)
    {
        if (taken is null)
        {
            return false;
        }

        board.Publish(s => s with { Override = taken });
        watch.Look();
        // The monitor's loop must look again when it ends.
        wake.Set();
        return true;
    }
}
