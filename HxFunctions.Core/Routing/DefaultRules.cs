namespace HxFunctions.Core.Routing;

/// <summary>What is guarded by default: the old wrapper's prefixes, LiteLLM's admin prefixes, and the rows of LiteLLM's list.</summary>
/// <remarks>
/// A prefix covers what a later version adds below it. A row adds what lies elsewhere, or exempts what needs no database.
/// </remarks>
internal static class DefaultRules
{
    private static readonly string[] Both = [DependencyName.Postgres, DependencyName.Redis];

    /// <summary>Each needs postgres and redis.</summary>
    private static readonly string[] PrefixTexts =
    [
        "/v1/keys",
        "/v1/api_keys",
        "/v1/teams",
        "/v1/users",
        "/v1/tenants",
        "/key",
        "/v2/key",
        "/user",
        "/v2/user",
        "/team",
        "/v2/team",
        "/organization",
        "/customer",
        "/budget",
        "/invitation",
        "/credentials",
        "/config",
        "/spend",
        "/global",
        "/jwt",
        "/model/new",
        "/model/update",
        "/model/delete",
    ];

    private static readonly Lazy<GuardRuleSet> Made = new(Make);

    /// <summary>The prefixes alone.</summary>
    public static IReadOnlyList<GuardRule> Prefixes { get; } =
    [.. PrefixTexts.Select(prefix => new GuardRule(prefix, GuardMethods.All, Both) { Origin = RuleOrigin.DefaultPrefix })];

    /// <summary>All of it: first the prefixes, then the rows that the prefixes don't cover.</summary>
    public static GuardRuleSet All => Made.Value;

    /// <summary>The default where a gateway has not both: each rule needs what is left of its needs, and goes when nothing is.</summary>
    public static GuardRuleSet Needing(IReadOnlyList<string> dependencies) =>
        new(
            [
                .. All
                    .Rules.Select(rule => rule with { Dependencies = [.. rule.Dependencies.Where(dependencies.Contains)] })
                    .Where(rule => rule.Dependencies.Count > 0),
            ],
            All.Exemptions
        );

    /// <summary>Whether a prefix covers the route.</summary>
    public static bool IsBelowPrefix(string template) =>
        Array.Exists(
            PrefixTexts,
            prefix =>
                template.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
                && (template.Length == prefix.Length || template[prefix.Length] == '/')
        );

    private static GuardRuleSet Make()
    {
        List<GuardRule> rules = [.. Prefixes];
        List<RouteExemption> exemptions = [];
        foreach (LiteLlmRoute row in LiteLlmRoutes.ReadAll())
        {
            if (row.Decision == RouteDecision.Exempt)
            {
                exemptions.Add(new(row.Template, row.Methods, RuleOrigin.LiteLlm));
            }
            else if (row.Decision == RouteDecision.Guarded && (row.Writing != GuardMethods.None || !IsBelowPrefix(row.Template)))
            {
                rules.Add(
                    new(row.Template, row.Methods, row.Needs)
                    {
                        IsExact = true,
                        Writing = row.Writing,
                        Origin = RuleOrigin.LiteLlm,
                    }
                );
            }
        }

        return new(rules, exemptions);
    }
}
