using HxFunctions.Core.Configuration.Connections;
using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Wiring.LiteLlm;

/// <summary>
/// The clients of databases that LiteLLM's proxy builds, by its own rules (litellm/proxy/proxy_server.py, load_config; litellm/router.py;
/// docs/litellm-clients.md has each with its source).
/// </summary>
/// <param name="view">What LiteLLM reads.</param>
/// <param name="release">Its version.</param>
internal sealed class LiteLlmClients(LiteLlmView view, LiteLlmRelease release)
{
    private const string InMemory = "in memory, separate in each process";

    /// <summary>Types that LiteLLM knows (litellm/types/caching.py, LiteLLMCacheType); Google's storage since 1.81.</summary>
    private static readonly string[] CacheTypes =
    [
        "local",
        "redis",
        "redis-semantic",
        "qdrant-semantic",
        "s3",
        "disk",
        "azure-blob",
        "gcs",
    ];

    private static readonly string[] CacheParameters = ["litellm_settings", "cache_params"];

    /// <summary>The response cache, then what shares its client or has its own.</summary>
    public IReadOnlyList<LiteLlmClient> All()
    {
        LiteLlmClient cache = Cache();
        return [cache, Router(cache), Coordination(cache), Database()];
    }

    /// <summary>
    /// <c>general_settings.database_url</c>, else DATABASE_URL, else one made of DATABASE_HOST and its kin (litellm/proxy/proxy_cli.py,
    /// run_server).
    /// </summary>
    public LiteLlmClient Database()
    {
        const string name = "database";
        string? url = view.Find("general_settings", "database_url") is { IsText: true } own
            ? own.Text
            : view.Variable(LiteLlmSettings.DatabaseUrl)?.Text;
        if (url is null)
        {
            return new(
                name,
                null,
                view.Variable("DATABASE_HOST") is { } host ? $"PostgreSQL {RedisTarget.ShownHost(host.Text)}" : "none",
                []
            );
        }

        return new(
            name,
            null,
            PostgresUrl.TryParse(url, out PostgresUrl? parsed, out _)
                ? $"PostgreSQL {string.Join(",", parsed.Hosts)}, database {parsed.Database ?? parsed.Username}, user {parsed.Username}, "
                    + $"sslmode {parsed.SslMode}"
                : "a URL that is not for PostgreSQL",
            []
        );
    }

    /// <summary>
    /// The response cache: only with <c>cache: true</c>, and in memory where cache_params has keys, but no type
    /// (litellm/caching/caching.py, Cache).
    /// </summary>
    public LiteLlmClient Cache()
    {
        const string name = "cache";
        if (view.Find("litellm_settings", "cache") is not { Kind: YamlValueKind.Boolean, IsTruthy: true })
        {
            return new(name, null, "off", []);
        }

        if (view.Find(CacheParameters) is { } section and not { Node: YamlMappingNode })
        {
            return new(name, null, "nothing", [new(ClientEffect.NoStart, section.Place, "needs a mapping")]);
        }

        Dictionary<string, LiteLlmValue> parameters = view.Entries(CacheParameters).ToDictionary(e => e.Key, e => e.Value);
        string type =
            parameters.Count == 0 ? "redis"
            : parameters.TryGetValue("type", out LiteLlmValue? said) ? said.Text
            : "local";
        return type switch
        {
            "redis" => RedisCache(name, parameters),
            "redis-semantic" => SemanticCache(name, parameters),
            "local" => new(name, null, InMemory, []),
            _ when !CacheTypes.Contains(type) => new(
                name,
                null,
                "nothing",
                [new(ClientEffect.NoStart, parameters["type"].Place, "is not a cache type that LiteLLM knows")]
            ),
            "qdrant-semantic" => new(name, null, "Qdrant (qdrant-semantic)", []),
            _ => new(name, null, $"cache type {type}", []),
        };
    }

    private LiteLlmClient RedisCache(string name, Dictionary<string, LiteLlmValue> parameters)
    {
        Dictionary<string, LiteLlmValue> given = parameters
            .Where(p => p.Key is "host" or "port" or "password" || !ClientArguments.Takes(ClientArguments.Cache, p.Key, release.Version))
            .ToDictionary();
        if (parameters.TryGetValue("redis_startup_nodes", out LiteLlmValue? nodes) && nodes.IsTruthy)
        {
            given["startup_nodes"] = nodes;
        }

        return OfRedis(name, given);
    }

    /// <summary>
    /// Host, port and password of its own or, each, of the environment; it needs all three, and takes neither user, database nor TLS
    /// (litellm/caching/redis_semantic_cache.py).
    /// </summary>
    private LiteLlmClient SemanticCache(string name, Dictionary<string, LiteLlmValue> parameters)
    {
        if (parameters.TryGetValue("redis_url", out LiteLlmValue? url) && !url.IsNone)
        {
            return OfRedis(name, new() { ["url"] = url });
        }

        LiteLlmValue?[] parts =
        [
            .. ((string[])["host", "port", "password"]).Select(part =>
                parameters.TryGetValue(part, out LiteLlmValue? own) && own.IsTruthy
                    ? own
                    : view.Variable($"REDIS_{part.ToUpperInvariant()}")
            ),
        ];
        return parts is [{ } host, { } port, { } password]
            ? OfTarget(name, new(RedisTarget.Endpoint(host.Text, port.Text), null, false, 0, "", password.Text, false), [])
            : new(name, null, "nothing", [new(ClientEffect.NoStart, "cache_params", "type redis-semantic needs host, port and password")]);
    }

    /// <summary>The router's own client with redis_url, or with both redis_host and redis_port; else the cache's.</summary>
    private LiteLlmClient Router(LiteLlmClient cache)
    {
        const string name = "router";
        LiteLlmValue? Setting(string key) => view.Find("router_settings", key) is { IsNone: false } value ? value : null;
        Dictionary<string, LiteLlmValue> given = new(StringComparer.Ordinal);
        void Take(string key, string argument)
        {
            if (Setting(key) is { } value)
            {
                given[argument] = argument == "port" ? value with { Kind = YamlValueKind.String } : value;
            }
        }

        if (Setting("redis_url") is null && (Setting("redis_host") is null || Setting("redis_port") is null))
        {
            return cache.Redis is null ? new(name, null, InMemory, []) : new(name, null, "the cache's client", []);
        }

        Take("redis_url", "url");
        Take("redis_host", "host");
        Take("redis_port", "port");
        Take("redis_password", "password");
        if (release.Version >= new Version(1, 81))
        {
            Take("redis_db", "db");
        }

        if (view.Find("router_settings", "cache_kwargs") is { } more and not { Node: YamlMappingNode })
        {
            return new(name, null, "nothing", [new(ClientEffect.NoStart, more.Place, "needs a mapping")]);
        }

        foreach ((string key, LiteLlmValue value) in view.Entries("router_settings", "cache_kwargs"))
        {
            given[key] = value;
        }

        return OfRedis(name, given);
    }

    /// <summary>Rate limits, spend updates and locks: all by the cache's client, so that there is none of their own.</summary>
    private LiteLlmClient Coordination(LiteLlmClient cache)
    {
        const string name = "limits and spend";
        bool shares = cache.Redis is not null && view.Find([.. CacheParameters, "type"]) is not { Text: "redis-semantic" };
        bool buffers =
            view.Find("general_settings", "use_redis_transaction_buffer") is { } buffer
            && buffer.Text.Equals("true", StringComparison.OrdinalIgnoreCase);
        return new(
            name,
            null,
            shares ? "the cache's client" : InMemory,
            buffers && !shares
                ?
                [
                    new(
                        ClientEffect.Ignored,
                        "general_settings.use_redis_transaction_buffer",
                        "has no effect without a cache of type redis"
                    ),
                ]
                : []
        );
    }

    private LiteLlmClient OfRedis(string name, Dictionary<string, LiteLlmValue> given)
    {
        given.TryAdd("socket_timeout", new(YamlValueKind.Float, "5.0", "LiteLLM's default", null));
        // LiteLLM's RedisCache leaves these out when they are None, so that a variable's value counts, and keeps two for itself.
        foreach (string key in (string[])["host", "port", "password", "startup_nodes", "socket_timeout"])
        {
            if (given.TryGetValue(key, out LiteLlmValue? value) && value.IsNone)
            {
                given.Remove(key);
            }
        }

        given.Remove("namespace");
        given.Remove("redis_flush_size");
        RedisClient client = new RedisClientBuilder(view, release).Build(given);
        return new(name, client.Target, client.Target?.ToString() ?? "nothing", client.Problems) { Arguments = client.Arguments };
    }

    private static LiteLlmClient OfTarget(string name, RedisTarget? target, IReadOnlyList<ClientProblem> problems) =>
        new(name, target, target?.ToString() ?? "nothing", problems);
}
