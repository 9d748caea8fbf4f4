using HxFunctions.Core.Configuration;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.SystemTests.Soak;

/// <summary>The documented bounds in seconds: what hx prints at its start.</summary>
/// <param name="Killed">Until a dependency that fails at once, or turns read-only, has closed its routes.</param>
/// <param name="Hung">Until one that doesn't answer has.</param>
/// <param name="Reopened">Until they are open again.</param>
/// <param name="OtherInstances">What is added on instances that don't check.</param>
/// <param name="FoundAlone">Until a failure is found without Redis.</param>
/// <param name="ReopenedAlone">Until a recovery is.</param>
/// <param name="Margin">What a busy machine may add.</param>
internal sealed record SoakBounds(
    double Killed,
    double Hung,
    double Reopened,
    double OtherInstances,
    double FoundAlone,
    double ReopenedAlone,
    double Margin
)
{
    public static SoakBounds From(HxSettings settings, TimeSpan margin)
    {
        DetectionBounds bounds = DetectionBounds.From(settings);
        return new(
            bounds.Killed.TotalSeconds,
            bounds.Hung.TotalSeconds,
            bounds.Reopened.TotalSeconds,
            bounds.OtherInstances.TotalSeconds,
            bounds.ClosedWithoutRedis.TotalSeconds,
            bounds.ReopenedWithoutRedis.TotalSeconds,
            margin.TotalSeconds
        );
    }
}
