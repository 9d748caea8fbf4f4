using Microsoft.Extensions.DependencyInjection;

namespace HxFunctions.Core.Snapshots;

/// <summary>What the timer trigger calls.</summary>
public sealed class SnapshotTimer(IServiceProvider services)
{
    /// <summary>Checks every dependency and stores the records, unless another instance is doing so.</summary>
    public Task CheckAllAsync(CancellationToken cancellationToken) =>
        services.GetRequiredService<HealthMonitor>().CheckByTimerAsync(cancellationToken);
}
