using System.Globalization;
using System.Text.Json.Nodes;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Configuration.Connections;
using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Wiring.LiteLlm;

/// <summary>What LiteLLM is to be told of the database and the cache.</summary>
/// <param name="Config">Values of <c>config.yaml</c>.</param>
/// <param name="Environment">Values of LiteLLM's environment file, by name.</param>
/// <param name="Redis">Where the cache has to connect to by them.</param>
/// <param name="Warnings">What LiteLLM does less well than what the URLs ask for.</param>
internal sealed record LiteLlmSettings(
    IReadOnlyList<YamlSetting> Config,
    IReadOnlyDictionary<string, string> Environment,
    RedisTarget Redis,
    IReadOnlyList<string> Warnings
)
{
    /// <summary>A variable that begins so is an argument of every Redis client of LiteLLM's that doesn't say otherwise.</summary>
    public const string Shared = "REDIS_";

    /// <summary>A variable that begins so is read by the configuration's references alone.</summary>
    public const string Apart = "HX_REDIS_";

    public const string DatabaseUrl = "DATABASE_URL";

    /// <summary>With it, LiteLLM reads its configuration from there, whatever --config says (litellm/proxy/proxy_server.py,
    /// get_config).</summary>
    public const string ConfigBucket = "LITELLM_CONFIG_BUCKET_NAME";

    private const string CacheUrl = "HX_REDIS_URL";

    /// <summary>Keys of <c>litellm_settings</c> that the old wrapper reads and LiteLLM doesn't.</summary>
    public static IReadOnlyList<string> WrapperKeys { get; } = ["database_url", "redis_url", "proxy_logging", "store_db_logs"];

    /// <param name="pgUrl">The text of PG_URL.</param>
    /// <param name="redisUrl">The text of REDIS_URL.</param>
    /// <param name="literal">Values stand in the file itself instead of references to the environment.</param>
    /// <param name="readFile">A file's text; <see langword="null"/> when it can't be read.</param>
    /// <param name="wrapperKeys">Whether the old wrapper's keys are written, too.</param>
    /// <param name="prefix">Of the cache's variables: <see cref="Shared"/> or <see cref="Apart"/>.</param>
    /// <exception cref="WireRefusedException">A URL that LiteLLM can't be given.</exception>
    public static LiteLlmSettings From(
        string pgUrl,
        PostgresUrl postgres,
        string redisUrl,
        RedisUrl redis,
        bool literal,
        Func<string, string?> readFile,
        bool wrapperKeys = true,
        string prefix = Shared
    )
    {
        if (!LiteLlmDatabaseUrl.TryConvert(pgUrl, postgres, readFile, out LiteLlmDatabaseUrl? database, out string? problem))
        {
            throw new WireRefusedException($"{Variables.PgUrl} {problem}");
        }

        Refuse(redis);
        Builder builder = new(literal, prefix);
        builder.Reference(YamlPath.Of("general_settings", "database_url"), DatabaseUrl, database.Url);
        if (wrapperKeys)
        {
            builder.Reference(YamlPath.Of("litellm_settings", "database_url"), DatabaseUrl, database.Url);
            builder.Reference(YamlPath.Of("litellm_settings", "redis_url"), CacheUrl, Scheme(redisUrl, redis));
            builder.Set("litellm_settings.proxy_logging", YamlScalar.Boolean(true));
            builder.Set("litellm_settings.store_db_logs", YamlScalar.Boolean(true));
        }

        builder.Set("litellm_settings.cache", YamlScalar.Boolean(true));
        builder.Set("litellm_settings.cache_params.type", YamlScalar.String("redis"));
        RedisTarget target =
            redis.Service is not null ? Sentinels(builder, redis)
            : redis.Endpoints.Count > 1 ? Cluster(builder, redis)
            : Host(builder, redis);
        return new(builder.Config, builder.Environment, target, [.. database.Notes, .. builder.Warnings]);
    }

    private static void Refuse(RedisUrl redis)
    {
        string? problem = redis switch
        {
            { UnixSocket: not null } => "is a Unix socket, but LiteLLM's cache needs a host: let Redis listen on a port, too",
            { TlsFiles.KeyPassword: not null } =>
                "has a password for the client's key, which LiteLLM's asynchronous client does not support: use a key file without one",
            { Service: not null, Tls: true } =>
                "uses TLS with sentinels, but LiteLLM (up to 1.81.9) uses none to the master that they report: use the master's own URL",
            { Service: not null, Username: not null } =>
                "has a user with sentinels, but LiteLLM (up to 1.81.9) only sends the master a password: use the default user",
            { Service: not null, Database: > 0 } =>
                "has a database with sentinels, but LiteLLM (up to 1.81.9) uses database 0 of the master that they report: remove it",
            { Service: not null, SentinelPassword: not null } =>
                "has a password for the sentinels, but LiteLLM (up to 1.81.9) sends them none: use the master's own URL",
            { Endpoints.Count: > 1, Database: > 0 } => "has a database number, but a cluster only has database 0: remove it",
            { Endpoints.Count: > 1, TlsFiles.Certificate: not null } =>
                "has a client certificate, which LiteLLM (up to 1.81.9) does not use for a cluster: let it log in with a password",
            _ => null,
        };
        if (problem is not null)
        {
            throw new WireRefusedException($"{Variables.RedisUrl} {problem}");
        }
    }

    private static RedisTarget Host(Builder builder, RedisUrl redis)
    {
        HostPort endpoint = redis.Endpoints[0];
        builder.Cache("host", endpoint.Host);
        builder.Cache("port", endpoint.Port.ToString(CultureInfo.InvariantCulture));
        builder.Cache("username", redis.Username);
        builder.Cache("password", redis.Password);
        builder.Cache("db", redis.Database == 0 ? null : redis.Database.ToString(CultureInfo.InvariantCulture));
        Tls(builder, redis);
        builder.File(RedisTlsFiles.CertificateKeyword, redis.TlsFiles.Certificate);
        builder.File(RedisTlsFiles.KeyKeyword, redis.TlsFiles.Key ?? redis.TlsFiles.Certificate);
        return new(endpoint.ToString(), null, false, redis.Database, redis.Username ?? "", redis.Password ?? "", redis.Tls);
    }

    private static RedisTarget Cluster(Builder builder, RedisUrl redis)
    {
        JsonArray nodes = new([.. redis.Endpoints.Select(e => new JsonObject { ["host"] = e.Host, ["port"] = e.Port })]);
        builder.Cache("redis_startup_nodes", nodes.ToJsonString());
        builder.Cache("username", redis.Username);
        builder.Cache("password", redis.Password);
        Tls(builder, redis);
        if (redis.TlsFiles.Authorities is not null)
        {
            builder.Warnings.Add(
                "LiteLLM before 1.75 does not use ssl_ca_certs for a cluster: the machine must trust the cluster's certificate"
            );
        }

        return new(Joined(redis), null, true, 0, redis.Username ?? "", redis.Password ?? "", redis.Tls);
    }

    private static RedisTarget Sentinels(Builder builder, RedisUrl redis)
    {
        JsonArray nodes = new([.. redis.Endpoints.Select(e => new JsonArray(e.Host, e.Port))]);
        builder.Cache("sentinel_nodes", nodes.ToJsonString());
        builder.Cache("service_name", redis.Service);
        builder.Cache("sentinel_password", redis.Password);
        builder.Warnings.Add(
            "LiteLLM up to 1.81.9 sends sentinel_password to the master, and no password to the sentinels. Later versions send it to "
                + "the sentinels: check this again when LiteLLM is updated"
        );
        return new(Joined(redis), redis.Service, false, 0, "", redis.Password ?? "", false);
    }

    private static string Joined(RedisUrl redis) => string.Join(",", redis.Endpoints);

    /// <summary>redis-py checks the certificate, but the name in it only when it is told to (redis-py 5, ssl_check_hostname).</summary>
    private static void Tls(Builder builder, RedisUrl redis)
    {
        if (!redis.Tls)
        {
            return;
        }

        builder.Set("litellm_settings.cache_params.ssl", YamlScalar.Boolean(true));
        if (redis.SslHost is null || redis.SslHost == redis.Endpoints[0].Host)
        {
            builder.Set("litellm_settings.cache_params.ssl_check_hostname", YamlScalar.Boolean(true));
        }
        else
        {
            builder.Warnings.Add(
                $"{Variables.RedisUrl} has a host name for the certificate, which LiteLLM can't be given: its cache checks the "
                    + "certificate, "
                    + "but not the name in it"
            );
        }

        builder.File(RedisTlsFiles.AuthoritiesKeyword, redis.TlsFiles.Authorities);
    }

    /// <summary>The URL itself, or one made of a StackExchange.Redis string.</summary>
    private static string Scheme(string value, RedisUrl redis)
    {
        if (UrlText.TrySplitScheme(value.Trim(), out _, out _))
        {
            return value.Trim();
        }

        string user = redis.Username is null ? "" : Uri.EscapeDataString(redis.Username);
        string credentials = redis.Password is null ? user : $"{user}:{Uri.EscapeDataString(redis.Password)}";
        return $"{(redis.Tls ? "rediss" : "redis")}://{credentials}{(credentials.Length > 0 ? "@" : "")}{redis.Endpoints[0]}/{redis.Database}";
    }

    private sealed class Builder(bool literal, string prefix)
    {
        private static readonly string[] Parameters = ["litellm_settings", "cache_params"];

        public List<YamlSetting> Config { get; } = [];

        public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

        public List<string> Warnings { get; } = [];

        public void Set(string path, YamlScalar value) => Config.Add(new(YamlPath.Of(path.Split('.')), value));

        public void Reference(YamlPath path, string name, string value)
        {
            Config.Add(new(path, YamlScalar.String(literal ? value : $"os.environ/{name}")));
            if (!literal)
            {
                Environment[name] = value;
            }
        }

        /// <summary>A file's path: no secret, so that it stands in the configuration.</summary>
        public void File(string name, string? path)
        {
            if (path is not null)
            {
                Config.Add(new(YamlPath.Of([.. Parameters, name]), YamlScalar.String(path)));
            }
        }

        /// <summary>A parameter of the cache, unless the URL has none.</summary>
        /// <exception cref="WireRefusedException">LiteLLM would not read the value as it is.</exception>
        public void Cache(string name, string? value)
        {
            if (value is null)
            {
                return;
            }

            YamlPath path = YamlPath.Of([.. Parameters, name]);
            if (literal)
            {
                bool isNumber = name is "port" or "db";
                Config.Add(new(path, isNumber ? new YamlScalar(value, YamlScalarKind.Integer) : YamlScalar.String(value)));
                return;
            }

            if (LiteLlmView.IsBoolean(value))
            {
                throw new WireRefusedException(
                    $"{Variables.RedisUrl} has a {name} that LiteLLM reads from a variable as a boolean: "
                        + "choose another, or write it into the configuration (--literal)"
                );
            }

            // Variables that begin with REDIS_ are read by every client; of these three kinds only the plain one may be.
            string start = name is "host" or "port" or "username" or "password" or "db" ? prefix : Apart;
            Reference(path, start + name.Replace("redis_", "", StringComparison.Ordinal).ToUpperInvariant(), value);
        }
    }
}
