using HxFunctions.Core.Routing;

namespace HxFunctions.Cli.Smoke;

/// <summary>A prefix that the guard has a rule for, and the GET that shows whether it works.</summary>
/// <param name="GuardsReads">Whether the rule is about GET at all; one with methods may not be.</param>
/// <param name="Read"><see langword="null"/>: no safe one is known.</param>
internal sealed record GuardedRoute(string Prefix, bool GuardsReads, SafeRead? Read)
{
    /// <summary>As <c>/guard/verdicts</c> may hold any number of rules, and this is to end.</summary>
    public const int MaxCount = 200;

    /// <summary>Those of the default rules: for an app that doesn't tell its own.</summary>
    public static IReadOnlyList<GuardedRoute> Defaults { get; } =
    [
        .. DefaultRules.Prefixes.Select(r =>
            new GuardedRoute(r.Route, true, SafeReads.For(r.Route)).Without([
                .. DefaultRules.All.Exemptions.Where(e => e.Applies(GuardMethods.Get)).Select(e => e.Route),
            ])
        ),
    ];

    /// <summary>The same, without its GET if that is one of these routes.</summary>
    public GuardedRoute Without(HashSet<string> exempt) =>
        Read is not null && exempt.Contains(Read.Route) ? this with { Read = null } : this;

    public string Suite => $"route {Prefix}";

    public string Request => Read is null ? "" : $"GET {Read.Route}";
}

/// <summary>What the guard says of a request.</summary>
internal enum Verdict
{
    /// <summary>It could not be asked.</summary>
    Unknown,
    Open,
    Closed,
}

/// <summary>Whose key a request carries.</summary>
internal enum Caller
{
    Admin,
    Anonymous,
    Limited,
}
