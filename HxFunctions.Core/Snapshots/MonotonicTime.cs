namespace HxFunctions.Core.Snapshots;

internal static class MonotonicTime
{
    /// <summary>A span in ticks of the provider's monotonic clock (<see cref="TimeProvider.GetTimestamp"/>).</summary>
    public static long ToTicks(this TimeSpan span, TimeProvider time) => (long)(span.TotalSeconds * time.TimestampFrequency);
}
