using System.Globalization;
using HxFunctions.Core.Configuration;

namespace HxFunctions.Core.Snapshots;

/// <summary>
/// How fast routes close and reopen while the guard is in use, computed from the configuration. On the instance that checks;
/// others read <c>GUARD_MAX_STALENESS</c> later at most.
/// </summary>
/// <param name="Killed">Until a dependency that fails at once has closed its routes.</param>
/// <param name="Hung">Until one that doesn't answer has.</param>
/// <param name="Reopened">Until they are open again after it recovered.</param>
/// <param name="Others">What is added on the other instances.</param>
/// <param name="Takeover">What is added when the checking instance itself dies.</param>
internal sealed record DetectionBounds(TimeSpan Killed, TimeSpan Hung, TimeSpan Reopened, TimeSpan Others, TimeSpan Takeover)
{
    public static DetectionBounds From(HxSettings settings)
    {
        TimeSpan pace = settings.MaxStaleness;
        TimeSpan longestProbe = DependencyKind
            .All.Where(kind => kind.IsConfigured(settings))
            .Select(kind => kind.Timeout(settings))
            .DefaultIfEmpty(HxSettings.ForeignTimeout)
            .Max();
        TimeSpan confirmations = (settings.Fall - 1) * DependencyChecker.ConfirmAfter;
        // What doesn't fit into one check carries over to the next, at the guard's pace.
        double hungProbesPerCheck = Math.Ceiling(settings.CheckTimeout / (longestProbe + DependencyChecker.ConfirmAfter));
        int checksToFall = (int)Math.Ceiling(settings.Fall / Math.Max(1, hungProbesPerCheck));
        return new(
            pace + confirmations,
            pace + (checksToFall * Max(settings.CheckTimeout, pace)),
            // A probe that began just before the recovery may still run into its deadline.
            Max(longestProbe, pace) + ((settings.Rise - 1) * pace),
            pace,
            settings.LeaseTime + pace
        );
    }

    /// <summary>One line for people, e.g. at start.</summary>
    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"While the guard is in use, a killed dependency closes its routes within {Seconds(Killed)} s, a hung one within "
                + $"{Seconds(Hung)} s, and they reopen within {Seconds(Reopened)} s after it recovers; other instances follow within "
                + $"{Seconds(Others)} s; + {Seconds(Takeover)} s when the checking instance itself dies."
        );

    private static double Seconds(TimeSpan span) => Math.Round(span.TotalSeconds + 0.5, 1);

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
