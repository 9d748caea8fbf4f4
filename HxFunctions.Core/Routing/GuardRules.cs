namespace HxFunctions.Core.Routing;

/// <summary>The default rules, and the reader of GUARD_ROUTES.</summary>
/// <remarks>
/// <code>/v1/keys POST,DELETE=postgres,redis; /v1/teams=postgres</code>
/// Entries are separated by semicolons or line ends. An entry is a prefix, optionally white space and methods, an equals
/// sign and dependencies.
/// </remarks>
internal static class GuardRules
{
    /// <summary>The longest text that is read, in characters.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>The most entries that are read.</summary>
    public const int MaxEntries = 1000;

    private static readonly string[] DefaultPrefixes =
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

    private static readonly char[] EntrySeparators = [';', '\n', '\r'];

    /// <summary>The old wrapper's prefixes and LiteLLM's admin routes; each needs postgres and redis.</summary>
    public static IReadOnlyList<GuardRule> Default { get; } =
    [.. DefaultPrefixes.Select(prefix => new GuardRule(prefix, GuardMethods.All, [DependencyName.Postgres, DependencyName.Redis]))];

    /// <summary>Reads GUARD_ROUTES. Never throws.</summary>
    /// <param name="text">The variable's value.</param>
    /// <param name="rules">The rules of all entries that have no problem, in their order.</param>
    /// <param name="problems">Everything that is wrong, by the entry's number; the value itself is never repeated.</param>
    /// <returns>Whether there was no problem.</returns>
    public static bool TryParse(string text, out IReadOnlyList<GuardRule> rules, out IReadOnlyList<string> problems)
    {
        List<GuardRule> read = [];
        List<string> wrong = [];
        rules = read;
        problems = wrong;
        if (text.Length > MaxLength)
        {
            wrong.Add($"is longer than {MaxLength} characters");
            return false;
        }

        string[] entries = text.Split(EntrySeparators, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (entries.Length == 0)
        {
            wrong.Add("holds no entry");
        }

        if (entries.Length > MaxEntries)
        {
            wrong.Add($"holds more than {MaxEntries} entries");
        }

        for (int i = 0; i < Math.Min(entries.Length, MaxEntries); i++)
        {
            List<string> found = [];
            GuardRule rule = ReadEntry(entries[i], found);
            wrong.AddRange(found.Select(problem => $"entry {i + 1}: {problem}"));
            if (found.Count == 0)
            {
                read.Add(rule);
            }
        }

        return wrong.Count == 0;
    }

    private static GuardRule ReadEntry(string entry, List<string> problems)
    {
        int equals = entry.IndexOf('=', StringComparison.Ordinal);
        if (equals < 0)
        {
            problems.Add("has no '=' followed by the dependencies");
        }

        string route = equals < 0 ? entry : entry[..equals].TrimEnd();
        int space = route.AsSpan().IndexOfAny(' ', '\t');
        if (!RoutePrefix.TryNormalise(space < 0 ? route : route[..space], out string prefix, out string? problem))
        {
            problems.Add("the prefix " + problem);
        }

        GuardMethods methods = space < 0 ? GuardMethods.All : ReadMethods(route[space..], problems);
        return new GuardRule(prefix, methods, equals < 0 ? [] : ReadDependencies(entry[(equals + 1)..], problems));
    }

    private static GuardMethods ReadMethods(string text, List<string> problems)
    {
        GuardMethods methods = GuardMethods.None;
        string[] names = text.Split(',', StringSplitOptions.TrimEntries);
        for (int i = 0; i < names.Length; i++)
        {
            GuardMethods method = GuardMethod.Parse(names[i]);
            if (method == GuardMethods.Other)
            {
                problems.Add($"method {i + 1} is none of {GuardMethod.KnownNames}");
            }

            methods |= method;
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
                problems.Add($"dependency {i + 1} is no name ({DependencyName.Form})");
            }
        }

        return [.. names.Distinct(StringComparer.Ordinal)];
    }
}
