namespace HxFunctions.Core.Snapshots;

/// <summary>How long one call of the snapshot store may take.</summary>
/// <param name="Value">Above zero.</param>
internal sealed record StoreDeadline(TimeSpan Value)
{
    /// <summary>In a running host, where what waits for a call is the next read or check.</summary>
    public static StoreDeadline Host { get; } = new(SnapshotStore.Deadline);

    /// <summary>In a command, where a call is made once, by a process that has just started: loading and compiling must not look like a
    /// Redis that doesn't answer.</summary>
    public static StoreDeadline Command { get; } = new(TimeSpan.FromSeconds(10));
}
