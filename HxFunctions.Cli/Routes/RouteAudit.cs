using HxFunctions.Core.Routing;

namespace HxFunctions.Cli.Routes;

/// <summary>Holds rules against the operations of an OpenAPI document.</summary>
/// <param name="set">The rules that are in effect.</param>
/// <param name="basePath">GUARD_BASE_PATH, if it is set: one path, or several with commas between them.</param>
/// <param name="watched">
/// The dependencies that the gateway has. A route that needs none of them can't be guarded; empty: it isn't known which it has.
/// </param>
internal sealed class RouteAudit(GuardRuleSet set, string? basePath, IReadOnlyCollection<string> watched)
{
    private static readonly string[] Both = [DependencyName.Postgres, DependencyName.Redis];
    private static readonly RouteKnowledge Knowledge = new(LiteLlmRoutes.All);

    private static readonly (GuardMethods Methods, RouteSegment[] Segments)[] Listed =
    [
        .. LiteLlmRoutes.All.Select(row => (row.Methods, RouteShape.SegmentsOf(row.Template))),
    ];

    private readonly IReadOnlyList<string> _basePaths = RouteMatcher.SplitBasePath(basePath);
    private readonly RouteMatcher _matcher = new(set.Rules, basePath, set.Exemptions);

    public RouteAuditResult Run(OpenApiDocument document)
    {
        AuditedOperation[] operations = [.. document.Operations.Select(operation => Audit(operation, document.BasePath))];
        RouteSegment[][][] places = [.. operations.Select(operation => PlacesOf(operation, document.BasePath))];
        List<string> unmatched = [],
            hidden = [];
        int defaults = 0,
            unmatchedDefaults = 0;
        foreach (Entry entry in Entries())
        {
            bool isDefault = entry.Origin is RuleOrigin.DefaultPrefix or RuleOrigin.LiteLlm;
            bool meets = operations.Index().Any(item => entry.Meets(item.Item.Operation.Method, places[item.Index]));
            if (isDefault && entry.IsRule)
            {
                defaults++;
                unmatchedDefaults += meets ? 0 : 1;
            }
            else if (!isDefault && !meets)
            {
                (entry.IsListed() ? hidden : unmatched).Add(entry.Text);
            }
        }

        ILookup<bool, AuditedOperation> open = operations.Where(IsUnguarded).ToLookup(IsExempted);
        AuditedOperation[] unguarded = [.. open[false].Select(WithRule)];
        AuditedOperation[] needless = [.. operations.Where(IsNeedless).Select(WithExemption)];
        bool isForeign = document.BasePath.Length > 0 && !_basePaths.Contains(document.BasePath, StringComparer.OrdinalIgnoreCase);
        return new()
        {
            Version = document.Version,
            Operations = operations,
            Unguarded = unguarded,
            Exempted = [.. open[true]],
            Possible = [.. operations.Where(o => o.Judgement.Sureness == AdminSureness.Possible && o.Rules.Count == 0).Select(WithRule)],
            Needless = needless,
            Unmatched = unmatched,
            Hidden = hidden,
            DefaultRules = defaults,
            UnmatchedDefaultRules = unmatchedDefaults,
            ForeignBasePath = isForeign && _basePaths.Count == 0 && unguarded.Length + needless.Length > 0 ? document.BasePath : null,
            OtherBasePath = isForeign && _basePaths.Count > 0 ? document.BasePath : null,
            Unreadable = document.Unreadable,
        };
    }

    private AuditedOperation Audit(ApiOperation operation, string documentBasePath)
    {
        string route = _basePaths.Aggregate(Below(operation.Path, documentBasePath), Below);
        // What a client sends begins with the path of the document's server. LiteLLM's own paths have it in part already.
        string sent = route == operation.Path ? documentBasePath + operation.Path : operation.Path;
        // Or with that of a gateway in front, of which the document says nothing: API Management's suffix.
        IEnumerable<string> ways = [sent, .. _basePaths.Select(prefix => prefix + route)];
        IReadOnlyList<GuardRule> rules =
            ways.Select(path => RulesFor(path, operation.Method)).FirstOrDefault(found => found.Count > 0) ?? [];
        return new(operation, route, Knowledge.Judge(operation, route), rules);
    }

    private List<GuardRule> RulesFor(string path, GuardMethods method)
    {
        Span<ulong> matched = new ulong[_matcher.WordCount];
        _ = _matcher.TryMatch(RouteShape.SampleOf(path), method, matched);
        List<GuardRule> rules = [];
        for (int i = 0; i < set.Rules.Count; i++)
        {
            if ((matched[i >> 6] & (1UL << i)) != 0 && set.Rules[i].Applies(method))
            {
                rules.Add(set.Rules[i]);
            }
        }

        return rules;
    }

    /// <summary>A path behind a base path; the path itself when it doesn't begin with that.</summary>
    private static string Below(string path, string? prefix) =>
        prefix is { Length: > 1 } && path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && path.AsSpan(prefix.Length) is ['/', ..]
            ? path[prefix.Length..]
            : path;

    /// <summary>What an operation needs that the gateway has.</summary>
    private string[] RequiredBy(AuditedOperation operation)
    {
        IEnumerable<string> needs = operation.Judgement.Row is { Needs.Count: > 0 } row ? row.Needs : Both;
        return [.. needs.Where(need => watched.Count == 0 || watched.Contains(need))];
    }

    /// <summary>What an operation fails without, of what the gateway has: the database, unless the list knows better.</summary>
    private IEnumerable<string> EssentialTo(AuditedOperation operation)
    {
        LiteLlmRoute? row = operation.Judgement.Row;
        if (row is not { Database: DatabaseUse.None or DatabaseUse.Optional } && RequiredBy(operation).Contains(DependencyName.Postgres))
        {
            yield return DependencyName.Postgres;
        }

        if (row is { NeedsRedis: true } && RequiredBy(operation).Contains(DependencyName.Redis))
        {
            yield return DependencyName.Redis;
        }
    }

    /// <remarks>A rule that needs only something else, such as Qdrant or Redis, lets it pass while the database is down.</remarks>
    private bool IsUnguarded(AuditedOperation operation) =>
        operation.Judgement.Sureness >= AdminSureness.Likely
        && RequiredBy(operation) is { Length: > 0 } required
        && (
            !operation.Needs.Intersect(required, StringComparer.Ordinal).Any()
            || EssentialTo(operation).Except(operation.Needs, StringComparer.Ordinal).Any()
        );

    /// <remarks>
    /// A rule of GUARD_ROUTES for exactly this route is meant so. One that needs something else as well is about more than LiteLLM's
    /// database; an exemption would take that away, too.
    /// </remarks>
    private bool IsNeedless(AuditedOperation operation) =>
        operation.Judgement.Row is { Database: DatabaseUse.None or DatabaseUse.Optional, NeedsRedis: false } row
        && row.Decision != RouteDecision.Guarded
        && operation.Rules.Count > 0
        && operation.Needs.All(Both.Contains)
        && !operation.Rules.Any(rule => rule.Origin == RuleOrigin.Configured && IsSame(rule.Route, operation));

    private bool IsExempted(AuditedOperation operation) =>
        set.Exemptions.Any(exemption =>
            exemption.Origin == RuleOrigin.Configured && exemption.Applies(operation.Operation.Method) && IsSame(exemption.Route, operation)
        );

    private static bool IsSame(string route, AuditedOperation operation) =>
        RouteShape.KeyOf(route).Equals(RouteShape.KeyOf(operation.Route), StringComparison.OrdinalIgnoreCase);

    private AuditedOperation WithRule(AuditedOperation operation) =>
        operation with
        {
            Entry =
                RouteOf(operation) is { } route && RequiredBy(operation) is { Length: > 0 } needs
                    ? new GuardRule(route, operation.Operation.Method, needs).ToString()
                    : null,
        };

    private static AuditedOperation WithExemption(AuditedOperation operation) =>
        operation with
        {
            Entry = RouteOf(operation) is { } route ? new RouteExemption(route, operation.Operation.Method).ToString() : null,
        };

    private static string? RouteOf(AuditedOperation operation) => operation.Judgement.Row?.Template ?? RouteShape.AsRoute(operation.Route);

    /// <summary>An operation's path in the ways that an entry may have it: alone, and behind a base path.</summary>
    private RouteSegment[][] PlacesOf(AuditedOperation operation, string documentBasePath)
    {
        // The list alone knows which parameters may hold slashes.
        string path = operation.Judgement.Row?.Template ?? RouteShape.KeyOf(operation.Route);
        return
        [
            .. new[] { "", documentBasePath }
                .Concat(_basePaths)
                .Distinct(StringComparer.OrdinalIgnoreCase)
                .Select(prefix => RouteShape.SegmentsOf(prefix + path)),
        ];
    }

    private IEnumerable<Entry> Entries() =>
        set
            .Rules.Select(rule => new Entry(rule.Route, rule.Methods, rule.IsExact, rule.Origin, IsRule: true, rule.ToString()))
            .Concat(
                set.Exemptions.Select(exemption => new Entry(
                    exemption.Route,
                    exemption.Methods,
                    IsExact: true,
                    exemption.Origin,
                    IsRule: false,
                    exemption.ToString()
                ))
            );

    /// <summary>A rule or an exemption, as far as it is about routes.</summary>
    private sealed record Entry(string Route, GuardMethods Methods, bool IsExact, RuleOrigin Origin, bool IsRule, string Text)
    {
        private readonly RouteSegment[] _segments = RouteShape.SegmentsOf(
            Route.EndsWith("/*", StringComparison.Ordinal) ? Route[..^2] : Route
        );

        private readonly bool _coversBelow = RoutePattern.TryParse(Route, IsExact, out RoutePattern? pattern, out _) && pattern.CoversBelow;

        public bool Meets(GuardMethods method, RouteSegment[][] places) =>
            Methods.Holds(method) && places.Any(place => RouteShape.Meet(_segments, _coversBelow, place));

        /// <summary>Whether LiteLLM has such a route by its list: not everything that it has is in its document.</summary>
        public bool IsListed() => Listed.Any(row => (Methods & row.Methods) != 0 && RouteShape.Meet(_segments, _coversBelow, row.Segments));
    }
}
