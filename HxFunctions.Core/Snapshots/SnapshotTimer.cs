namespace HxFunctions.Core.Snapshots;

/// <summary>What the timer trigger calls.</summary>
public sealed class SnapshotTimer
{
    private readonly HealthMonitor _monitor;

    internal SnapshotTimer(HealthMonitor monitor) => _monitor = monitor;

    /// <summary>Checks every dependency and stores the records, unless another instance is doing so.</summary>
    public Task CheckAllAsync(CancellationToken cancellationToken) => _monitor.CheckAllAsync(byTimer: true, cancellationToken);
}
