using HxFunctions.Wiring.LiteLlm;
using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Tests.Wiring.LiteLlm;

/// <summary>
/// LiteLLM's rules, each case read in its source (docs/litellm-clients.md). What redis-py does with the arguments is tried with the real
/// one in HxFunctions.SystemTests.
/// </summary>
public class LiteLlmClientsTests
{
    [Theory]
    // The cache is on only with a boolean, and Redis's only when cache_params is empty or says so.
    [InlineData("{}", "", "off")]
    [InlineData("{litellm_settings: {cache: false}}", "", "off")]
    [InlineData("{litellm_settings: {cache: 'true', cache_params: {type: redis, host: h}}}", "", "off")]
    [InlineData("{litellm_settings: {cache: os.environ/ON}}", "ON=True REDIS_HOST=h", "Redis h:6379, no password")]
    [InlineData("{litellm_settings: {cache: true}}", "REDIS_HOST=h REDIS_PORT=1 REDIS_PASSWORD=p", "Redis h:1, password")]
    [InlineData("{litellm_settings: {cache: true, cache_params: {host: h}}}", "", "in memory, separate in each process")]
    [InlineData("{litellm_settings: {cache: true, cache_params: {type: disk}}}", "", "cache type disk")]
    [InlineData("{litellm_settings: {cache: true, cache_params: {type: redis}}}", "", "LiteLLM does not start")]
    // A variable fills what the configuration leaves out, and a URL wins over all of it.
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, host: h, port: 7}}}",
        "REDIS_USERNAME=u REDIS_DB=3 REDIS_HOST=other",
        "Redis h:7, database 3, user u, no password"
    )]
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, host: h, password: x, db: 4}}}",
        "REDIS_URL=rediss://u:p@url:1/2",
        "Redis url:1, database 2, TLS, user u"
    )]
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, host: h, password: ''}}}",
        "REDIS_PASSWORD=p",
        "Redis h:6379, no password"
    )]
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, host: h, password: null}}}",
        "REDIS_PASSWORD=p",
        "Redis h:6379, password"
    )]
    // References see what the process was started with; the section sees to what reads variables by itself.
    [InlineData(
        """{environment_variables: {H: later, REDIS_DB: 5}, litellm_settings: {cache: true, cache_params: {type: redis, host: os.environ/H}}}""",
        "H=first",
        "Redis first:6379, database 5, no password"
    )]
    [InlineData(
        """{environment_variables: {REDIS_PASSWORD: os.environ/NOWHERE}, litellm_settings: {cache: true, cache_params: {type: redis, host: h}}}""",
        "",
        "Redis h:6379, password"
    )]
    // TLS for requests as soon as the key stands there.
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, host: h, ssl: false}}}",
        "",
        "Redis h:6379, TLS, no password, failing"
    )]
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, host: h}}}",
        "REDIS_SSL=False",
        "Redis h:6379, TLS, no password, failing"
    )]
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, host: h, ssl_cert_reqs: none}}}",
        "",
        "Redis h:6379, no password, failing"
    )]
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, host: h, ssl: true, ssl_cert_reqs: none}}}",
        "",
        "Redis h:6379, TLS, no password"
    )]
    // What redis-py doesn't know ends the start; what its asynchronous client doesn't, fails later.
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, host: h, qdrant_semantic_cache_vector_size: 3}}}",
        "",
        "LiteLLM does not start"
    )]
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, host: h, default_redis_ttl: 3}}}",
        "",
        "LiteLLM does not start"
    )]
    [InlineData("{litellm_settings: {cache: true, cache_params: {type: redis, host: h, service_name: m}}}", "", "LiteLLM does not start")]
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, host: h, unix_socket_path: /s}}}",
        "",
        "Redis h:6379, no password, failing"
    )]
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, host: h}}}",
        "REDIS_MAX_CONNECTIONS=7",
        "LiteLLM does not start"
    )]
    [InlineData(
        """{litellm_settings: {cache: true, cache_params: {type: redis, host: h, max_connections: 7, namespace: n, ttl: 3, disk_cache_dir: d}}}""",
        "",
        "Redis h:6379, no password"
    )]
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, host: h, password: os.environ/P}}}",
        "P=True",
        "Redis h:6379, password, failing"
    )]
    // Values that redis-py can't use, and sections that LiteLLM can't read.
    [InlineData("{litellm_settings: {cache: true, cache_params: {type: Redis, host: h}}}", "", "LiteLLM does not start")]
    [InlineData("{litellm_settings: {cache: true, cache_params: null}}", "", "LiteLLM does not start")]
    [InlineData("{litellm_settings: {cache: true, cache_params: {type: redis, host: h}}}", "REDIS_URL=", "LiteLLM does not start")]
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, host: h}}}",
        "REDIS_SOCKET_TIMEOUT=",
        "LiteLLM does not start"
    )]
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, host: h, port: 0x10, db: 011}}}",
        "",
        "Redis h:16, database 9, no password"
    )]
    [InlineData("{litellm_settings: {cache: true, cache_params: {type: redis, host: h, port: x}}}", "", "Redis h:0, no password, failing")]
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, host: h}}}",
        "REDIS_DB=first",
        "Redis h:6379, no password, failing"
    )]
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, host: h, ssl: true, ssl_cert_reqs: None}}}",
        "",
        "Redis h:6379, TLS, no password, failing"
    )]
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, host: h, ssl: true, ssl_certfile: /c}}}",
        "",
        "Redis h:6379, TLS, no password, failing"
    )]
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, url: 'rediss://h?ssl_cert_reqs=none'}}}",
        "",
        "Redis h:6379, TLS, no password"
    )]
    [InlineData("{litellm_settings: {cache: true, cache_params: {type: redis, url: 'redis://a:1,b:2'}}}", "", "LiteLLM does not start")]
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, url: 'redis://h?made_up=1'}}}",
        "",
        "Redis h:6379, no password, failing"
    )]
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, host: h, password: os.environ/P}}}",
        "P=False",
        "Redis h:6379, no password"
    )]
    // Clusters and sentinels.
    [InlineData(
        """{litellm_settings: {cache: true, cache_params: {type: redis, redis_startup_nodes: [{host: a, port: 1}, {host: b, port: 2}], ssl: true}}}""",
        "",
        "Redis cluster a:1,b:2, TLS, no password"
    )]
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, host: h, redis_startup_nodes: []}}}",
        "",
        "Redis h:6379, no password"
    )]
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, redis_startup_nodes: ['a:1']}}}",
        "",
        "LiteLLM does not start"
    )]
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, sentinel_nodes: [[a, 1]], service_name: m, password: x, ssl: true}}}",
        "REDIS_SENTINEL_PASSWORD=p",
        "Redis master 'm' of the sentinels a:1, password"
    )]
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, host: h}}}",
        "REDIS_CLUSTER_NODES=[{\"host\":\"a\",\"port\":1}]",
        "Redis cluster a:1, no password"
    )]
    // The variable is over the configuration, for the synchronous client alone.
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, redis_startup_nodes: [{host: a, port: 1}]}}}",
        "REDIS_CLUSTER_NODES=[{\"host\":\"a\",\"port\":1}]",
        "Redis cluster a:1, no password"
    )]
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis, redis_startup_nodes: [{host: a, port: 1}]}}}",
        "REDIS_CLUSTER_NODES=",
        "LiteLLM does not start"
    )]
    // The semantic cache needs all three, from wherever, and takes nothing else.
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis-semantic, host: h}}}",
        "REDIS_PORT=1",
        "LiteLLM does not start"
    )]
    [InlineData(
        "{litellm_settings: {cache: true, cache_params: {type: redis-semantic, host: h, ssl: true}}}",
        "REDIS_PORT=1 REDIS_PASSWORD=p",
        "Redis h:1, password"
    )]
    public void Cache_connects_to(string config, string environment, string expected) =>
        Assert.Equal(expected, Words(Clients(config, environment).Cache()));

    [Theory]
    [InlineData("{}", "", "in memory, separate in each process")]
    [InlineData("{litellm_settings: {cache: true}}", "REDIS_HOST=h", "the cache's client")]
    [InlineData("{router_settings: {redis_host: r}}", "", "in memory, separate in each process")]
    [InlineData("{router_settings: {redis_host: r, redis_port: 1}}", "REDIS_PASSWORD=p REDIS_DB=2", "Redis r:1, database 2, password")]
    [InlineData("{router_settings: {redis_host: r, redis_port: 1}}", "REDIS_URL=redis://u:2", "Redis u:2, no password")]
    [InlineData("{router_settings: {redis_host: r, redis_port: 1, cache_kwargs: {namespace: n}}}", "", "Redis r:1, no password")]
    [InlineData("{router_settings: {redis_host: r, redis_port: 1, cache_kwargs: }}", "", "LiteLLM does not start")]
    [InlineData("{router_settings: {redis_url: os.environ/U}}", "U=redis://:p@u:2", "Redis u:2, password")]
    [InlineData(
        "{router_settings: {redis_host: r, redis_port: 1, cache_kwargs: {ssl: true, db: 3}}}",
        "",
        "Redis r:1, database 3, TLS, no password"
    )]
    [InlineData(
        "{router_settings: {redis_host: r, redis_port: 1, cache_kwargs: {ssl_ca_certs: /ca}}}",
        "",
        "Redis r:1, no password, failing"
    )]
    public void Router_connects_to(string config, string environment, string expected) =>
        Assert.Equal(expected, Words(Clients(config, environment).All()[1]));

    [Theory]
    [InlineData("{}", "", "none")]
    [InlineData("{}", "DATABASE_HOST=h", "PostgreSQL h")]
    [InlineData("{}", "DATABASE_URL=postgresql://u:p@h:1/d", "PostgreSQL h:1, database d, user u, sslmode prefer")]
    [InlineData(
        "{general_settings: {database_url: 'postgresql://a:p@b/c?sslmode=require'}}",
        "DATABASE_URL=postgresql://u:p@h:1/d",
        "PostgreSQL b:5432, database c, user a, sslmode require"
    )]
    [InlineData(
        "{general_settings: {database_url: os.environ/MISSING}}",
        "DATABASE_URL=postgresql://u:p@h:1/d",
        "PostgreSQL h:1, database d, user u, sslmode prefer"
    )]
    public void Database_is(string config, string environment, string expected) =>
        Assert.Equal(expected, Clients(config, environment).Database().Words);

    [Theory]
    [InlineData("1.74.4", "line 1: litellm_settings.cache_params.ssl_ca_certs")]
    [InlineData("1.81.9", "")]
    [InlineData("1.80", "line 1: litellm_settings.cache_params.ssl_ca_certs")]
    [InlineData("1.99", "")]
    public void Versions_differ_in_what_a_cluster_takes(string version, string ignored)
    {
        const string config =
            """{litellm_settings: {cache: true, cache_params: {type: redis, redis_startup_nodes: [{host: a, port: 1}], ssl: true, ssl_ca_certs: /ca}}}""";
        LiteLlmView view = new(YamlConfig.Load(config), new Dictionary<string, string>());
        LiteLlmClient cache = new LiteLlmClients(view, LiteLlmRelease.For(new Version(version)).Single()).Cache();
        Assert.True(cache.Works);
        Assert.Equal(ignored, string.Join(", ", cache.Problems.Select(p => p.Place)));
    }

    [Fact]
    public void Secrets_are_in_no_words()
    {
        LiteLlmClient cache = Clients(
                """{litellm_settings: {cache: true, cache_params: {type: redis, host: h, password: c4nary, sentinel_password: c4nary, foo: c4nary}}}""",
                "REDIS_SSL_PASSWORD=c4nary REDIS_MAX_CONNECTIONS=c4nary"
            )
            .Cache();
        Assert.NotEmpty(cache.Problems);
        Assert.DoesNotContain("c4nary", cache.Words + string.Join(' ', cache.Problems), StringComparison.Ordinal);
    }

    private static LiteLlmClients Clients(string config, string environment) =>
        new(
            new(
                YamlConfig.Load(config),
                environment
                    .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Select(pair => pair.Split('=', 2))
                    .ToDictionary(pair => pair[0], pair => pair[1])
            ),
            LiteLlmRelease.All[^1]
        );

    private static string Words(LiteLlmClient client) =>
        client.Problems.Any(p => p.Effect == ClientEffect.NoStart) ? "LiteLLM does not start"
        : client.Works ? client.Words
        : $"{client.Words}, failing";
}
