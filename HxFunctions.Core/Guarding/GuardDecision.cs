using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Routing;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Core.Guarding;

/// <summary>A decision with all that explains it. A value: making one allocates nothing.</summary>
/// <param name="Closed">What counts: whether the request is to be refused.</param>
/// <param name="VerdictIsClosed">What the dependencies say, before override, shadow and off.</param>
/// <param name="Rule">The first of the rules that apply; <see langword="null"/> when the path is not guarded.</param>
/// <param name="Needs">What the rules that apply need, as a mask.</param>
/// <param name="Missing">What of it is missing.</param>
/// <param name="Now">When it was decided, on the monotonic clock.</param>
internal readonly record struct GuardDecision(
    bool Closed,
    bool VerdictIsClosed,
    GuardRule? Rule,
    ulong Needs,
    ulong Missing,
    GuardMode Mode,
    HealthSnapshot Snapshot,
    long Now
)
{
    /// <summary>Whether nobody can say how servers read the path, so that every rule counts.</summary>
    public bool IsUndecidable { get; init; }

    /// <summary>Whether the path is the canary, which neither dependencies nor operators open.</summary>
    public bool IsCanary => Rule is { Origin: RuleOrigin.BuiltIn };

    /// <summary>The override in effect, whether it decided or not.</summary>
    public GuardOverride? Override => Snapshot.OverrideAt(Now);

    /// <summary>Whether a manual override is in effect, and the verdict is its.</summary>
    public bool IsOverridden => Rule is not null && !IsCanary && Override is not null && Mode != GuardMode.Off;

    /// <summary>The decision on the canary, the same whatever else is known.</summary>
    public static GuardDecision OnCanary(GuardMode mode, HealthSnapshot snapshot, long now) =>
        new(Closed: true, VerdictIsClosed: true, Canary.Rule, Needs: 0, Missing: 0, mode, snapshot, now);

    /// <summary>The age of the oldest record that it rests on, in seconds; <see langword="null"/> when it rests on none.</summary>
    public double? AgeSeconds
    {
        get
        {
            long oldest = -1;
            for (int i = 0; i < Snapshot.Dependencies.Length; i++)
            {
                if ((Needs & (1UL << i)) != 0 && Snapshot.Dependencies[i].Record is not null)
                {
                    oldest = Math.Max(oldest, Now - Snapshot.Dependencies[i].ObservedAt);
                }
            }

            return oldest < 0 ? null : Snapshot.Ages.Seconds(oldest);
        }
    }

    /// <summary>How old a pass may be for the guard to go by it, in seconds.</summary>
    public double MaxAgeSeconds
    {
        get
        {
            long most = 0;
            for (int i = 0; i < Snapshot.Dependencies.Length; i++)
            {
                if (Needs == 0 || (Needs & (1UL << i)) != 0)
                {
                    most = Math.Max(most, Snapshot.DecisionAge(i));
                }
            }

            return Snapshot.Ages.Seconds(most == 0 ? Snapshot.Ages.Decision : most);
        }
    }
}

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
