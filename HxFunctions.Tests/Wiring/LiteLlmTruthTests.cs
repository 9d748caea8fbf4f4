using HxFunctions.Wiring;

namespace HxFunctions.Tests.Wiring;

/// <summary>What LiteLLM makes of a configuration decides whether it is wired, refused or wired with a word, through the whole of
/// <c>hx wire</c>.</summary>
public sealed class LiteLlmTruthTests : IDisposable
{
    private const string Cache = "litellm_settings:\n  cache: true\n  cache_params:\n    type: redis\n    host: cache\n";

    private readonly WireFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    // A reference to a variable that the cache doesn't bear.
    [InlineData("model_list:\n- litellm_params: {model: x, api_base: os.environ/REDIS_URL}\n", "line 2: model_list", "REDIS_URL=redis://x")]
    [InlineData("litellm_settings:\n  callbacks: [os.environ/REDIS_SSL]\n", "MY_REDIS_SSL", "REDIS_SSL=true")]
    [InlineData(
        "general_settings:\n  pass_through_endpoints:\n  - headers: {Authorization: 'bearer os.environ/REDIS_URL'}\n",
        "line 3: general_settings.pass_through_endpoints.headers.Authorization refers to REDIS_URL",
        "REDIS_URL=redis://x"
    )]
    [InlineData(
        "environment_variables:\n  CELERY_BROKER_URL: os.environ/REDIS_URL\n",
        "line 2: environment_variables.CELERY_BROKER_URL refers to REDIS_URL",
        "REDIS_URL=redis://x"
    )]
    [InlineData(
        "router_settings:\n  redis_url: os.environ/REDIS_URL\n",
        "line 2: router_settings.redis_url refers to REDIS_URL",
        "REDIS_URL=redis://x"
    )]
    // The configuration isn't read at all.
    [InlineData("", "sets LITELLM_CONFIG_BUCKET_NAME, by which LiteLLM reads", "LITELLM_CONFIG_BUCKET_NAME=b")]
    // A comment that has the next line in it, for systemd before 254.
    [InlineData("", "line 2: a quote or a backslash leaves the value (or comment) open", "A=1\n# a share: \\\\srv\\c$\\\nB=2\n")]
    // What LiteLLM hands to redis-py as it stands.
    [InlineData(Cache + "    ssl_cert_reqs: none\n", "line 6: litellm_settings.cache_params.ssl_cert_reqs must be removed: needs ssl")]
    [InlineData(Cache + "    ssl_check_hostname: false\n", "line 6: litellm_settings.cache_params.ssl_check_hostname must be removed")]
    [InlineData(Cache + "    unix_socket_path: /s\n", "line 6: litellm_settings.cache_params.unix_socket_path must be removed")]
    [InlineData(
        Cache + "    qdrant_semantic_cache_vector_size: 8\n",
        "line 6: litellm_settings.cache_params.qdrant_semantic_cache_vector_size"
    )]
    [InlineData(Cache + "    default_redis_ttl: 60\n", "line 6: litellm_settings.cache_params.default_redis_ttl must be removed")]
    [InlineData(Cache + "    gcp_service_account: a\n", "gcp_service_account must be removed", null)]
    [InlineData(
        Cache + "    socket_timeout: '5'\n",
        "line 6: litellm_settings.cache_params.socket_timeout must be removed: needs a number"
    )]
    // Another kind of client.
    [InlineData(
        Cache + "    url: redis://other\n",
        "line 6: litellm_settings.cache_params.url must be removed: LiteLLM's cache would connect to Redis other"
    )]
    [InlineData(
        Cache + "    redis_startup_nodes: [{host: a, port: 1}]\n",
        "redis_startup_nodes must be removed: LiteLLM's cache would connect to Redis cluster a:1"
    )]
    [InlineData(Cache + "    startup_nodes: []\n", "startup_nodes must be removed")]
    [InlineData(
        Cache + "    sentinel_nodes: [[a, 1]]\n    service_name: m\n",
        "sentinel_nodes, line 7: litellm_settings.cache_params.service_name must be removed: LiteLLM's cache"
    )]
    [InlineData(Cache + "    service_name: m\n", "service_name must be removed")]
    // What wins over the environment file.
    [InlineData("environment_variables:\n  DATABASE_URL: x\n", "line 2: environment_variables.DATABASE_URL must be removed")]
    [InlineData("environment_variables: {REDIS_USERNAME: x}\n", "line 1: environment_variables.REDIS_USERNAME must be removed")]
    // Other formats.
    [InlineData("services:\n  litellm:\n    image: litellm\n", "is a Compose file")]
    [InlineData("apiVersion: v1\nkind: ConfigMap\ndata:\n  config.yaml: |\n    model_list: []\n", "is a Kubernetes manifest")]
    [InlineData("replicaCount: 1\nproxy_config:\n  model_list: []\n", "is Helm values")]
    [InlineData("on: push\njobs: {}\n", "is a GitHub workflow")]
    [InlineData("name: x\nversion: 2\n", "has none of LiteLLM's sections")]
    [InlineData("include:\n- local: ci/build.yml\nstages: [build]\n", "is a GitLab pipeline")]
    [InlineData("include:\n- local: ci/build.yml\nbuild: {script: [make]}\n", "has none of LiteLLM's sections")]
    [InlineData("include: [base.yaml]\nnetworks: {}\n", "has none of LiteLLM's sections")]
    [InlineData("policies: []\nversion: 2\n", "has none of LiteLLM's sections")]
    public async Task Refused_with_its_line_and_nothing_written(string config, string told, string? environment = null)
    {
        await WriteAsync(config, environment);
        IReadOnlyDictionary<string, string> before = _folder.Content();
        WireEnding ending = await _folder.RunAsync("apply");
        Assert.Equal(2, ending.Code);
        Assert.Contains(told, ending.Error, StringComparison.Ordinal);
        Assert.Equal(before, _folder.Content());
    }

    [Theory]
    [InlineData(Cache + "    password: ''\n    username: null\n")]
    [InlineData(Cache + "    db: 0\n")]
    [InlineData(Cache + "    redis_startup_nodes: []\n")]
    [InlineData(Cache + "    qdrant_collection_name: c\n    s3_bucket_name: b\n    disk_cache_dir: d\n    namespace: n\n    ttl: 5\n")]
    [InlineData(Cache + "    max_connections: 20\n    socket_timeout: 2.5\n    socket_connect_timeout: 1\n    health_check_interval: 30\n")]
    [InlineData("environment_variables:\n  REDIS_PASSWORD: os.environ/REDIS_PASSWORD\n  REDIS_HOST: os.environ/REDIS_HOST\n")]
    [InlineData("environment_variables:\n  REDIS_CLIENT_NAME: gateway\n")]
    [InlineData("include: [models.yaml]\n")]
    [InlineData("include: [models.yaml]\nguardrails: []\n")]
    [InlineData("")]
    public async Task Harmless_is_taken(string config)
    {
        await File.WriteAllTextAsync(_folder.Wrapper, $"PG_URL={WireFolder.PgUrl}\nREDIS_URL=redis://cache:6380\n");
        await WriteAsync(config, null);
        WireEnding ending = await _folder.RunAsync("apply");
        Assert.True(ending.Code == 0, ending.Error);
        Assert.Equal("nothing-to-do", (await _folder.RunAsync("apply", "--json")).Json.GetProperty("result").GetString());
        Assert.Equal(0, (await _folder.RunAsync("rollback")).Code);
        Assert.Equal(config, await File.ReadAllTextAsync(_folder.Config));
    }

    [Fact]
    public async Task Variable_that_bears_on_nothing_stays()
    {
        await WriteAsync("", "REDIS_CLIENT_NAME=gateway\nREDIS_SOCKET_TIMEOUT=9\nREDIS_SSL_CERT_REQS=none\n");
        Assert.Equal(0, (await _folder.RunAsync("apply")).Code);
        IReadOnlyDictionary<string, string> values = EnvFile.Parse(await File.ReadAllTextAsync(_folder.LiteLlm)).Values;
        Assert.Equal(("gateway", "9"), (values["REDIS_CLIENT_NAME"], values["REDIS_SOCKET_TIMEOUT"]));
        Assert.DoesNotContain("REDIS_SSL_CERT_REQS", values.Keys);
    }

    [Fact]
    public async Task Router_elsewhere_keeps_what_it_has()
    {
        await WriteAsync("router_settings:\n  redis_host: elsewhere\n  redis_port: 6379\n", null);
        WireEnding planned = await _folder.RunAsync("plan", "--json");
        Assert.Equal("Redis elsewhere:6379, no password", Client(planned, "router"));
        Assert.Equal(0, (await _folder.RunAsync("apply")).Code);
        IReadOnlyDictionary<string, string> values = EnvFile.Parse(await File.ReadAllTextAsync(_folder.LiteLlm)).Values;
        Assert.DoesNotContain(values.Keys, name => name.StartsWith("REDIS_", StringComparison.Ordinal));
        Assert.Contains("password: os.environ/HX_REDIS_PASSWORD", await File.ReadAllTextAsync(_folder.Config), StringComparison.Ordinal);
        Assert.Equal("nothing-to-do", (await _folder.RunAsync("apply", "--json")).Json.GetProperty("result").GetString());
    }

    [Fact]
    public async Task Router_by_the_same_variables_goes_with_the_cache()
    {
        await WriteAsync(
            "router_settings:\n  redis_host: os.environ/REDIS_HOST\n  redis_port: os.environ/REDIS_PORT\n"
                + "  redis_password: os.environ/REDIS_PASSWORD\n",
            "REDIS_HOST=old\nREDIS_PORT=1\n"
        );
        WireEnding planned = await _folder.RunAsync("plan", "--json");
        Assert.Equal("Redis cache.canary.invalid:6380, database 2, password", Client(planned, "router"));
        Assert.Equal(0, (await _folder.RunAsync("apply")).Code);
    }

    [Fact]
    public async Task Router_that_needs_a_variable_which_has_to_go_is_told()
    {
        await WriteAsync("router_settings:\n  redis_host: elsewhere\n  redis_port: 6379\n", "REDIS_SSL=true\n");
        WireEnding ending = await _folder.RunAsync("apply");
        Assert.Equal(2, ending.Code);
        Assert.Contains(
            "line 2: router_settings.redis_host: LiteLLM's router would connect to Redis elsewhere:6379, no password",
            ending.Error,
            StringComparison.Ordinal
        );
        Assert.Contains("instead of Redis elsewhere:6379, TLS, no password", ending.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reference_elsewhere_keeps_its_value()
    {
        const string config = "model_list:\n- litellm_params: {model: x, api_base: os.environ/REDIS_HOST}\n";
        await WriteAsync(config, "REDIS_HOST=vectors\n");
        Assert.Equal(0, (await _folder.RunAsync("apply")).Code);
        IReadOnlyDictionary<string, string> values = EnvFile.Parse(await File.ReadAllTextAsync(_folder.LiteLlm)).Values;
        Assert.Equal(("vectors", "cache.canary.invalid"), (values["REDIS_HOST"], values["HX_REDIS_HOST"]));
        Assert.Equal("nothing-to-do", (await _folder.RunAsync("apply", "--json")).Json.GetProperty("result").GetString());
    }

    [Fact]
    public async Task Reference_elsewhere_to_the_database_is_told()
    {
        await WriteAsync(
            "vector_store_registry:\n- litellm_params: {connection: os.environ/DATABASE_URL}\n",
            "DATABASE_URL=postgresql://other/d\n"
        );
        Assert.Contains(
            "line 2: vector_store_registry.litellm_params.connection refers to DATABASE_URL, which now has another value",
            (await _folder.RunAsync("plan")).Output,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("environment_variables: {QUEUE_HOST: os.environ/REDIS_HOST}\n")]
    [InlineData("model_list:\n- litellm_params: {model: x, api_base: 'http://os.environ/REDIS_HOST/v1'}\n")]
    public async Task Reference_that_only_somebody_else_reads_keeps_its_value(string config)
    {
        await WriteAsync(config, "REDIS_HOST=vectors\n");
        Assert.Equal(0, (await _folder.RunAsync("apply")).Code);
        IReadOnlyDictionary<string, string> values = EnvFile.Parse(await File.ReadAllTextAsync(_folder.LiteLlm)).Values;
        Assert.Equal(("vectors", "cache.canary.invalid"), (values["REDIS_HOST"], values["HX_REDIS_HOST"]));
    }

    [Fact]
    public async Task References_of_an_included_file_count()
    {
        await WriteAsync("include: [models.yaml]\n", "REDIS_URL=redis://x\nREDIS_HOST=vectors\n");
        await File.WriteAllTextAsync(
            _folder.In("models.yaml"),
            "model_list:\n- litellm_params: {model: x, api_base: os.environ/REDIS_URL}\n"
        );
        WireEnding refused = await _folder.RunAsync("plan");
        Assert.Equal(2, refused.Code);
        Assert.Contains(
            "included models.yaml, line 2: model_list.litellm_params.api_base refers to REDIS_URL",
            refused.Error,
            StringComparison.Ordinal
        );

        await File.WriteAllTextAsync(
            _folder.In("models.yaml"),
            "model_list:\n- litellm_params: {model: x, api_base: os.environ/REDIS_HOST}\n"
        );
        Assert.Equal(0, (await _folder.RunAsync("apply")).Code);
        Assert.Equal("vectors", EnvFile.Parse(await File.ReadAllTextAsync(_folder.LiteLlm)).Values["REDIS_HOST"]);
    }

    [Fact]
    public async Task Url_in_a_hosts_place_is_not_shown()
    {
        const string secret = "c4nary-in-a-host";
        await WriteAsync(
            "litellm_settings:\n  cache: true\n  cache_params: {type: redis}\n"
                + $"router_settings: {{redis_host: 'redis://:{secret}@router:6379', redis_port: 6379}}\n",
            $"REDIS_HOST=redis://:{secret}@old:6379\nREDIS_PORT=6379\nREDIS_USERNAME=redis://:{secret}@x\n"
                + $"DATABASE_HOST=postgresql://u:{secret}@old/x\n"
        );
        WireEnding plan = await _folder.RunAsync("plan", "--json");
        Assert.Equal("Redis ***, database 2, password, failing", Client(plan, "router"));
        Assert.DoesNotContain(secret, plan.Output + plan.Error, StringComparison.Ordinal);
        WireEnding words = await _folder.RunAsync("plan");
        Assert.Contains("- database          PostgreSQL ***", words.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, words.Output + words.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Variable_of_the_section_that_no_client_reads_is_harmless()
    {
        await WriteAsync("environment_variables: {REDIS_HOST: elsewhere, HX_REDIS_URL: x}\n", null);
        Assert.Equal(0, (await _folder.RunAsync("apply")).Code);
    }

    [Theory]
    [InlineData("IAM_TOKEN_DB_AUTH=true\n", "IAM_TOKEN_DB_AUTH is set")]
    [InlineData("DATABASE_URL_READ_REPLICA=postgresql://r/d\n", "DATABASE_URL_READ_REPLICA is set")]
    [InlineData("DIRECT_URL=postgresql://r/d\n", "DIRECT_URL is set")]
    [InlineData("CONFIG_FILE_PATH=/x.yaml\n", "CONFIG_FILE_PATH is set")]
    public async Task Variable_that_bears_on_the_wiring_is_told(string environment, string told)
    {
        await WriteAsync("", environment);
        Assert.Contains(told, (await _folder.RunAsync("plan")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("IAM_TOKEN_DB_AUTH=0\n")]
    [InlineData("IAM_TOKEN_DB_AUTH=\n")]
    [InlineData("IAM_TOKEN_DB_AUTH=yes\n")]
    public async Task Variable_that_LiteLlm_does_not_take_for_true_is_not_told(string environment)
    {
        await WriteAsync("", environment);
        Assert.DoesNotContain("IAM_TOKEN_DB_AUTH is set", (await _folder.RunAsync("plan")).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("hashicorp_vault", "", "LiteLLM asks that secret manager first, so what it has as DATABASE_URL, ")]
    [InlineData("google_secret_manager", "{hosted_keys: [REDIS_HOST, OPENAI_API_KEY]}", "so what it has as REDIS_HOST takes precedence")]
    [InlineData("hashicorp_vault", "{hosted_keys: [OPENAI_API_KEY]}", null)]
    [InlineData("hashicorp_vault", "{access_mode: write_only}", null)]
    [InlineData("null", "", null)]
    // It has no error for what it lacks, at which LiteLLM would look elsewhere.
    [InlineData("aws_secret_manager", "", "is aws_secret_manager: LiteLLM takes DATABASE_URL, HX_REDIS_URL, REDIS_DB, ")]
    [InlineData("aws_secret_manager", "{hosted_keys: [REDIS_HOST, OPENAI_API_KEY]}", "LiteLLM takes REDIS_HOST from there alone")]
    [InlineData("aws_secret_manager", "{hosted_keys: []}", null)]
    [InlineData("aws_secret_manager", "{access_mode: write_only}", null)]
    // These have no value for a name with an underscore, or none at all.
    [InlineData("azure_key_vault", "{hosted_keys: [REDIS_HOST]}", null)]
    [InlineData("google_kms", "", null)]
    [InlineData("aws_kms", "", null)]
    public async Task Secret_manager_that_is_asked_first_is_told(string system, string settings, string? told)
    {
        await WriteAsync($"general_settings:\n  key_management_system: {system}\n  key_management_settings: {settings}\n", null);
        string output = (await _folder.RunAsync("plan")).Output;
        Assert.Equal(told is not null, output.Contains("warning: general_settings.key_management_system", StringComparison.Ordinal));
        Assert.Contains(told ?? "", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Coordination_and_dot_env_are_told()
    {
        await WriteAsync("general_settings:\n  coordination_redis: {host: h}\n", null);
        await File.WriteAllTextAsync(_folder.In(".env"), "REDIS_URL=redis://x\n");
        string output = (await _folder.RunAsync("plan")).Output;
        Assert.Contains("line 2: general_settings.coordination_redis", output, StringComparison.Ordinal);
        Assert.Contains(".env exists", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrapper_keys_are_told_left_out_and_taken_back()
    {
        const string config = "litellm_settings:\n  # ours\n  drop_params: true # stays\n";
        await WriteAsync(config, null);
        Assert.Contains(
            "LiteLLM doesn't read litellm_settings.database_url",
            (await _folder.RunAsync("plan")).Output,
            StringComparison.Ordinal
        );
        Assert.Equal(0, (await _folder.RunAsync("apply")).Code);
        Assert.Contains("  redis_url: os.environ/HX_REDIS_URL\n", await File.ReadAllTextAsync(_folder.Config), StringComparison.Ordinal);

        Assert.Equal(0, (await _folder.RunAsync("apply", "--no-wrapper-keys")).Code);
        string without = await File.ReadAllTextAsync(_folder.Config);
        Assert.DoesNotContain("redis_url", without, StringComparison.Ordinal);
        Assert.DoesNotContain("proxy_logging", without, StringComparison.Ordinal);
        Assert.StartsWith(config, without, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "doesn't read litellm_settings",
            (await _folder.RunAsync("plan", "--no-wrapper-keys")).Output,
            StringComparison.Ordinal
        );
        Assert.Equal(
            "nothing-to-do",
            (await _folder.RunAsync("apply", "--no-wrapper-keys", "--json")).Json.GetProperty("result").GetString()
        );
    }

    [Theory]
    [InlineData("litellm_settings: {redis_url: x, drop_params: true}\n")]
    [InlineData("litellm_settings:\n  redis_url: x # a word\n  drop_params: true\n")]
    [InlineData("litellm_settings:\n  redis_url: |\n    x\n  drop_params: true\n")]
    public async Task Wrapper_key_that_does_not_stand_alone_is_left_to_hands(string config)
    {
        await WriteAsync(config, null);
        WireEnding ending = await _folder.RunAsync("apply", "--no-wrapper-keys");
        Assert.Equal(2, ending.Code);
        Assert.Contains("litellm_settings.redis_url can't be removed safely; remove it by hand", ending.Error, StringComparison.Ordinal);
    }

    private async Task WriteAsync(string config, string? environment)
    {
        await File.WriteAllTextAsync(_folder.Config, config);
        if (environment is not null)
        {
            await File.WriteAllTextAsync(_folder.LiteLlm, environment);
        }
    }

    private static string? Client(WireEnding planned, string name) =>
        planned
            .Json.GetProperty("clients")
            .EnumerateArray()
            .Single(c => c.GetProperty("client").GetString() == name)
            .GetProperty("after")
            .GetString();
}
