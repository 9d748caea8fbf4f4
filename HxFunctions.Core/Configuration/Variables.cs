namespace HxFunctions.Core.Configuration;

/// <summary>One environment variable (= app setting).</summary>
/// <param name="Default">The default as it would be written, or <see langword="null"/> when there is none.</param>
/// <param name="Secret">Whether the value is, or may hold, a credential: it is never shown.</param>
/// <param name="HxOnly">Read by <c>hx serve</c> alone.</param>
public sealed record Variable(string Name, string? Default, string Meaning, bool Secret = false, bool HxOnly = false);

/// <summary>The one place that knows the variables' names, defaults and meanings.</summary>
public static class Variables
{
    public const string PgUrl = "PG_URL";
    public const string PgAuth = "PG_AUTH";
    public const string RedisUrl = "REDIS_URL";
    public const string RedisAuth = "REDIS_AUTH";
    public const string RedisAuthorities = "REDIS_SSL_CA_CERTS";
    public const string RedisCertificate = "REDIS_SSL_CERTFILE";
    public const string RedisKey = "REDIS_SSL_KEYFILE";
    public const string QdrantUrl = "QDRANT_URL";
    public const string QdrantApiKey = "QDRANT_API_KEY";
    public const string QdrantCollection = "QDRANT_COLLECTION";
    public const string Dependencies = "DEPENDENCIES";
    public const string AzureClientId = "AZURE_CLIENT_ID";
    public const string PgTimeout = "PG_TIMEOUT";
    public const string RedisTimeout = "REDIS_TIMEOUT";
    public const string QdrantTimeout = "QDRANT_TIMEOUT";
    public const string CheckTimeout = "HEALTH_CHECK_TIMEOUT";
    public const string CheckInterval = "HEALTH_CHECK_INTERVAL";
    public const string SnapshotSchedule = "HEALTH_SNAPSHOT_SCHEDULE";
    public const string Fall = "HEALTH_FALL";
    public const string Rise = "HEALTH_RISE";
    public const string PgMinConnections = "PG_MIN_CONNECTIONS";
    public const string PgMaxConnections = "PG_MAX_CONNECTIONS";
    public const string PgWriteProbe = "PG_WRITE_PROBE";
    public const string RedisMaxConnections = "REDIS_MAX_CONNECTIONS";
    public const string EnableDbGuard = "ENABLE_DB_GUARD";
    public const string GuardMode = "GUARD_MODE";
    public const string GuardRoutes = "GUARD_ROUTES";
    public const string GuardBasePath = "GUARD_BASE_PATH";
    public const string GuardOnUnknown = "GUARD_ON_UNKNOWN";
    public const string GuardMaxStaleness = "GUARD_MAX_STALENESS";
    public const string GuardPrincipals = "GUARD_PRINCIPALS";
    public const string NotifyUrl = "NOTIFY_URL";
    public const string NotifyFormat = "NOTIFY_FORMAT";
    public const string NotifySecret = "NOTIFY_SECRET";
    public const string EnableHealthEndpoints = "ENABLE_HEALTH_ENDPOINTS";
    public const string StatusTitle = "STATUS_TITLE";
    public const string StatusLinks = "STATUS_LINKS";
    public const string StatusRunbook = "STATUS_RUNBOOK";
    public const string Namespace = "HX_NAMESPACE";
    public const string WrapperHost = "WRAPPER_HOST";
    public const string WrapperPort = "WRAPPER_PORT";
    public const string WrapperLogLevel = "WRAPPER_LOG_LEVEL";
    public const string WrapperLogFormat = "WRAPPER_LOG_FORMAT";
    public const string WrapperKeys = "WRAPPER_KEYS";
    public const string RemoteUrl = "HX_URL";
    public const string RemoteKey = "HX_KEY";
    public const string ApplicationInsights = "APPLICATIONINSIGHTS_CONNECTION_STRING";
    public const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>All of them, in the order in which documentation and <c>hx config</c> show them.</summary>
    public static IReadOnlyList<Variable> All { get; } =
    [
        new(PgUrl, null, "PostgreSQL: a libpq URI, or an Npgsql keyword string", Secret: true),
        new(PgAuth, "password", "password: as the URL says; entra: a Microsoft Entra token of the app's identity is the password"),
        new(
            RedisUrl,
            null,
            "Redis: redis://, rediss://, unix://, redis+sentinel://, rediss+sentinel://, or a StackExchange.Redis string",
            Secret: true
        ),
        new(RedisAuth, "password", "password: as the URL says; entra: a Microsoft Entra token of the app's identity is the password"),
        new(
            RedisAuthorities,
            null,
            "with TLS: a PEM file with the authorities to trust, instead of the machine's; as ?ssl_ca_certs= in the URL"
        ),
        new(RedisCertificate, null, "with TLS: a PEM file with the client's certificate; as ?ssl_certfile= in the URL"),
        new(RedisKey, null, "with TLS: a PEM file with its key, if that is not in the same; as ?ssl_keyfile= in the URL"),
        new(QdrantUrl, null, "Qdrant: REST base URL", Secret: true),
        new(QdrantApiKey, null, "Qdrant's API key", Secret: true),
        new(QdrantCollection, null, "a collection whose status counts, too"),
        new(
            Dependencies,
            null,
            "more dependencies, by a URL that answers 2xx: embeddings=https://…/health header:Authorization=$TOKEN; reranker=http://…",
            Secret: true
        ),
        new(
            AzureClientId,
            null,
            "with entra: the client ID of the user-assigned managed identity; when not set, the machine's or the developer's own"
        ),
        new(PgTimeout, "3", "hard deadline of one PostgreSQL probe, in seconds"),
        new(RedisTimeout, "2", "hard deadline of one Redis probe, in seconds"),
        new(QdrantTimeout, "3", "hard deadline of one Qdrant probe, in seconds"),
        new(CheckTimeout, "5", "hard deadline of one check, a probe and its confirmations, in seconds"),
        new(CheckInterval, "30", "the timer's interval, in seconds"),
        new(SnapshotSchedule, null, "the timer trigger's NCRONTAB schedule; when set, the interval is its longest gap"),
        new(Fall, "2", "consecutive failures that turn a dependency down"),
        new(Rise, "2", "consecutive passes that turn it up"),
        new(PgWriteProbe, "false", "true: each PostgreSQL probe commits a row in hx_probe, which the operator creates"),
        new(PgMinConnections, "1", "checked, not used: the instance that probes PostgreSQL keeps one connection"),
        new(PgMaxConnections, "5", "checked, not used: it has four at most, three of them for as long as a probe takes"),
        new(RedisMaxConnections, "10", "upper bound; the client multiplexes and stays far below"),
        new(EnableDbGuard, "true", "false turns the guard off: every route is open"),
        new(GuardMode, "enforce", "enforce, or shadow: decide, count and report, but let pass"),
        new(
            GuardRoutes,
            null,
            "what is guarded, instead of the default: default; /v1/rag=qdrant; /model/{id}/update PATCH=postgres; -/key/health"
        ),
        new(GuardBasePath, null, "a mount prefix; paths are matched with and without it"),
        new(GuardOnUnknown, "closed", "closed or open while a needed dependency has not been checked recently"),
        new(GuardMaxStaleness, "2", "how old knowledge may get while the guard is in use, in seconds"),
        new(GuardPrincipals, null, "object IDs that may ask /guard without a key, where App Service authentication is on; not in hx serve"),
        new(EnableHealthEndpoints, "true", "false turns off all health endpoints but /healthz/live"),
        new(NotifyUrl, null, "a webhook that is told of every change of a dependency's status", Secret: true),
        new(NotifyFormat, "cloudevents", "cloudevents, slack or teams: what the webhook takes"),
        new(NotifySecret, null, "signs what the webhook is told, by HMAC-SHA256", Secret: true),
        new(StatusTitle, "HxFunctions status", "the status page's title: name the deployment"),
        new(StatusLinks, null, "links on the status page: Dashboard=https://…; Chat=https://…"),
        new(
            StatusRunbook,
            null,
            "address of a page with a section per reason (docs/operations.md, or your own): the status page links there"
        ),
        new(Namespace, "hx", "prefix of every Redis key"),
        new(WrapperHost, "127.0.0.1", "the address that hx serve listens on", HxOnly: true),
        new(WrapperPort, "8001", "its port", HxOnly: true),
        new(WrapperLogLevel, "INFO", "DEBUG, INFO, WARNING or ERROR", HxOnly: true),
        new(WrapperLogFormat, "text", "text: a line for people; json: an object per line, for containers", HxOnly: true),
        new(
            WrapperKeys,
            null,
            "name=key pairs for function level, FUNCTION:name=key for one function, master=key for admin level",
            Secret: true,
            HxOnly: true
        ),
    ];

    /// <summary>Those that hx's commands read from their environment, and no app.</summary>
    public static IReadOnlyList<Variable> OfCommandLine { get; } =
    [
        new(RemoteUrl, null, "the default of --functions: a running function app, or hx serve"),
        new(RemoteKey, null, "the key for it, unless --key-env names another variable", Secret: true),
    ];

    public static IReadOnlyDictionary<string, Variable> ByName { get; } = All.ToDictionary(v => v.Name, StringComparer.Ordinal);
}
