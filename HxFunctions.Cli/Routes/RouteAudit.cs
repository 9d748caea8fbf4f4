using HxFunctions.Core.Routing;

namespace HxFunctions.Cli.Routes;

/// <summary>Holds rules against the operations of an OpenAPI document.</summary>
/// <param name="set">The rules that are in effect.</param>
/// <param name="basePath">GUARD_BASE_PATH, if it is set.</param>
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
        // In another case it would be the same for rules, but exemptions are exact.
        bool isForeign = document.BasePath.Length > 0 && document.BasePath != basePath;
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
            ForeignBasePath = isForeign && unguarded.Length + needless.Length > 0 ? document.BasePath : null,
            Unreadable = document.Unreadable,
        };
    }

    private AuditedOperation Audit(ApiOperation operation, string documentBasePath)
    {
        string route = Below(Below(operation.Path, documentBasePath), basePath);
        // What a client sends begins with the path of the document's server. LiteLLM's own paths have it in part already.
        string sent = route == operation.Path ? documentBasePath + operation.Path : operation.Path;
        Span<ulong> matched = new ulong[_matcher.WordCount];
        _ = _matcher.TryMatch(RouteShape.SampleOf(sent), operation.Method, matched);
        List<GuardRule> rules = [];
        for (int i = 0; i < set.Rules.Count; i++)
        {
            if ((matched[i >> 6] & (1UL << i)) != 0 && set.Rules[i].Applies(operation.Method))
            {
                rules.Add(set.Rules[i]);
            }
        }

        return new(operation, route, Knowledge.Judge(operation, route), rules);
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

    /// <remarks>A rule that needs only something else, such as Qdrant, lets it pass while the database is down.</remarks>
    private bool IsUnguarded(AuditedOperation operation) =>
        operation.Judgement.Sureness >= AdminSureness.Likely
        && RequiredBy(operation) is { Length: > 0 } required
        && !operation.Needs.Intersect(required, StringComparer.Ordinal).Any();

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
            .. new[] { "", documentBasePath, basePath ?? "" }
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
