using HxFunctions.Core.Snapshots;
using Microsoft.Azure.Functions.Worker;

namespace HxFunctions;

/// <summary>The timer that keeps the snapshot alive, whether the guard is in use or not.</summary>
public sealed class TimerFunctions(SnapshotTimer timer)
{
    [Function("Snapshot")]
    public Task Snapshot([TimerTrigger("%HEALTH_SNAPSHOT_SCHEDULE%")] TimerInfo timerInfo, CancellationToken cancellationToken) =>
        timer.CheckAllAsync(cancellationToken);
}
