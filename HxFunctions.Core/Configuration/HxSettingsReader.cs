using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using HxFunctions.Core.Configuration.Connections;
using HxFunctions.Core.Routing;
using Microsoft.Extensions.Configuration;

namespace HxFunctions.Core.Configuration;

/// <summary>Reads and validates all variables, and collects everything that is wrong instead of stopping at the first.</summary>
internal sealed partial class HxSettingsReader
{
    private static readonly TimeSpan MaxInterval = TimeSpan.FromHours(1);

    private readonly VariableReader _variables;

    private HxSettingsReader(IConfiguration configuration) => _variables = new(configuration);

    /// <summary>Reads all variables. Needs that only a check of someone else's can meet are problems until
    /// <see cref="HxSettings.WithForeignDependencies"/> says that there is one.</summary>
    /// <returns>Never throws: what is wrong is in <see cref="HxSettings.Problems"/>, and defaults stand in for it.</returns>
    public static HxSettings Read(IConfiguration configuration) => new HxSettingsReader(configuration).Read();

    private HxSettings Read()
    {
        HxSettings settings = new();
        string? schedule = _variables.Text(Variables.SnapshotSchedule);
        TimeSpan interval = _variables.Seconds(Variables.CheckInterval, 1, MaxInterval.TotalSeconds);
        if (schedule is not null)
        {
            if (Configuration.Schedule.TryGetLongestGap(schedule, MaxInterval, out TimeSpan gap, out string? problem))
            {
                interval = gap;
                if (Configuration.Schedule.IsTimeSpan(schedule))
                {
                    _variables.AddHint(
                        Variables.SnapshotSchedule,
                        "is an interval (hh:mm:ss): in Azure, only a dedicated (App Service) plan supports that, and on Flex Consumption "
                            + "the timer does not start (AZFD0015). Use an NCRONTAB expression there, like */30 * * * * *"
                    );
                }
            }
            else
            {
                _variables.AddProblem(Variables.SnapshotSchedule, problem);
            }
        }

        // Checked, so that a typing error shows, and not used: the client multiplexes.
        _variables.Integer(Variables.RedisMaxConnections, 1, 1000);
        TelemetrySettings telemetry = TelemetrySettings.Read(_variables);
        LogLevelNames.Check(_variables);
        MistypedNames.Check(_variables);
        settings = settings with
        {
            Kinds = [.. DependencyKind.All.Where(kind => _variables.IsSet(kind.UrlVariable))],
            Postgres = _variables.Url<PostgresUrl>(Variables.PgUrl, TryParsePostgres),
            PostgresAuthentication = Authentication(Variables.PgAuth),
            Redis = ReadRedis(),
            RedisAuthentication = Authentication(Variables.RedisAuth),
            Qdrant = _variables.Url<QdrantUrl>(Variables.QdrantUrl, QdrantUrl.TryParse),
            QdrantApiKey = ApiKey(),
            QdrantCollection = _variables.Text(Variables.QdrantCollection),
            HttpDependencies = Dependencies(),
            AzureClientId = _variables.Text(Variables.AzureClientId),
            PostgresTimeout = _variables.Seconds(Variables.PgTimeout, 0.1, 60),
            RedisTimeout = _variables.Seconds(Variables.RedisTimeout, 0.1, 60),
            QdrantTimeout = _variables.Seconds(Variables.QdrantTimeout, 0.1, 60),
            CheckTimeout = _variables.Seconds(Variables.CheckTimeout, 0.1, HxSettings.MaxCheckTimeout.TotalSeconds),
            Interval = interval,
            Schedule = schedule,
            Fall = _variables.Integer(Variables.Fall, 1, 100),
            Rise = _variables.Integer(Variables.Rise, 1, 100),
            PostgresWriteProbe = _variables.Boolean(Variables.PgWriteProbe),
            GuardMode = Mode(),
            BasePath = BasePath(),
            OpenOnUnknown = _variables.OneOf(Variables.GuardOnUnknown, "closed", "open") == "open",
            MaxStaleness = _variables.Seconds(Variables.GuardMaxStaleness, 0.1, 60),
            GuardPrincipals = GuardPrincipals.Read(_variables),
            PlatformAuthenticates = GuardPrincipals.AreVouchedFor(_variables),
            HealthEndpoints = _variables.Boolean(Variables.EnableHealthEndpoints),
            NotifyUrl = NotifyUrl(),
            NotifyFormat = _variables.OneOf(Variables.NotifyFormat, "cloudevents", "slack", "teams") switch
            {
                "slack" => NotifyFormat.Slack,
                "teams" => NotifyFormat.Teams,
                _ => NotifyFormat.CloudEvents,
            },
            NotifySecret = NotifySecret(),
            StatusPage = StatusPageOptions.Read(_variables),
            Namespace = Namespace(),
            Telemetry = telemetry,
        };

        GuardRuleSet set = Rules();
        settings = settings with { Rules = set.Rules, Exemptions = set.Exemptions };
        SettingsRules.Check(settings, _variables);
        // Which routes were meant to be guarded can't be known then. All are, until it is fixed.
        if (_variables.Problems.Any(HxSettings.IsAboutRoutes))
        {
            settings = settings with { Rules = [.. settings.Rules, HxSettings.EveryRoute] };
        }

        return settings with
        {
            Problems = [.. _variables.Problems],
            Hints = [.. _variables.Hints],
        };
    }

    private bool TryParsePostgres(string value, [NotNullWhen(true)] out PostgresUrl? url, [NotNullWhen(false)] out string? problem) =>
        PostgresUrl.TryParse(value, _variables.Text, out url, out problem);

    private GuardRuleSet Rules()
    {
        if (_variables.Text(Variables.GuardRoutes) is not { } text)
        {
            return DefaultRules.All;
        }

        _ = GuardRules.TryParse(text, out GuardRuleSet rules, out IReadOnlyList<string> problems);
        foreach (string problem in problems)
        {
            _variables.AddProblem(Variables.GuardRoutes, problem);
        }

        return rules;
    }

    private IReadOnlyList<HttpDependency> Dependencies()
    {
        if (_variables.Text(Variables.Dependencies) is not { } text)
        {
            return [];
        }

        IReadOnlyList<HttpDependency> read = HttpDependencies.Parse(text, _variables.Text, out IReadOnlyList<string> problems);
        foreach (string problem in problems)
        {
            _variables.AddProblem(Variables.Dependencies, problem);
        }

        return read;
    }

    private string? BasePath()
    {
        if (_variables.Text(Variables.GuardBasePath) is not { } text)
        {
            return null;
        }

        if (RouteMatcher.TryParseBasePath(text, out string normalised, out string? problem))
        {
            return normalised;
        }

        _variables.AddProblem(Variables.GuardBasePath, problem ?? "is not a path");
        return null;
    }

    private GuardMode Mode()
    {
        bool shadow = _variables.OneOf(Variables.GuardMode, "enforce", "shadow") == "shadow";
        if (!_variables.Boolean(Variables.EnableDbGuard))
        {
            return GuardMode.Off;
        }

        return shadow ? GuardMode.Shadow : GuardMode.Enforce;
    }

    /// <summary>What the URL doesn't say about TLS, variables may. Without TLS they are of no use, as with redis-py.</summary>
    private RedisUrl? ReadRedis()
    {
        RedisTlsFiles files = new(
            _variables.Text(Variables.RedisAuthorities),
            _variables.Text(Variables.RedisCertificate),
            _variables.Text(Variables.RedisKey)
        );
        if (files is { Certificate: null, Key: not null })
        {
            _variables.AddProblem(Variables.RedisKey, $"is set, but {Variables.RedisCertificate} is not");
        }

        RedisUrl? url = _variables.Url<RedisUrl>(Variables.RedisUrl, RedisUrl.TryParse);
        return url is { Tls: true } ? url with { TlsFiles = url.TlsFiles.Or(files) } : url;
    }

    private Authentication Authentication(string variable) =>
        _variables.OneOf(variable, "password", "entra") == "entra"
            ? Configuration.Authentication.Entra
            : Configuration.Authentication.Password;

    private Uri? NotifyUrl()
    {
        if (_variables.Text(Variables.NotifyUrl) is not { } text)
        {
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url is { Scheme: "http" or "https", UserInfo: "" })
        {
            return url;
        }

        _variables.AddProblem(Variables.NotifyUrl, "must be an http:// or https:// URL without a user name or password");
        return null;
    }

    private string? NotifySecret()
    {
        string? secret = _variables.Text(Variables.NotifySecret);
        if (secret is null || NotifyKey.Of(secret) is not null)
        {
            return secret;
        }

        _variables.AddProblem(Variables.NotifySecret, "begins with 'whsec_', but the rest is not base64");
        return null;
    }

    private string? ApiKey()
    {
        string? key = _variables.Text(Variables.QdrantApiKey);
        if (key is null || !key.AsSpan().ContainsAnyExceptInRange('\x21', '\x7e'))
        {
            return key;
        }

        _variables.AddProblem(Variables.QdrantApiKey, "has characters that an HTTP header can't contain");
        return null;
    }

    private string Namespace()
    {
        string value = _variables.Text(Variables.Namespace) ?? Variables.ByName[Variables.Namespace].Default!;
        if (!NamespaceForm().IsMatch(value))
        {
            _variables.AddProblem(Variables.Namespace, "must have 1 to 40 characters: letters, digits, '.', '_', ':' and '-'");
        }

        return value;
    }

    [GeneratedRegex(@"\A[A-Za-z0-9._:\-]{1,40}\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamespaceForm();
}
