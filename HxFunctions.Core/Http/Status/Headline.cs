using System.Globalization;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Http.Status;

/// <summary>How bad it is, at a glance.</summary>
internal enum HeadlineState
{
    /// <summary>Every request passes, and would.</summary>
    Open,

    /// <summary>Every request passes, but not because everything works.</summary>
    Attention,

    /// <summary>Some requests are refused.</summary>
    Partly,

    /// <summary>Every guarded request is refused.</summary>
    Closed,
}

/// <summary>The page in a sentence or three: what is closed, why, since when.</summary>
/// <param name="Details">Sentences.</param>
/// <param name="Since">When it began, of an override when it was set; <see langword="null"/> when that is not known, or when nothing is
/// closed and no override is in effect.</param>
internal sealed record Headline(HeadlineState State, string Title, IReadOnlyList<string> Details, DateTimeOffset? Since)
{
    private const int RoutesNamed = 6;

    /// <summary>Whether routes are closed although nobody has seen anything fail: nothing was checked recently.</summary>
    public bool IsUnknown { get; private init; }

    public string StateName =>
        State switch
        {
            HeadlineState.Open => "open",
            HeadlineState.Attention => "attention",
            HeadlineState.Partly => "partly",
            _ => "closed",
        };

    /// <summary>Says what the verdicts come to. Pure.</summary>
    public static Headline Of(
        GuardMode mode,
        bool misconfigured,
        StatusOverride? inEffect,
        IReadOnlyList<DependencyView> dependencies,
        IReadOnlyList<RuleView> rules
    )
    {
        string dependenciesNow = Describe(dependencies);
        if (mode == GuardMode.Off)
        {
            return new(
                misconfigured || !AllPass(dependencies) ? HeadlineState.Attention : HeadlineState.Open,
                "All routes are open",
                ["The guard is off.", dependenciesNow],
                null
            );
        }

        Closure would = Closure.Of(rules, v => v.WouldBeClosed, dependencies);
        if (inEffect is { Value.Closed: true })
        {
            return new(
                HeadlineState.Closed,
                "All guarded routes closed: manual override",
                [dependenciesNow, "Everything else is open."],
                inEffect.Value.SetAt
            );
        }

        if (inEffect is not null)
        {
            return new(
                HeadlineState.Attention,
                "All routes open: manual override",
                would.Any
                    ? [$"Without it {would.Count} would be closed{would.For}.", .. would.Causes]
                    : ["Without it they would be open, too.", dependenciesNow],
                inEffect.Value.SetAt
            );
        }

        if (misconfigured)
        {
            return mode == GuardMode.Shadow
                ? new(
                    HeadlineState.Attention,
                    "All routes are open",
                    ["Shadow mode. Otherwise all guarded routes would be closed: the configuration is wrong and nothing is checked."],
                    null
                )
                : new(
                    HeadlineState.Closed,
                    "All guarded routes are closed",
                    ["The configuration is wrong: nothing is checked until it is fixed.", "Everything else is open."],
                    null
                );
        }

        if (mode == GuardMode.Shadow && would.Any)
        {
            return new(
                HeadlineState.Attention,
                "All routes are open",
                [$"Shadow mode: otherwise {would.Count} would be closed{would.For}.", .. would.Causes],
                would.Since
            );
        }

        if (!would.Any)
        {
            return new(
                AllPass(dependencies) ? HeadlineState.Open : HeadlineState.Attention,
                "All routes are open",
                mode == GuardMode.Shadow ? ["Shadow mode.", dependenciesNow] : [dependenciesNow],
                null
            );
        }

        return new(
            would.All ? HeadlineState.Closed : HeadlineState.Partly,
            $"{char.ToUpperInvariant(would.Count[0])}{would.Count[1..]} {would.Verb} closed{would.For}",
            [.. would.Causes, .. would.Routes, "Everything else is open."],
            would.Since
        )
        {
            IsUnknown = would.IsUnknown,
        };
    }

    /// <summary>A dependency's state in words.</summary>
    public static string StateOf(DependencyStatus status) =>
        status switch
        {
            DependencyStatus.Pass => "Up",
            DependencyStatus.Warn => "Degraded",
            DependencyStatus.Fail => "Down",
            _ => "Unknown",
        };

    /// <summary>A reason in words: <c>connection_refused</c> is a connection refused.</summary>
    public static string Words(string reason) => reason.Replace('_', ' ');

    private static bool AllPass(IReadOnlyList<DependencyView> dependencies) => dependencies.All(d => d.Status == DependencyStatus.Pass);

    private static string Describe(IReadOnlyList<DependencyView> dependencies)
    {
        if (dependencies.Count == 0)
        {
            return "No dependency is configured.";
        }

        if (AllPass(dependencies))
        {
            return dependencies.Count == 1 ? $"{dependencies[0].DisplayName} is up." : $"All {dependencies.Count} dependencies are up.";
        }

        return string.Join(' ', Sentences(dependencies.Where(d => d.Status != DependencyStatus.Pass)));
    }

    /// <summary>One for each that is down or degraded, then one for all that are unknown.</summary>
    private static IEnumerable<string> Sentences(IEnumerable<DependencyView> dependencies)
    {
        ILookup<bool, DependencyView> known = dependencies.ToLookup(d => d.Status != DependencyStatus.Unknown);
        foreach (DependencyView d in known[true])
        {
            yield return $"{d.DisplayName} is {StateOf(d.Status).ToLowerInvariant()}: {d.ReasonWords}.";
        }

        string[] names = [.. known[false].Select(d => d.DisplayName)];
        if (names.Length > 0)
        {
            yield return $"{WordList.And(names)} {(names.Length == 1 ? "has" : "have")} not been checked recently.";
        }
    }

    /// <summary>Which rules are closed, or would be.</summary>
    /// <param name="Count">How many, as the subject of a sentence.</param>
    /// <param name="For">What for, when not for everything.</param>
    private sealed record Closure(
        string Count,
        string Verb,
        string For,
        bool Any,
        bool All,
        bool IsUnknown,
        IReadOnlyList<string> Causes,
        IReadOnlyList<string> Routes,
        DateTimeOffset? Since
    )
    {
        public static Closure Of(IReadOnlyList<RuleView> rules, Func<VerdictView, bool> closed, IReadOnlyList<DependencyView> dependencies)
        {
            RuleView[] affected = [.. rules.Where(r => r.IsClosedFor(closed, reads: true) || r.IsClosedFor(closed, reads: false))];
            bool writesOnly = !affected.Any(r => r.IsClosedFor(closed, reads: true));
            bool all = affected.Length == rules.Count;
            DependencyView[] causes =
            [
                .. dependencies.Where(d => affected.Any(r => r.Read.Missing.Concat(r.Write.Missing).Contains(d.Name))),
            ];

            // A route may have a rule per method.
            string[] closedRoutes = [.. affected.Select(r => r.Rule.Route).Distinct(StringComparer.Ordinal)];
            int guarded = rules.Select(r => r.Rule.Route).Distinct(StringComparer.Ordinal).Count();
            string number = closedRoutes.Length.ToString(CultureInfo.InvariantCulture);
            string routes =
                all && guarded == 1 ? "the guarded route"
                : all ? $"all {number} guarded routes"
                : $"{number} of {guarded} guarded routes";
            string[] named = all
                ? []
                :
                [
                    "Closed: "
                        + string.Join(", ", closedRoutes.Take(RoutesNamed))
                        + (closedRoutes.Length > RoutesNamed ? $" and {closedRoutes.Length - RoutesNamed} more." : "."),
                ];
            // From when the first of them was missing; not told when one was never known.
            DateTimeOffset? since = causes.Length == 0 || causes.Any(d => d.Since is null) ? null : causes.Min(d => d.Since);
            return new(
                routes,
                closedRoutes.Length == 1 ? "is" : "are",
                writesOnly ? " for writes" : "",
                affected.Length > 0,
                all && !writesOnly,
                causes.Length > 0 && causes.All(d => d is { Status: DependencyStatus.Unknown, Reason: Reasons.Unknown }),
                [.. Sentences(causes)],
                named,
                since
            );
        }
    }
}
