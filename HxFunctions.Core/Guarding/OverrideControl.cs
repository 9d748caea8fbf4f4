using HxFunctions.Core.Snapshots;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Core.Guarding;

/// <summary>Sets and clears the override: in Redis for all instances, here at once.</summary>
internal sealed partial class OverrideControl(
    SnapshotBoard board,
    TimeProvider time,
    ILogger<OverrideControl> logger,
    SnapshotStore? store = null
)
{
    /// <returns><see langword="false"/> when Redis is configured and didn't take it; nothing has changed then.</returns>
    public async Task<bool> SetAsync(GuardOverride value, TimeSpan lasts)
    {
        long endsAt = time.GetTimestamp() + (long)(lasts.TotalSeconds * time.TimestampFrequency);
        string? stored = store is null ? "" : await store.SetOverrideAsync(value, lasts);
        if (stored is null)
        {
            return false;
        }

        board.Publish(s => s with { Override = new(value, endsAt, stored) });
        LogSet(value.Verdict, lasts.TotalSeconds);
        return true;
    }

    /// <returns><see langword="false"/> when Redis is configured and didn't take it; nothing has changed then.</returns>
    public async Task<bool> ClearAsync(string by)
    {
        long endsAt = time.GetTimestamp() + (long)(GuardOverride.MaxDuration.TotalSeconds * time.TimestampFrequency);
        string? stored = store is null ? "" : await store.ClearOverrideAsync(by);
        if (stored is null)
        {
            return false;
        }

        board.Publish(s => s with { Override = new(null, endsAt, stored) });
        LogCleared();
        return true;
    }

    [LoggerMessage(2301, LogLevel.Warning, "Override set: {Verdict} for {Seconds} s.")]
    private partial void LogSet(string verdict, double seconds);

    [LoggerMessage(2302, LogLevel.Warning, "Override cleared.")]
    private partial void LogCleared();
}
