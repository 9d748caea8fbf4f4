using System.Reflection;

namespace HxFunctions.Core.Routing;

/// <summary>What a route of LiteLLM does with the database, by its handler's source.</summary>
internal enum DatabaseUse
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It uses it when there is one, and answers as well without.</summary>
    Optional,

    /// <summary>It can't answer without reading it.</summary>
    Read,

    /// <summary>It can't answer without writing to it.</summary>
    Write,
}

/// <summary>What the list decides for a route.</summary>
internal enum RouteDecision
{
    /// <summary>It is guarded by what <see cref="LiteLlmRoute.Needs"/> names.</summary>
    Guarded,

    /// <summary>It stays open, and no default rule covers it.</summary>
    Open,

    /// <summary>It stays open although a default rule covers it.</summary>
    Exempt,
}

/// <summary>A row of the list of LiteLLM's routes.</summary>
/// <param name="Writing">Those of <paramref name="Methods"/> that write although they read by name.</param>
/// <param name="Template">LiteLLM's own path, with parameters as Starlette writes them.</param>
/// <param name="Since">The first version read that has it: there, or in one before.</param>
/// <param name="Until">The last version read that has it; empty while it is there.</param>
/// <param name="NeedsRedis">Whether the handler itself can't do without Redis.</param>
/// <param name="Needs">What the guard requires.</param>
/// <param name="Why">The reason, from the source.</param>
internal sealed record LiteLlmRoute(
    GuardMethods Methods,
    GuardMethods Writing,
    string Template,
    string Since,
    string Until,
    DatabaseUse Database,
    bool NeedsRedis,
    RouteDecision Decision,
    IReadOnlyList<string> Needs,
    string Why
);

/// <summary>
/// LiteLLM's routes, each with what its handler needs and whether it is guarded by default: litellm-routes.tsv, which
/// docs/litellm-routes.md explains.
/// </summary>
internal static class LiteLlmRoutes
{
    private const string Resource = "HxFunctions.Core.litellm-routes.tsv";
    private const int Columns = 8;

    private static readonly Lazy<IReadOnlyList<LiteLlmRoute>> Rows = new(() => [.. ReadAll()]);

    /// <summary>All rows, in the list's order. They are kept from then on.</summary>
    public static IReadOnlyList<LiteLlmRoute> All => Rows.Value;

    /// <summary>The same, one after the other, for whoever needs each but once: a host has little use for the reasons.</summary>
    public static IEnumerable<LiteLlmRoute> ReadAll()
    {
        using Stream stream =
            Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException("The list of LiteLLM's routes is not part of the assembly.");
        using StreamReader reader = new(stream);
        foreach (LiteLlmRoute row in Read(reader))
        {
            yield return row;
        }
    }

    /// <summary>Reads rows. Columns are separated by tabs; the first line names the columns.</summary>
    /// <exception cref="FormatException">A row has another number of columns, or a word that isn't known.</exception>
    internal static IEnumerable<LiteLlmRoute> Read(TextReader text)
    {
        int number = 0;
        while (text.ReadLine() is { } line)
        {
            number++;
            if (number > 1 && line.Length > 0)
            {
                yield return ReadRow(line.Split('\t'), number);
            }
        }
    }

    private static LiteLlmRoute ReadRow(string[] columns, int line)
    {
        if (columns.Length != Columns)
        {
            throw new FormatException($"Line {line} has {columns.Length} columns instead of {Columns}.");
        }

        GuardMethods methods = GuardMethods.None,
            writing = GuardMethods.None;
        foreach (string name in columns[0].Split(','))
        {
            GuardMethods method = GuardMethod.Parse(name.TrimEnd('!'));
            methods |= method is GuardMethods.Other ? throw Unknown(name) : method;
            writing |= name.EndsWith('!') ? method : GuardMethods.None;
        }

        RouteDecision decision = columns[6] switch
        {
            "-" => RouteDecision.Open,
            "exempt" => RouteDecision.Exempt,
            _ => RouteDecision.Guarded,
        };
        string[] needs = decision == RouteDecision.Guarded ? columns[6].Split(',') : [];
        return new(
            methods,
            writing,
            columns[1],
            columns[2],
            columns[3],
            columns[4] switch
            {
                "no" => DatabaseUse.None,
                "optional" => DatabaseUse.Optional,
                "read" => DatabaseUse.Read,
                "write" => DatabaseUse.Write,
                var word => throw Unknown(word),
            },
            columns[5] switch
            {
                "no" => false,
                "yes" => true,
                var word => throw Unknown(word),
            },
            decision,
            Array.TrueForAll(needs, DependencyName.IsValid) ? needs : throw Unknown(columns[6]),
            columns[7]
        );

        FormatException Unknown(string word) => new($"Line {line}: '{word}' isn't known.");
    }
}
