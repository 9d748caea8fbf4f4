namespace HxFunctions.Core.Routing;

/// <summary>Where a rule or an exemption comes from.</summary>
internal enum RuleOrigin
{
    /// <summary>An entry of GUARD_ROUTES.</summary>
    Configured,

    /// <summary>One of the prefixes that are guarded by default.</summary>
    DefaultPrefix,

    /// <summary>A row of the list of LiteLLM's routes (<see cref="LiteLlmRoutes"/>).</summary>
    LiteLlm,

    /// <summary>It stands for rules that can't be read.</summary>
    Misconfigured,

    /// <summary>The canary (<see cref="Routing.Canary"/>).</summary>
    BuiltIn,
}

internal static class RuleOrigins
{
    /// <summary>As JSON says it.</summary>
    public static string Wire(this RuleOrigin origin) =>
        origin switch
        {
            RuleOrigin.DefaultPrefix => "default",
            RuleOrigin.LiteLlm => "litellm",
            RuleOrigin.Misconfigured => "misconfigured",
            RuleOrigin.BuiltIn => "built-in",
            _ => "configured",
        };
}

/// <summary>Which routes need which dependencies.</summary>
/// <param name="Route">
/// A prefix, matched on whole segments and in any case (<c>/v1/keys</c> covers itself and everything below, <c>/</c> every path), or a
/// template (<see cref="RoutePattern"/>).
/// </param>
/// <param name="Methods">The methods that it's about; <see cref="GuardMethods.All"/> when it names none.</param>
/// <param name="Dependencies">Names of the dependencies, lower-case, in the order given.</param>
internal sealed record GuardRule(string Route, GuardMethods Methods, IReadOnlyList<string> Dependencies)
{
    /// <summary>The name under which the rules of LiteLLM's list are counted.</summary>
    public const string ListSeries = "litellm";

    public RuleOrigin Origin { get; init; }

    /// <summary>Whether a route without parameters is meant for itself alone, as in the list of LiteLLM's routes.</summary>
    public bool IsExact { get; init; }

    /// <summary>The reading methods that write here all the same: <c>GET!</c>. A database that takes no writes closes them.</summary>
    public GuardMethods Writing { get; init; }

    /// <summary>What it is counted as: the list's rules together, for each would be a series or two of its own that nobody looks
    /// at.</summary>
    public string Series => Origin == RuleOrigin.LiteLlm ? ListSeries : Route;

    /// <summary>Whether the rule is about a request with this one method.</summary>
    /// <remarks>
    /// HEAD runs what GET runs (RFC 9110 section 9.3.2). A method that isn't known can't be ruled out, so it counts for every rule.
    /// </remarks>
    public bool Applies(GuardMethods method) => method is GuardMethods.None or GuardMethods.Other || Methods.Holds(method);

    /// <summary>Whether a request with this method writes here.</summary>
    public bool IsWrite(GuardMethods method) => !method.IsRead() || Writing.Holds(method);

    /// <summary>The rule as an entry of GUARD_ROUTES.</summary>
    public override string ToString()
    {
        string methods = Methods == GuardMethods.All ? "" : " " + GuardMethod.Format(Methods, Writing);
        return $"{Route}{methods}={string.Join(',', Dependencies)}";
    }
}

/// <summary>A route that stays open although rules cover it: they don't count for it.</summary>
/// <param name="Route">Exact, with or without parameters.</param>
/// <param name="Methods">The methods that it's about; <see cref="GuardMethods.All"/> when it names none.</param>
/// <param name="Origin">Those of LiteLLM's list only lift default rules: what an operator writes counts in any case.</param>
internal sealed record RouteExemption(string Route, GuardMethods Methods, RuleOrigin Origin = RuleOrigin.Configured)
{
    /// <summary>Whether it is about a request with this one method. One that isn't known is another, unless all are meant.</summary>
    public bool Applies(GuardMethods method) => Methods == GuardMethods.All || Methods.Holds(method);

    public bool Lifts(GuardRule rule) =>
        rule.Origin is RuleOrigin.DefaultPrefix or RuleOrigin.LiteLlm || (rule.Origin == Origin && Origin == RuleOrigin.Configured);

    /// <summary>The exemption as an entry of GUARD_ROUTES.</summary>
    public override string ToString() => $"-{Route}{(Methods == GuardMethods.All ? "" : " " + GuardMethod.Format(Methods))}";
}

/// <summary>What is guarded: rules, and what is exempt from them.</summary>
internal sealed record GuardRuleSet(IReadOnlyList<GuardRule> Rules, IReadOnlyList<RouteExemption> Exemptions);
