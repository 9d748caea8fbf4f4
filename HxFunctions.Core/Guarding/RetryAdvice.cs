using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Core.Guarding;

/// <summary>When a closed route could next be open: the truth behind <c>Retry-After</c>.</summary>
/// <param name="settings">The paces and thresholds.</param>
internal sealed class RetryAdvice(HxSettings settings)
{
    private const int MaxSeconds = 3600;

    /// <summary>
    /// Whole seconds, 1 or more. A dependency that failed needs its remaining passes, one check each; the last of those that are missing
    /// decides. An override lasts until it ends or is cleared; a misconfiguration until it is fixed.
    /// </summary>
    public int Seconds(in GuardDecision decision)
    {
        // It will never be open.
        if (decision.IsCanary)
        {
            return MaxSeconds;
        }

        if (decision.IsOverridden && decision.Override!.Closed)
        {
            return Round((double)(decision.Snapshot.Override!.EndsAt - decision.Now) / decision.Snapshot.Ages.TicksPerSecond);
        }

        if (settings.Problems.Count > 0)
        {
            return Round(settings.Interval.TotalSeconds);
        }

        double latest = 0;
        for (int i = 0; i < decision.Snapshot.Dependencies.Length; i++)
        {
            if ((decision.Missing & (1UL << i)) != 0)
            {
                latest = Math.Max(latest, UntilUp(decision.Snapshot, i, decision.Now));
            }
        }

        return Round(latest);
    }

    private double UntilUp(HealthSnapshot snapshot, int index, long now)
    {
        bool rarely = snapshot.Store == StoreCondition.Unusable && index != snapshot.Ages.RedisIndex;
        double pace = (rarely ? settings.AlonePace : settings.MaxStaleness).TotalSeconds;
        DependencyKnowledge known = snapshot.Dependencies[index];
        // Nothing was ever known: the first check is under way, or due at once.
        if (known.Record is null)
        {
            return settings.MaxStaleness.TotalSeconds;
        }

        if (snapshot.DecisiveAt(index, now) == DependencyStatus.Unknown)
        {
            return pace;
        }

        double untilNextCheck = Math.Clamp(pace - snapshot.Ages.Seconds(now - known.ObservedAt), 0, pace);
        // From read-only to writable one check is enough: there is nothing to confirm.
        int passesNeeded =
            known.Record.State.Status == DependencyStatus.Fail ? Math.Max(1, settings.Rise - known.Record.State.ConsecutivePasses) : 1;
        return untilNextCheck + ((passesNeeded - 1) * pace);
    }

    private static int Round(double seconds) => (int)Math.Clamp(Math.Ceiling(seconds), 1, MaxSeconds);
}
