namespace HxFunctions.Core.Snapshots;

/// <summary>Who uses the snapshot store.</summary>
/// <param name="Deadline">How long one call may take. Above zero.</param>
/// <param name="IsInstance">Whether it decides by what it reads, again and again: then it counts among the instances that run.</param>
internal sealed record StoreCaller(TimeSpan Deadline, bool IsInstance = true)
{
    /// <summary>A running host, where what waits for a call is the next read or check.</summary>
    public static StoreCaller Host { get; } = new(SnapshotStore.Deadline);

    /// <summary>A command, which makes a call once, as a process that has just started: loading and compiling must not look like a Redis
    /// that doesn't answer.</summary>
    public static StoreCaller Command { get; } = new(TimeSpan.FromSeconds(10), IsInstance: false);
}
