using System.Text.RegularExpressions;
using HxFunctions.Core.Routing;
using HxFunctions.Tests.Routing;

namespace HxFunctions.Tests.Bypass;

/// <summary>All that is guarded and exempt by default: the list of LiteLLM's routes with made-up values.</summary>
internal static class ListedRoutes
{
    public static readonly RouteMatcher Matcher = new(DefaultRules.All.Rules, AdminRoutes.BasePath, DefaultRules.All.Exemptions);

    private static readonly Regex[] Compiled =
    [
        .. DefaultRules.All.Rules.Select(rule => StarletteRoute.Compile(rule.Route, rule.IsExact, RegexOptions.IgnoreCase)),
    ];

    public static readonly LiteLlmRoute[] Guarded = [.. LiteLlmRoutes.All.Where(row => row.Decision == RouteDecision.Guarded)];
    public static readonly LiteLlmRoute[] Exempt = [.. LiteLlmRoutes.All.Where(row => row.Decision == RouteDecision.Exempt)];

    /// <summary>One path for each guarded template.</summary>
    public static readonly string[] Paths = [.. Guarded.Select(row => Sample(row.Template)).Distinct()];

    public static string Sample(string template) =>
        StarletteRoute.Fill(template, parameter => parameter.EndsWith(":path}", StringComparison.Ordinal) ? "zo/n1" : "zid1");

    /// <summary>Whether any rule has this reading, with or without the base path.</summary>
    public static bool IsGuardedReading(string reading) =>
        Readings
            .WithoutBase(reading, AdminRoutes.BasePath)
            .Any(one => Array.Exists(Compiled, rule => rule.IsMatch(one) || rule.IsMatch(one.TrimEnd('/'))));

    /// <summary>Whether a request is closed when all is down.</summary>
    /// <param name="method">One that isn't known counts for all rules and is exempt from none.</param>
    public static bool IsGuarded(string path, GuardMethods method = GuardMethods.Other) =>
        Rules(path, method).Any(rule => rule.Applies(method));

    /// <summary>The rules that a path falls under, of whatever method.</summary>
    /// <param name="method">For exemptions; without it none counts.</param>
    public static IEnumerable<GuardRule> Rules(string path, GuardMethods method = GuardMethods.Other)
    {
        ulong[] matched = new ulong[Matcher.WordCount];
        Matcher.TryMatch(path, method, matched);
        return DefaultRules.All.Rules.Where((_, i) => (matched[i >> 6] & (1UL << i)) != 0);
    }
}
