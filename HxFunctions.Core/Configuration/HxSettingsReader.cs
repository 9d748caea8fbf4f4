using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.RegularExpressions;
using HxFunctions.Core.Configuration.Connections;
using HxFunctions.Core.Routing;
using Microsoft.Extensions.Configuration;

namespace HxFunctions.Core.Configuration;

/// <summary>Reads and validates all variables, and collects everything that is wrong instead of stopping at the first.</summary>
internal sealed partial class HxSettingsReader
{
    private static readonly TimeSpan LongestInterval = TimeSpan.FromHours(1);

    private readonly IConfiguration _configuration;
    private readonly List<ConfigurationProblem> _problems = [];
    private readonly List<ConfigurationProblem> _hints = [];

    private HxSettingsReader(IConfiguration configuration) => _configuration = configuration;

    /// <summary>Reads all variables. Needs that only a check of someone else's can meet are problems until
    /// <see cref="HxSettings.WithForeignDependencies"/> says that there is one.</summary>
    /// <returns>Never throws: what is wrong is in <see cref="HxSettings.Problems"/>, and defaults stand in for it.</returns>
    public static HxSettings Read(IConfiguration configuration) => new HxSettingsReader(configuration).Read();

    private HxSettings Read()
    {
        HxSettings settings = new();
        string? schedule = Text(Variables.SnapshotSchedule);
        TimeSpan interval = Seconds(Variables.CheckInterval, 1, LongestInterval.TotalSeconds);
        if (schedule is not null)
        {
            if (Configuration.Schedule.TryGetLongestGap(schedule, LongestInterval, out TimeSpan gap, out string? problem))
            {
                interval = gap;
            }
            else
            {
                Problem(Variables.SnapshotSchedule, problem);
            }
        }

        settings = settings with
        {
            Kinds = [.. DependencyKind.All.Where(kind => !string.IsNullOrWhiteSpace(_configuration[kind.UrlVariable]))],
            Postgres = Url<PostgresUrl>(Variables.PgUrl, PostgresUrl.TryParse),
            PostgresAuthentication = Authentication(Variables.PgAuth),
            Redis = Url<RedisUrl>(Variables.RedisUrl, RedisUrl.TryParse),
            RedisAuthentication = Authentication(Variables.RedisAuth),
            Qdrant = Url<QdrantUrl>(Variables.QdrantUrl, QdrantUrl.TryParse),
            QdrantApiKey = ApiKey(),
            QdrantCollection = Text(Variables.QdrantCollection),
            HttpDependencies = Dependencies(),
            AzureClientId = Text(Variables.AzureClientId),
            PostgresTimeout = Seconds(Variables.PgTimeout, 0.1, 60),
            RedisTimeout = Seconds(Variables.RedisTimeout, 0.1, 60),
            QdrantTimeout = Seconds(Variables.QdrantTimeout, 0.1, 60),
            CheckTimeout = Seconds(Variables.CheckTimeout, 0.1, 120),
            Interval = interval,
            Schedule = schedule,
            Fall = Integer(Variables.Fall, 1, 100),
            Rise = Integer(Variables.Rise, 1, 100),
            PostgresMinConnections = Integer(Variables.PgMinConnections, 0, 100),
            PostgresMaxConnections = Integer(Variables.PgMaxConnections, 1, 100),
            RedisMaxConnections = Integer(Variables.RedisMaxConnections, 1, 1000),
            GuardMode = Mode(),
            BasePath = BasePath(),
            OpenOnUnknown = OneOf(Variables.GuardOnUnknown, "closed", "open") == "open",
            MaxStaleness = Seconds(Variables.GuardMaxStaleness, 0.1, 60),
            HealthEndpoints = Boolean(Variables.EnableHealthEndpoints),
            NotifyUrl = NotifyUrl(),
            NotifyFormat = OneOf(Variables.NotifyFormat, "cloudevents", "slack", "teams") switch
            {
                "slack" => NotifyFormat.Slack,
                "teams" => NotifyFormat.Teams,
                _ => NotifyFormat.CloudEvents,
            },
            NotifySecret = Text(Variables.NotifySecret),
            Namespace = Namespace(),
        };

        settings = settings with { Rules = Rules() };
        CheckAcross(settings);
        // Which routes were meant to be guarded can't be known then. All are, until someone mends it.
        if (_problems.Any(HxSettings.IsAboutRoutes))
        {
            settings = settings with { Rules = [.. settings.Rules, HxSettings.EveryRoute] };
        }

        return settings with
        {
            Problems = [.. _problems],
            Hints = [.. _hints],
        };
    }

    /// <summary>Rules that no single variable can break.</summary>
    private void CheckAcross(HxSettings settings)
    {
        Nested(Variables.PgTimeout, settings.PostgresTimeout, settings.CheckTimeout);
        Nested(Variables.RedisTimeout, settings.RedisTimeout, settings.CheckTimeout);
        Nested(Variables.QdrantTimeout, settings.QdrantTimeout, settings.CheckTimeout);
        if (settings.CheckTimeout >= settings.Interval)
        {
            Problem(
                Variables.CheckTimeout,
                $"must be less than the interval ({Variables.CheckInterval}, or {Variables.SnapshotSchedule}'s longest gap): "
                    + $"deadlines must nest"
            );
        }

        if (settings.MaxStaleness > settings.Interval)
        {
            Problem(Variables.GuardMaxStaleness, $"must not be more than the interval ({Variables.CheckInterval})");
        }

        foreach (ConfigurationProblem problem in EntraRules.ProblemsOf(settings))
        {
            Problem(problem.Variable, problem.Problem);
        }

        if (settings.PostgresMinConnections > settings.PostgresMaxConnections)
        {
            Problem(Variables.PgMinConnections, $"must not be more than {Variables.PgMaxConnections}");
        }

        if (
            settings.Qdrant is null
            && Text(Variables.QdrantUrl) is null
            && (settings.QdrantApiKey ?? settings.QdrantCollection) is not null
        )
        {
            Hint(Variables.QdrantUrl, $"is not set, so {Variables.QdrantApiKey} and {Variables.QdrantCollection} have no effect");
        }

        if (settings.Qdrant?.Hint is { } hint)
        {
            Hint(Variables.QdrantUrl, hint);
        }

        if (settings is { Qdrant: { } qdrant, QdrantApiKey: not null } && qdrant.BaseUrl is { Scheme: "http", IsLoopback: false })
        {
            Hint(Variables.QdrantApiKey, "is sent over plain http");
        }

        if (settings.NotifyUrl is { Scheme: "http", IsLoopback: false })
        {
            Hint(Variables.NotifyUrl, "is plain http: whoever listens can read and forge what is told");
        }

        if (settings.NotifyUrl is null && Text(Variables.NotifyUrl) is null && settings.NotifySecret is not null)
        {
            Hint(Variables.NotifyUrl, $"is not set, so {Variables.NotifySecret} has no effect");
        }

        if (settings.GuardMode != GuardMode.Off)
        {
            EveryNeedIsKnown(settings);
        }
    }

    private void EveryNeedIsKnown(HxSettings settings)
    {
        foreach (string need in settings.Rules.SelectMany(r => r.Dependencies).Distinct(StringComparer.Ordinal))
        {
            if (settings.HttpDependencies.Any(d => d.Name == need))
            {
                continue;
            }

            if (DependencyKind.Find(need) is not { } kind)
            {
                _problems.Add(HxSettings.UnknownNeed(need));
            }
            else if (string.IsNullOrWhiteSpace(_configuration[kind.UrlVariable]))
            {
                Problem(kind.UrlVariable, $"is not set, but a guarded route needs {kind.DisplayName}");
            }
        }
    }

    private void Nested(string variable, TimeSpan probe, TimeSpan check)
    {
        if (probe > check)
        {
            Problem(variable, $"must not be more than {Variables.CheckTimeout}: deadlines must nest");
        }
    }

    private IReadOnlyList<GuardRule> Rules()
    {
        if (Text(Variables.GuardRoutes) is not { } text)
        {
            return GuardRules.Default;
        }

        if (GuardRules.TryParse(text, out IReadOnlyList<GuardRule> rules, out IReadOnlyList<string> problems))
        {
            return rules;
        }

        foreach (string problem in problems)
        {
            Problem(Variables.GuardRoutes, problem);
        }

        return rules;
    }

    private IReadOnlyList<HttpDependency> Dependencies()
    {
        if (Text(Variables.Dependencies) is not { } text)
        {
            return [];
        }

        IReadOnlyList<HttpDependency> read = HttpDependencies.Parse(text, out IReadOnlyList<string> problems);
        foreach (string problem in problems)
        {
            Problem(Variables.Dependencies, problem);
        }

        return read;
    }

    private string? BasePath()
    {
        if (Text(Variables.GuardBasePath) is not { } text)
        {
            return null;
        }

        if (RouteMatcher.TryParseBasePath(text, out string normalised, out string? problem))
        {
            return normalised;
        }

        Problem(Variables.GuardBasePath, problem ?? "is not a path");
        return null;
    }

    private GuardMode Mode()
    {
        bool shadow = OneOf(Variables.GuardMode, "enforce", "shadow") == "shadow";
        if (!Boolean(Variables.EnableDbGuard))
        {
            return GuardMode.Off;
        }

        return shadow ? GuardMode.Shadow : GuardMode.Enforce;
    }

    private Authentication Authentication(string variable) =>
        OneOf(variable, "password", "entra") == "entra" ? Configuration.Authentication.Entra : Configuration.Authentication.Password;

    private Uri? NotifyUrl()
    {
        if (Text(Variables.NotifyUrl) is not { } text)
        {
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url is { Scheme: "http" or "https", UserInfo: "" })
        {
            return url;
        }

        Problem(Variables.NotifyUrl, "must be an http:// or https:// URL without user name and password");
        return null;
    }

    private string? ApiKey()
    {
        string? key = Text(Variables.QdrantApiKey);
        if (key is null || !key.AsSpan().ContainsAnyExceptInRange('\x21', '\x7e'))
        {
            return key;
        }

        Problem(Variables.QdrantApiKey, "has characters that an HTTP header can't carry");
        return null;
    }

    private string Namespace()
    {
        string value = Text(Variables.Namespace) ?? Variables.ByName[Variables.Namespace].Default!;
        if (!NamespaceForm().IsMatch(value))
        {
            Problem(Variables.Namespace, "must be 1 to 40 letters, digits, '.', '_', ':' or '-'");
        }

        return value;
    }

    private delegate bool Parser<T>(string value, [NotNullWhen(true)] out T? url, out string? problem);

    private T? Url<T>(string variable, Parser<T> parse)
        where T : class
    {
        if (Text(variable) is not { } value)
        {
            return null;
        }

        if (parse(value, out T? url, out string? problem))
        {
            return url;
        }

        Problem(variable, problem ?? "can't be read");
        return null;
    }

    private TimeSpan Seconds(string variable, double least, double most)
    {
        TimeSpan fallback = TimeSpan.FromSeconds(double.Parse(Variables.ByName[variable].Default!, CultureInfo.InvariantCulture));
        if (Text(variable) is not { } value)
        {
            return fallback;
        }

        if (
            double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
            && seconds >= least
            && seconds <= most
        )
        {
            return TimeSpan.FromSeconds(seconds);
        }

        Problem(variable, string.Create(CultureInfo.InvariantCulture, $"must be a number of seconds from {least} to {most}"));
        return fallback;
    }

    private int Integer(string variable, int least, int most)
    {
        int fallback = int.Parse(Variables.ByName[variable].Default!, CultureInfo.InvariantCulture);
        if (Text(variable) is not { } value)
        {
            return fallback;
        }

        if (int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most)
        {
            return number;
        }

        Problem(variable, $"must be a whole number from {least} to {most}");
        return fallback;
    }

    private bool Boolean(string variable)
    {
        bool fallback = Variables.ByName[variable].Default == "true";
        switch (Text(variable)?.ToUpperInvariant())
        {
            case null:
                return fallback;
            case "TRUE" or "1" or "YES" or "ON":
                return true;
            case "FALSE" or "0" or "NO" or "OFF":
                return false;
            default:
                Problem(variable, "must be true or false");
                return fallback;
        }
    }

    private string OneOf(string variable, params ReadOnlySpan<string> choices)
    {
        string fallback = Variables.ByName[variable].Default!;
        if (Text(variable) is not { } value)
        {
            return fallback;
        }

        foreach (string choice in choices)
        {
            if (choice.Equals(value, StringComparison.OrdinalIgnoreCase))
            {
                return choice;
            }
        }

        Problem(variable, $"must be {string.Join(" or ", choices!)}");
        return fallback;
    }

    /// <summary>The value without surrounding white space; blank counts as not set, as portals leave blank settings behind.</summary>
    private string? Text(string variable)
    {
        string? value = _configuration[variable]?.Trim();
        if (string.IsNullOrEmpty(value))
        {
            return null;
        }

        if (!value.StartsWith("@Microsoft.KeyVault(", StringComparison.OrdinalIgnoreCase))
        {
            return value;
        }
        // Azure leaves the reference itself in place when it can't resolve it.
        Problem(variable, "is an unresolved Key Vault reference: look at the app's identity and at its access to the vault");
        return null;
    }

    private void Problem(string variable, string problem)
    {
        ConfigurationProblem found = new(variable, problem);
        if (!_problems.Contains(found))
        {
            _problems.Add(found);
        }
    }

    private void Hint(string variable, string hint) => _hints.Add(new(variable, hint));

    [GeneratedRegex(@"\A[A-Za-z0-9._:\-]{1,40}\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamespaceForm();
}
