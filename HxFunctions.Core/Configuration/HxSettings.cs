using HxFunctions.Core.Configuration.Connections;
using HxFunctions.Core.Routing;

namespace HxFunctions.Core.Configuration;

/// <summary>What the guard does with its verdicts.</summary>
public enum GuardMode
{
    /// <summary>A closed route is refused.</summary>
    Enforce,

    /// <summary>Verdicts are made, counted and reported, but everything passes.</summary>
    Shadow,

    /// <summary>The guard is off.</summary>
    Off,
}

internal static class GuardModeNames
{
    /// <summary>The mode's name in answers, metrics and variables.</summary>
    public static string Wire(this GuardMode mode) =>
        mode switch
        {
            GuardMode.Enforce => "enforce",
            GuardMode.Shadow => "shadow",
            _ => "off",
        };
}

/// <summary>How the app logs in to a server.</summary>
internal enum Authentication
{
    /// <summary>With what the URL says, if anything.</summary>
    Password,

    /// <summary>With the URL's user, and a Microsoft Entra token as the password.</summary>
    Entra,
}

/// <summary>The validated configuration. Durations are spans, URLs are parsed; made by <see cref="HxSettingsReader"/>.</summary>
internal sealed record HxSettings
{
    /// <summary>The probe deadline of a check that someone else registered without a timeout of its own.</summary>
    public static readonly TimeSpan ForeignTimeout = TimeSpan.FromSeconds(3);

    /// <summary>The most that <see cref="CheckTimeout"/> can be.</summary>
    public static readonly TimeSpan MaxCheckTimeout = TimeSpan.FromSeconds(120);

    /// <summary>Guards everything, where it can't be known what was meant to be guarded.</summary>
    public static readonly GuardRule EveryRoute = new("/", GuardMethods.All, [DependencyName.Postgres, DependencyName.Redis])
    {
        Origin = RuleOrigin.Misconfigured,
    };

    /// <summary>The kinds of dependency whose URL is set, readable or not.</summary>
    public IReadOnlyList<DependencyKind> Kinds { get; init; } = [];

    public PostgresUrl? Postgres { get; init; }
    public Authentication PostgresAuthentication { get; init; }
    public RedisUrl? Redis { get; init; }
    public Authentication RedisAuthentication { get; init; }
    public QdrantUrl? Qdrant { get; init; }
    public string? QdrantApiKey { get; init; }
    public string? QdrantCollection { get; init; }

    /// <summary>Those that <c>DEPENDENCIES</c> adds.</summary>
    public IReadOnlyList<HttpDependency> HttpDependencies { get; init; } = [];

    public string? AzureClientId { get; init; }
    public TimeSpan PostgresTimeout { get; init; } = TimeSpan.FromSeconds(3);
    public TimeSpan RedisTimeout { get; init; } = TimeSpan.FromSeconds(2);
    public TimeSpan QdrantTimeout { get; init; } = TimeSpan.FromSeconds(3);
    public TimeSpan CheckTimeout { get; init; } = TimeSpan.FromSeconds(5);
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The NCRONTAB schedule as set, or <see langword="null"/>.</summary>
    public string? Schedule { get; init; }

    public int Fall { get; init; } = 2;
    public int Rise { get; init; } = 2;

    /// <summary>Whether a probe of PostgreSQL proves a write as well.</summary>
    public bool PostgresWriteProbe { get; init; }

    public GuardMode GuardMode { get; init; } = GuardMode.Enforce;
    public IReadOnlyList<GuardRule> Rules { get; init; } = DefaultRules.All.Rules;

    /// <summary>What the rules don't count for.</summary>
    public IReadOnlyList<RouteExemption> Exemptions { get; init; } = DefaultRules.All.Exemptions;

    /// <summary>GUARD_BASE_PATH as <see cref="RouteMatcher.TryParseBasePath"/> gives it; <see langword="null"/>: not set.</summary>
    public string? BasePath { get; init; }

    /// <summary>Whether a route is open while a dependency that it needs has not been checked recently.</summary>
    public bool OpenOnUnknown { get; init; }

    public TimeSpan MaxStaleness { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The object ids of those who may ask the guard without a key, where the platform says who a caller is. Empty: all need
    /// a key.</summary>
    public IReadOnlyList<Guid> GuardPrincipals { get; init; } = [];

    /// <summary>Whether App Service authentication stands before this process.</summary>
    public bool PlatformAuthenticates { get; init; }

    public bool HealthEndpoints { get; init; } = true;

    /// <summary>The webhook that is told of transitions, or <see langword="null"/>.</summary>
    public Uri? NotifyUrl { get; init; }

    public NotifyFormat NotifyFormat { get; init; }
    public string? NotifySecret { get; init; }

    /// <summary>What an operator puts on the status page.</summary>
    public StatusPageOptions StatusPage { get; init; } = StatusPageOptions.Default;

    public string Namespace { get; init; } = "hx";

    /// <summary>Where telemetry goes.</summary>
    public TelemetrySettings Telemetry { get; init; } = TelemetrySettings.None;

    /// <summary>What is wrong. Not empty: nothing is probed, and every guarded route is closed with reason <c>misconfigured</c>.</summary>
    public IReadOnlyList<ConfigurationProblem> Problems { get; init; } = [];

    /// <summary>Things that work but that an operator should know of.</summary>
    public IReadOnlyList<ConfigurationProblem> Hints { get; init; } = [];

    /// <summary>How long a record counts at all: 2 × interval + check timeout.</summary>
    public TimeSpan Expiry => (2 * Interval) + CheckTimeout;

    /// <summary>How old a pass may be when the guard decides by it.</summary>
    public TimeSpan DecisionAge => MaxStaleness + CheckTimeout;

    /// <summary>How far apart checks of dependencies other than Redis are while Redis can't be used and every instance checks for itself:
    /// 4 × staleness, and no more than an interval.</summary>
    public TimeSpan AlonePace => 4 * MaxStaleness < Interval ? 4 * MaxStaleness : Interval;

    /// <summary>How old a pass of such a dependency may be then.</summary>
    public TimeSpan DecisionAgeAlone => AlonePace + CheckTimeout;

    /// <summary>The problem of a rule that needs a dependency which nobody registers.</summary>
    public static ConfigurationProblem UnknownNeed(string name) => new(Variables.GuardRoutes, $"names the unknown dependency '{name}'");

    /// <summary>Whether a problem leaves it unknown what is to be guarded.</summary>
    public static bool IsAboutRoutes(ConfigurationProblem problem) => problem.Variable is Variables.GuardRoutes or Variables.GuardBasePath;

    /// <summary>These settings where checks of someone else's are registered under these names: rules may need them, by
    /// <see cref="DependencyName.Of"/>.</summary>
    public HxSettings WithForeignDependencies(IEnumerable<string> names)
    {
        HashSet<ConfigurationProblem> met = [.. names.Select(name => UnknownNeed(DependencyName.Of(name)))];
        if (!Problems.Any(met.Contains))
        {
            return this;
        }

        ConfigurationProblem[] left = [.. Problems.Where(problem => !met.Contains(problem))];
        return this with { Problems = left, Rules = left.Any(IsAboutRoutes) ? Rules : [.. Rules.Where(rule => rule != EveryRoute)] };
    }

    /// <summary>What the guard does, in one line for people: <c>Guard in mode enforce: /v1/keys, POST,DELETE /v1/teams need
    /// postgres.</c></summary>
    public string DescribeGuard()
    {
        if (GuardMode == GuardMode.Off)
        {
            return "Guard off: every route is open.";
        }
        // Routes that need the same stand together: the default prefixes alone are two dozen.
        IEnumerable<string> groups = Rules
            .GroupBy(r => string.Join(',', r.Dependencies), StringComparer.Ordinal)
            .Select(g => $"{string.Join(", ", RuleNames.Of(g, Describe))} need {g.Key}");
        return $"Guard in mode {GuardMode.Wire()}: {string.Join("; ", groups)}.";
    }

    private static string Describe(GuardRule rule) =>
        rule.Methods == GuardMethods.All ? rule.Route : $"{GuardMethod.Format(rule.Methods)} {rule.Route}";

    public TimeSpan LeaseTime => CheckTimeout + TimeSpan.FromSeconds(1);
}
