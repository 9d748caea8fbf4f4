namespace HxFunctions.Core.Routing;

/// <summary>How rules are named to people: those of LiteLLM's list by their number, for nobody reads two hundred.</summary>
internal static class RuleNames
{
    /// <summary>Each route once, in the rules' order; the list's routes together at the end.</summary>
    /// <param name="format">What is said of a rule that isn't one of the list's; its route by itself when not given.</param>
    public static IReadOnlyList<string> Of(IEnumerable<GuardRule> rules, Func<GuardRule, string>? format = null)
    {
        List<string> names = [];
        HashSet<string> listed = new(StringComparer.Ordinal);
        foreach (GuardRule rule in rules)
        {
            if (rule.Origin == RuleOrigin.LiteLlm)
            {
                listed.Add(rule.Route);
            }
            else
            {
                names.Add(format?.Invoke(rule) ?? rule.Route);
            }
        }

        if (listed.Count > 0)
        {
            names.Add(OfList(listed.Count));
        }

        return [.. names.Distinct(StringComparer.Ordinal)];
    }

    /// <param name="routes">How many.</param>
    public static string OfList(int routes) => routes == 1 ? "1 route of LiteLLM's list" : $"{routes} routes of LiteLLM's list";
}
