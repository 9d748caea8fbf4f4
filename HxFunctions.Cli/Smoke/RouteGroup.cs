namespace HxFunctions.Cli.Smoke;

/// <summary>Guarded routes that gave the same, and fail for the same reason if they fail.</summary>
/// <param name="Results">Each route's, one for each key, in the order of the keys.</param>
internal sealed record RouteGroup(IReadOnlyList<IReadOnlyList<SmokeResult>> Results)
{
    private const string SuitePrefix = "route ";
    private const int MaxNames = 3;

    /// <summary>The routes' prefixes.</summary>
    public IEnumerable<string> Routes => Results.Select(r => NameOf(r[0]));

    public IReadOnlyList<SmokeResult> First => Results[0];

    /// <summary>Failures first, the admin key's before all; then what passes, then what only was skipped.</summary>
    private int Rank =>
        First.TakeWhile(r => r.Outcome != SmokeOutcome.Fail).Count() is int key && key < First.Count ? key
        : First.Any(r => r.Outcome == SmokeOutcome.Pass) ? First.Count
        : First.Count + 1;

    /// <param name="results">Of any kind; what is no route's is left out.</param>
    public static IReadOnlyList<RouteGroup> Of(IEnumerable<SmokeResult> results) =>
        [.. Routed(results).GroupBy(Signature).Select(g => new RouteGroup([.. g])).OrderBy(g => g.Rank)];

    /// <summary>The same with a group for each route, in the order of the rules.</summary>
    public static IReadOnlyList<RouteGroup> Singles(IEnumerable<SmokeResult> results) =>
        [.. Routed(results).Select(r => new RouteGroup([r]))];

    public static bool IsRoute(SmokeResult result) => result.Suite.StartsWith(SuitePrefix, StringComparison.Ordinal);

    public static string NameOf(SmokeResult result) => result.Suite[SuitePrefix.Length..];

    /// <summary>The first names, and how many there are beside: parts of a list.</summary>
    public static IReadOnlyList<string> Shortened(IEnumerable<string> names)
    {
        string[] all = [.. names];
        // "and 1 more" is no shorter than its name.
        return all.Length <= MaxNames + 1 ? all : [.. all.Take(MaxNames - 1), $"{all[MaxNames - 1]} and {all.Length - MaxNames} more"];
    }

    /// <summary>What one key gave, for all of the group: one reason can have several statuses (<c>400/500, no database</c>).</summary>
    public string Cell(int key)
    {
        (string Status, string Cause)[] found =
        [
            .. Results
                .Select(r => r[key].Found.Split(", ", 2))
                .Select(parts => (parts[0], parts.Length == 2 ? $", {parts[1]}" : ""))
                .Distinct()
                .Order(),
        ];
        IEnumerable<string> texts = found.GroupBy(f => f.Cause).Select(g => string.Join('/', g.Select(f => f.Status)) + g.Key);
        return $"{First[key].Word} {string.Join("; ", texts)}".TrimEnd();
    }

    private static IEnumerable<IReadOnlyList<SmokeResult>> Routed(IEnumerable<SmokeResult> results) =>
        results.Where(IsRoute).GroupBy(r => r.Suite).Select(IReadOnlyList<SmokeResult> (g) => [.. g]);

    private static string Signature(IReadOnlyList<SmokeResult> route) =>
        string.Join(
            '\n',
            route.Select(r => $"{r.Name}|{r.Verdict}|{r.Outcome}|{(r.Outcome == SmokeOutcome.Fail ? "" : r.Found)}|{r.Advice}")
        );
}
