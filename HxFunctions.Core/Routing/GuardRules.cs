namespace HxFunctions.Core.Routing;

/// <summary>The reader of GUARD_ROUTES.</summary>
/// <remarks>
/// <code>default; /v1/keys POST,DELETE=postgres,redis; /model/{id}/update PATCH=postgres; /report GET!=postgres; -/key/health</code>
/// Entries are separated by semicolons or line ends. An entry is a route, optionally white space and methods, an equals sign and
/// dependencies; or <c>-</c>, a route and optionally methods: an exemption; or <c>default</c>, the rules that count without the variable,
/// optionally with an equals sign and those dependencies that the gateway has.
/// </remarks>
internal static class GuardRules
{
    /// <summary>The longest text that is read, in characters.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>The most entries that are read.</summary>
    public const int MaxEntries = 1000;

    private const string DefaultWord = "default";
    private const string NamesCanary = $"'{Canary.Path}' is the guard's canary: it is always closed and can't be configured";
    private static readonly char[] EntrySeparators = [';', '\n', '\r'];

    /// <summary>Reads GUARD_ROUTES. Never throws.</summary>
    /// <param name="text">The variable's value.</param>
    /// <param name="set">What all entries say that have no problem, in their order.</param>
    /// <param name="problems">Everything that is wrong, by the entry's number; the value itself is never repeated.</param>
    /// <returns>Whether there was no problem.</returns>
    public static bool TryParse(string text, out GuardRuleSet set, out IReadOnlyList<string> problems)
    {
        List<GuardRule> rules = [];
        List<RouteExemption> exemptions = [];
        List<string> wrong = [];
        set = new(rules, exemptions);
        problems = wrong;
        if (text.Length > MaxLength)
        {
            wrong.Add($"is longer than {MaxLength} characters");
            return false;
        }

        string[] entries = text.Split(EntrySeparators, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (entries.Length == 0)
        {
            wrong.Add("has no entries");
        }

        if (entries.Length > MaxEntries)
        {
            wrong.Add($"has more than {MaxEntries} entries");
        }

        bool hasDefault = false;
        for (int i = 0; i < Math.Min(entries.Length, MaxEntries); i++)
        {
            List<string> found = [];
            string entry = entries[i];
            if (IsDefault(entry))
            {
                GuardRuleSet read = ReadDefault(entry, hasDefault, found);
                hasDefault = true;
                rules.AddRange(found.Count == 0 ? read.Rules : []);
                exemptions.AddRange(found.Count == 0 ? read.Exemptions : []);
            }
            else if (entry[0] == '-')
            {
                RouteExemption read = ReadExemption(entry[1..].TrimStart(), found);
                exemptions.AddRange(found.Count == 0 ? [read] : []);
            }
            else
            {
                GuardRule read = ReadRule(entry, found);
                rules.AddRange(found.Count == 0 ? [read] : []);
            }

            wrong.AddRange(found.Select(problem => $"entry {i + 1}: {problem}"));
        }

        return wrong.Count == 0;
    }

    private static bool IsDefault(string entry) =>
        entry.StartsWith(DefaultWord, StringComparison.OrdinalIgnoreCase) && entry[DefaultWord.Length..].TrimStart() is "" or ['=', ..];

    private static GuardRuleSet ReadDefault(string entry, bool isRepeated, List<string> problems)
    {
        if (isRepeated)
        {
            problems.Add("is 'default' a second time");
        }

        int equals = entry.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            return DefaultRules.All;
        }

        string[] dependencies = ReadDependencies(entry[(equals + 1)..], problems);
        if (problems.Count == 0 && Array.Exists(dependencies, name => name is not (DependencyName.Postgres or DependencyName.Redis)))
        {
            problems.Add("the default rules need postgres and redis: name one of them, or both");
        }

        return DefaultRules.Needing(dependencies);
    }

    private static RouteExemption ReadExemption(string entry, List<string> problems)
    {
        if (entry.Contains('=', StringComparison.Ordinal))
        {
            problems.Add("is an exemption ('-'), which can't have dependencies");
            entry = entry[..entry.IndexOf('=', StringComparison.Ordinal)].TrimEnd();
        }

        (string route, string? methods) = SplitRoute(entry);
        if (!RoutePattern.TryParse(route, isExact: true, out RoutePattern? pattern, out string? problem))
        {
            problems.Add("the route " + problem);
        }
        else if (pattern.CoversBelow)
        {
            problems.Add("an exemption is for one route, and can't end with '/*'");
        }
        else if (Canary.Is(pattern.Text))
        {
            problems.Add(NamesCanary);
        }

        GuardMethods writing = GuardMethods.None;
        GuardMethods read = methods is null ? GuardMethods.All : ReadMethods(methods, out writing, problems);
        if (writing != GuardMethods.None)
        {
            problems.Add("an exemption can't have a '!'");
        }

        return new(pattern?.Text ?? "", read);
    }

    private static GuardRule ReadRule(string entry, List<string> problems)
    {
        int equals = entry.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            problems.Add("has no '=' followed by the dependencies");
        }

        (string route, string? names) = SplitRoute(equals < 0 ? entry : entry[..equals].TrimEnd());
        if (!RoutePattern.TryParse(route, isExact: false, out RoutePattern? pattern, out string? problem))
        {
            problems.Add($"the {(RoutePattern.IsTemplate(route) ? "template" : "prefix")} {problem}");
        }
        else if (Canary.Is(pattern.Text))
        {
            problems.Add(NamesCanary);
        }

        GuardMethods writing = GuardMethods.None;
        GuardMethods methods = names is null ? GuardMethods.All : ReadMethods(names, out writing, problems);
        return new(pattern?.Text ?? "", methods, equals < 0 ? [] : ReadDependencies(entry[(equals + 1)..], problems)) { Writing = writing };
    }

    private static (string Route, string? Methods) SplitRoute(string text)
    {
        int space = text.AsSpan().IndexOfAny(' ', '\t');
        return space < 0 ? (text, null) : (text[..space], text[space..]);
    }

    private static GuardMethods ReadMethods(string text, out GuardMethods writing, List<string> problems)
    {
        GuardMethods methods = writing = GuardMethods.None;
        string[] names = text.Split(',', StringSplitOptions.TrimEntries);
        for (int i = 0; i < names.Length; i++)
        {
            bool writes = names[i].EndsWith('!');
            GuardMethods method = GuardMethod.Parse(writes ? names[i][..^1] : names[i]);
            if (method == GuardMethods.Other)
            {
                problems.Add($"method {i + 1} is not one of {GuardMethod.KnownNames}");
            }
            else if (writes && !method.IsRead())
            {
                problems.Add($"method {i + 1} has a '!', which only GET, HEAD and OPTIONS can have: the others are always writes");
            }

            methods |= method;
            writing |= writes ? method : GuardMethods.None;
        }

        return methods;
    }

    private static string[] ReadDependencies(string text, List<string> problems)
    {
        string[] names = text.Split(',', StringSplitOptions.TrimEntries);
        if (names.Length > DependencyName.MaxCount)
        {
            problems.Add($"names more than {DependencyName.MaxCount} dependencies");
            return [];
        }

        for (int i = 0; i < names.Length; i++)
        {
            names[i] = names[i].ToLowerInvariant();
            if (!DependencyName.IsValid(names[i]))
            {
                problems.Add($"dependency {i + 1} is not a valid name ({DependencyName.Form})");
            }
        }

        return [.. names.Distinct(StringComparer.Ordinal)];
    }
}
