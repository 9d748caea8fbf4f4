using HxFunctions.Core.Routing;

namespace HxFunctions.Cli.Routes;

/// <summary>How sure it is that a route can't do without the database or Redis.</summary>
internal enum AdminSureness
{
    /// <summary>It does without, or nothing points to it.</summary>
    No,

    /// <summary>Only its path or a tag of many meanings points to it.</summary>
    Possible,

    /// <summary>Its tag is one of LiteLLM's admin tags.</summary>
    Likely,

    /// <summary>The list of LiteLLM's routes says so.</summary>
    Known,
}

/// <summary>What is known about an operation.</summary>
/// <param name="Row">The list's; <see langword="null"/>: it doesn't have the route.</param>
/// <param name="Why">The reason, for people.</param>
internal sealed record RouteJudgement(AdminSureness Sureness, LiteLlmRoute? Row, string Why)
{
    /// <summary>How sure it is, for people and for machines.</summary>
    public string Word => Sureness.ToString().ToLowerInvariant();
}

/// <summary>Judges operations by the list of LiteLLM's routes, by tags, and by their path.</summary>
internal sealed class RouteKnowledge
{
    private readonly Dictionary<(string Key, GuardMethods Method), LiteLlmRoute> _rows = [];

    /// <summary>By first segment: whether the list has guarded routes below it, and whether it has open ones.</summary>
    private readonly Dictionary<string, (bool Guarded, bool Open)> _families = new(StringComparer.OrdinalIgnoreCase);

    public RouteKnowledge(IReadOnlyList<LiteLlmRoute> rows)
    {
        foreach (LiteLlmRoute row in rows)
        {
            foreach (GuardMethods method in Enum.GetValues<GuardMethods>())
            {
                bool isOne = method is not (GuardMethods.None or GuardMethods.All) && row.Methods.HasFlag(method);
                (string, GuardMethods) key = (RouteShape.KeyOf(row.Template), method);
                // A route that a later version has counts before one that is gone.
                if (isOne && (row.Until.Length == 0 || !_rows.ContainsKey(key)))
                {
                    _rows[key] = row;
                }
            }

            (bool guarded, bool open) = _families.GetValueOrDefault(FamilyOf(row.Template));
            _families[FamilyOf(row.Template)] = (
                guarded || row.Decision == RouteDecision.Guarded,
                open || row.Decision == RouteDecision.Open
            );
        }
    }

    /// <param name="path">The operation's, without any base path.</param>
    public RouteJudgement Judge(ApiOperation operation, string path)
    {
        if (_rows.TryGetValue((RouteShape.KeyOf(path), operation.Method), out LiteLlmRoute? row))
        {
            return new(row.Decision == RouteDecision.Guarded ? AdminSureness.Known : AdminSureness.No, row, row.Why);
        }

        if (operation.IsPublic)
        {
            return new(AdminSureness.No, null, "needs no key");
        }

        string family = FamilyOf(path);
        (bool guarded, bool open) = _families.GetValueOrDefault(family);
        string? admin = null,
            mixed = null;
        foreach (string tag in operation.Tags)
        {
            switch (LiteLlmTags.MeaningOf(tag))
            {
                case TagMeaning.Traffic:
                    return new(AdminSureness.No, null, $"tag '{tag}'");
                case TagMeaning.Admin:
                    admin ??= tag;
                    break;
                case TagMeaning.Mixed:
                    mixed ??= tag;
                    break;
            }
        }

        if (admin is not null)
        {
            return new(AdminSureness.Likely, null, $"tag '{admin}'");
        }

        // Where all that is listed stays open, such as /a2a, a route with the tag is traffic more often than not.
        bool isTraffic = open && !guarded;
        if (mixed is not null)
        {
            return operation.Method.IsRead() ? new(AdminSureness.Possible, null, $"tag '{mixed}': some of its reads need the database")
                : isTraffic ? new(AdminSureness.Possible, null, $"tag '{mixed}', but no listed route below {family} needs the database")
                : new(AdminSureness.Likely, null, $"a write with tag '{mixed}'");
        }

        return guarded && !open
            ? new(AdminSureness.Possible, null, $"every listed route below {family} needs the database")
            : new(AdminSureness.No, null, "nothing indicates that it needs the database");
    }

    /// <summary>The first segment, and the second behind a version.</summary>
    private static string FamilyOf(string path)
    {
        string[] segments = path.Split('/', 4);
        bool isVersion = segments is [_, ['v', >= '1' and <= '9', ..], _, ..];
        return string.Join('/', segments[..Math.Min(segments.Length, isVersion ? 3 : 2)]);
    }
}
