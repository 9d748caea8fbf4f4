using System.Globalization;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Configuration.Connections;
using HxFunctions.Wiring.LiteLlm;
using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Wiring;

/// <summary>What LiteLLM is to be told of the database and the cache.</summary>
/// <param name="Config">Values of <c>config.yaml</c>.</param>
/// <param name="Environment">Values of LiteLLM's environment file, by name.</param>
/// <param name="Neutral">
/// Names under which an older run may have left a reference in <c>config.yaml</c> that the URL has no value for now, with the value that
/// means none. </param>
/// <param name="Contradicting">Paths of <c>config.yaml</c> that would make LiteLLM read the rest otherwise, with why; they must not be
/// set.</param>
/// <param name="Notes">What LiteLLM does otherwise than PG_URL says: sentences without secrets.</param>
internal sealed record LiteLlmSettings(
    IReadOnlyList<YamlSetting> Config,
    IReadOnlyDictionary<string, string> Environment,
    IReadOnlyDictionary<string, string> Neutral,
    IReadOnlyDictionary<YamlPath, string> Contradicting,
    IReadOnlyList<string> Notes
)
{
    /// <summary>
    /// LiteLLM takes each of these from its environment for an argument of its Redis client (litellm/_redis.py), whatever its configuration
    /// says. With the first, the client drops host, port, database and password in favour of the URL, without a word.
    /// </summary>
    private static readonly string[] Arguments =
    [
        "REDIS_URL",
        "REDIS_USERNAME",
        "REDIS_PASSWORD",
        "REDIS_DB",
        "REDIS_SSL",
        "REDIS_CLUSTER_NODES",
        "REDIS_STARTUP_NODES",
        "REDIS_SENTINEL_NODES",
        "REDIS_SENTINEL_PASSWORD",
        "REDIS_SERVICE_NAME",
        "REDIS_GCP_SERVICE_ACCOUNT",
    ];

    private static readonly Dictionary<string, string> NeutralValues = new(StringComparer.Ordinal)
    {
        ["REDIS_USERNAME"] = "",
        ["REDIS_PASSWORD"] = "",
        ["REDIS_DB"] = "0",
    };

    /// <summary>Names that must not be in LiteLLM's environment.</summary>
    public IEnumerable<string> Unwanted => Arguments.Where(name => !Environment.ContainsKey(name));

    private const string DatabaseUrl = "DATABASE_URL";

    /// <summary>Any name but one that begins with <c>REDIS_</c>: LiteLLM takes those for arguments of its Redis client.</summary>
    private const string CacheUrl = "HX_REDIS_URL";

    private static readonly YamlPath CacheParameters = YamlPath.Of("litellm_settings", "cache_params");

    /// <param name="pgUrl">The text of PG_URL.</param>
    /// <param name="redisUrl">The text of REDIS_URL.</param>
    /// <param name="literal">Values stand in the file itself instead of references to the environment.</param>
    /// <param name="readFile">A file's text; <see langword="null"/> when it can't be read.</param>
    /// <exception cref="WireRefusedException">A URL that LiteLLM can't be given.</exception>
    public static LiteLlmSettings From(
        string pgUrl,
        PostgresUrl postgres,
        string redisUrl,
        RedisUrl redis,
        bool literal,
        Func<string, string?> readFile
    )
    {
        if (!LiteLlmDatabaseUrl.TryConvert(pgUrl, postgres, readFile, out LiteLlmDatabaseUrl? database, out string? problem))
        {
            throw new WireRefusedException($"{Variables.PgUrl} {problem}");
        }

        if (redis.UnixSocket is not null)
        {
            throw new WireRefusedException(
                $"{Variables.RedisUrl} is a Unix socket, and LiteLLM's cache needs a host: have Redis listen on a port, too"
            );
        }

        if (redis.Service is not null)
        {
            throw new WireRefusedException(
                $"{Variables.RedisUrl} names sentinels, and LiteLLM takes one host here: name the address of the master"
            );
        }

        if (redis.TlsFiles != RedisTlsFiles.None)
        {
            throw new WireRefusedException(
                $"{Variables.RedisUrl} names files for TLS, which would not reach LiteLLM's cache: set {Variables.RedisAuthorities} "
                    + "and its kin instead"
            );
        }

        if (redis.Endpoints.Count != 1)
        {
            throw new WireRefusedException(
                $"{Variables.RedisUrl} names several endpoints, and LiteLLM takes one host here: name the cluster's or the proxy's address"
            );
        }

        Builder builder = new(literal);
        builder.Reference(YamlPath.Of("general_settings", "database_url"), DatabaseUrl, database.Url);
        builder.Reference(YamlPath.Of("litellm_settings", "database_url"), DatabaseUrl, database.Url);
        builder.Reference(YamlPath.Of("litellm_settings", "redis_url"), CacheUrl, Scheme(redisUrl, redis));
        builder.Set("litellm_settings.proxy_logging", YamlScalar.Boolean(true));
        builder.Set("litellm_settings.store_db_logs", YamlScalar.Boolean(true));
        builder.Set("litellm_settings.cache", YamlScalar.Boolean(true));
        builder.Set("litellm_settings.cache_params.type", YamlScalar.String("redis"));
        builder.Cache("host", redis.Endpoints[0].Host);
        builder.Cache("port", redis.Endpoints[0].Port.ToString(CultureInfo.InvariantCulture));
        builder.Cache("username", redis.Username);
        builder.Cache("password", redis.Password);
        builder.Cache("db", redis.Database == 0 ? null : redis.Database.ToString(CultureInfo.InvariantCulture));
        if (redis.Tls)
        {
            builder.Set("litellm_settings.cache_params.ssl", YamlScalar.Boolean(true));
        }

        return builder.Build(redis, database.Notes);
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

    private sealed class Builder(bool literal)
    {
        private readonly List<YamlSetting> _config = [];
        private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);
        private readonly Dictionary<YamlPath, string> _contradicting = [];

        public void Set(string path, YamlScalar value) => _config.Add(new(YamlPath.Of(path.Split('.')), value));

        public void Reference(YamlPath path, string name, string value)
        {
            _config.Add(new(path, YamlScalar.String(literal ? value : $"os.environ/{name}")));
            if (!literal)
            {
                _environment[name] = value;
            }
        }

        /// <summary>A parameter of the cache; one that the URL doesn't have must not be left over from an older server.</summary>
        public void Cache(string name, string? value)
        {
            YamlPath path = YamlPath.Of([.. CacheParameters.Keys, name]);
            if (value is null)
            {
                _contradicting[path] = $"{Variables.RedisUrl} has no {name}";
            }
            else if (literal && name is "port" or "db")
            {
                _config.Add(new(path, new YamlScalar(value!, YamlScalarKind.Integer)));
            }
            else
            {
                Reference(path, $"REDIS_{name.ToUpperInvariant()}", value);
            }
        }

        public LiteLlmSettings Build(RedisUrl redis, IReadOnlyList<string> notes)
        {
            // The client's pool takes TLS as soon as the key is there, whatever its value.
            if (!redis.Tls)
            {
                _contradicting[YamlPath.Of([.. CacheParameters.Keys, "ssl"])] =
                    $"{Variables.RedisUrl} is without TLS (rediss:// has it), and LiteLLM uses TLS wherever this key stands, "
                    + $"even with false";
            }

            foreach (string name in (string[])["url", "redis_startup_nodes", "startup_nodes", "sentinel_nodes", "service_name"])
            {
                _contradicting[YamlPath.Of([.. CacheParameters.Keys, name])] = "LiteLLM prefers it to host and port";
            }

            // LiteLLM puts this section into its environment, over what systemd put there.
            foreach (string name in Arguments.Union(_environment.Keys))
            {
                _contradicting[YamlPath.Of("environment_variables", name)] = "it would win over LiteLLM's environment file";
            }

            return new(
                _config,
                _environment,
                NeutralValues.Where(n => !_environment.ContainsKey(n.Key)).ToDictionary(),
                _contradicting,
                notes
            );
        }
    }
}
