using HxFunctions.Core.Configuration;
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
