using HxFunctions.Core.Telemetry;
using Microsoft.Extensions.DependencyInjection;

namespace HxFunctions.Core.Snapshots;

/// <summary>What the timer trigger calls.</summary>
public sealed class SnapshotTimer(IServiceProvider services)
{
    internal const string Completed = "completed";
    internal const string Failed = "failed";

    /// <summary>Every outcome of <c>hx.timer.runs</c>.</summary>
    internal static IReadOnlyList<string> Outcomes { get; } = [Completed, Failed];

    /// <summary>Checks every dependency and stores the records, unless another instance is doing so. Counts the run, unless it was told to
    /// end: that the timer still fires can be told by nothing else, because the guard's use keeps knowledge young as well.</summary>
    public async Task CheckAllAsync(CancellationToken cancellationToken)
    {
        HxMeter meter = services.GetRequiredService<HxMeter>();
        try
        {
            await services.GetRequiredService<CheckAll>().ByTimerAsync(cancellationToken);
        }
        catch (Exception exception) when (!(exception is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            meter.TimerRan(Failed);
            throw;
        }

        meter.TimerRan(Completed);
    }
}
