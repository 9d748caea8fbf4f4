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
        new(PgUrl, null, "PostgreSQL: a libpq URI or an Npgsql keyword string", Secret: true),
        new(PgAuth, "password", "password: log in with the password in PG_URL; entra: with a Microsoft Entra token of the app's identity"),
        new(
            RedisUrl,
            null,
            "Redis: redis://, rediss:// (TLS), unix://, redis+sentinel://, rediss+sentinel://, or a StackExchange.Redis string",
            Secret: true
        ),
        new(
            RedisAuth,
            "password",
            "password: log in with the password in REDIS_URL; entra: with a Microsoft Entra token of the app's identity"
        ),
        new(
            RedisAuthorities,
            null,
            "for TLS: a PEM file of the certificate authorities to trust, instead of the machine's. Same as ?ssl_ca_certs= in the URL"
        ),
        new(RedisCertificate, null, "for TLS: a PEM file of the client certificate. Same as ?ssl_certfile= in the URL"),
        new(
            RedisKey,
            null,
            "for TLS: a PEM file of the client certificate's key, if it is in another file. Same as ?ssl_keyfile= in the URL"
        ),
        new(QdrantUrl, null, "Qdrant: the base URL of its REST API", Secret: true),
        new(QdrantApiKey, null, "Qdrant: the API key", Secret: true),
        new(
            QdrantCollection,
            null,
            "Qdrant: a collection to check, too. If it is missing, red or can't be read, Qdrant is down. Without one, a Qdrant in recovery "
                + "mode counts as up"
        ),
        new(
            Dependencies,
            null,
            "more dependencies: names, and URLs that answer 2xx. Example: embeddings=https://…/health "
                + "header:Authorization=$TOKEN; reranker=http://…",
            Secret: true
        ),
        new(
            AzureClientId,
            null,
            "for entra: the client ID of a user-assigned managed identity. If not set: the system-assigned identity, or the "
                + "developer's login"
        ),
        new(PgTimeout, "3", "time limit of one PostgreSQL probe, in seconds (0.1 to 60)"),
        new(RedisTimeout, "2", "time limit of one Redis probe, in seconds (0.1 to 60)"),
        new(QdrantTimeout, "3", "time limit of one Qdrant probe, in seconds (0.1 to 60)"),
        new(CheckTimeout, "5", "time limit of one check (a probe and the probes that confirm it), in seconds (0.1 to 120)"),
        new(CheckInterval, "30", "interval between two checks by the timer, in seconds (1 to 3600)"),
        new(SnapshotSchedule, null, "NCRONTAB schedule of the timer trigger. If set, the interval is its longest gap, at most an hour"),
        new(Fall, "2", "consecutive failures after which a dependency is down (1 to 100)"),
        new(Rise, "2", "consecutive passes after which it is up again (1 to 100)"),
        new(PgWriteProbe, "false", "true: each PostgreSQL probe also commits a row to the table hx_probe. Create this table first"),
        new(PgMinConnections, "1", "validated (0 to 100), but not used: the instance that probes PostgreSQL keeps one connection open"),
        new(
            PgMaxConnections,
            "5",
            "validated (1 to 100), but not used: that instance opens at most four, three of them only during a probe"
        ),
        new(RedisMaxConnections, "10", "validated (1 to 1000), but not used: the client shares a few connections for everything"),
        new(EnableDbGuard, "true", "false: the guard is off, and every route is open"),
        new(GuardMode, "enforce", "enforce: closed routes are refused; shadow: decide, count and report, but refuse nothing"),
        new(
            GuardRoutes,
            null,
            "what is guarded, instead of the default. Example: default; /v1/rag=qdrant; /model/{id}/update PATCH=postgres; -/key/health"
        ),
        new(
            GuardBasePath,
            null,
            "path prefix under which the gateway is mounted, or up to four with commas between them. Paths are matched with and without "
                + "them"
        ),
        new(GuardOnUnknown, "closed", "verdict while a needed dependency has not been checked recently: closed or open"),
        new(GuardMaxStaleness, "2", "maximum age of a check's result while the guard is in use, in seconds (0.1 to 60)"),
        new(
            GuardPrincipals,
            null,
            "object IDs of callers that may ask /guard without a key, if App Service authentication is on. No effect in hx serve"
        ),
        new(EnableHealthEndpoints, "true", "false: all health endpoints are off, except /healthz/live"),
        new(NotifyUrl, null, "a webhook that receives every change of a dependency's status", Secret: true),
        new(NotifyFormat, "cloudevents", "message format of the webhook: cloudevents, slack or teams"),
        new(NotifySecret, null, "secret for signing the webhook's messages (HMAC-SHA256)", Secret: true),
        new(StatusTitle, "HxFunctions status", "title of the status page, such as the deployment's name (at most 60 characters)"),
        new(StatusLinks, null, "links on the status page (at most 8). Example: Dashboard=https://…; Chat=https://…"),
        new(
            StatusRunbook,
            null,
            "URL of a runbook with a section per reason (docs/operations.md, or your own). The status page links to it"
        ),
        new(Namespace, "hx", "prefix of every Redis key (at most 40 characters)"),
        new(WrapperHost, "127.0.0.1", "IP address to listen on, or localhost", HxOnly: true),
        new(WrapperPort, "8001", "port to listen on, 0 to 65535 (0: any free port)", HxOnly: true),
        new(WrapperLogLevel, "INFO", "lowest level that is logged: DEBUG, INFO, WARNING or ERROR", HxOnly: true),
        new(WrapperLogFormat, "text", "text: lines for people; json: one JSON object per line, for containers", HxOnly: true),
        new(
            WrapperKeys,
            null,
            "keys that callers send. name=key: all endpoints except /override; FUNCTION:name=key: one endpoint; master=key: all endpoints",
            Secret: true,
            HxOnly: true
        ),
    ];

    /// <summary>Those that hx's commands read from their environment, and no app.</summary>
    public static IReadOnlyList<Variable> OfCommandLine { get; } =
    [
        new(RemoteUrl, null, "default of --functions: the URL of a running function app or hx serve"),
        new(RemoteKey, null, "key for HX_URL, unless --key-env names another variable", Secret: true),
    ];

    public static IReadOnlyDictionary<string, Variable> ByName { get; } = All.ToDictionary(v => v.Name, StringComparer.Ordinal);
}
