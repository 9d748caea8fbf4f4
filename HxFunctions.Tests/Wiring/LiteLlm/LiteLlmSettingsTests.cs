using HxFunctions.Core.Configuration.Connections;
using HxFunctions.Wiring;
using HxFunctions.Wiring.LiteLlm;
using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Tests.Wiring.LiteLlm;

public class LiteLlmSettingsTests
{
    private const string Pg = "postgresql+asyncpg://u:p@db:5433/litellm";
    private const string Redis = "redis://:pw@cache:6380/2";

    [Fact]
    public void References_all_resolve_and_never_by_redis_url()
    {
        LiteLlmSettings settings = From(Pg, Redis, literal: false);
        string[] names =
        [
            .. settings
                .Config.Select(s => s.Value.Text)
                .Where(t => t.StartsWith("os.environ/", StringComparison.Ordinal))
                .Select(t => t["os.environ/".Length..]),
        ];
        Assert.Equal(["DATABASE_URL", "DATABASE_URL", "HX_REDIS_URL", "REDIS_HOST", "REDIS_PORT", "REDIS_PASSWORD", "REDIS_DB"], names);
        Assert.All(names, name => Assert.Contains(name, settings.Environment.Keys));
        Assert.DoesNotContain("REDIS_URL", settings.Environment.Keys);
        Assert.Equal("postgresql://u:p@db:5433/litellm", settings.Environment["DATABASE_URL"]);
        Assert.Equal(
            ("cache", "6380", "pw", "2"),
            (
                settings.Environment["REDIS_HOST"],
                settings.Environment["REDIS_PORT"],
                settings.Environment["REDIS_PASSWORD"],
                settings.Environment["REDIS_DB"]
            )
        );
    }

    [Fact]
    public void Literal_values_need_no_environment()
    {
        LiteLlmSettings settings = From(Pg, Redis, literal: true);
        Assert.Empty(settings.Environment);
        Assert.Contains(
            settings.Config,
            s => s.Path.ToString() == "general_settings.database_url" && s.Value.Text == "postgresql://u:p@db:5433/litellm"
        );
        Assert.DoesNotContain(settings.Config, s => s.Value.Text.Contains("os.environ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("redis://h", "")]
    [InlineData("rediss://h", "ssl=true ssl_check_hostname=true")]
    [InlineData("h:6380,ssl=true,password=x", "ssl=true ssl_check_hostname=true")]
    [InlineData("h:6380,ssl=true,sslHost=other,password=x", "ssl=true")]
    [InlineData("rediss://a?ssl_ca_certs=/ca.pem", "ssl=true ssl_check_hostname=true ssl_ca_certs=/ca.pem")]
    [InlineData(
        "rediss://a?ssl_certfile=/c.pem&ssl_keyfile=/k.pem",
        "ssl=true ssl_check_hostname=true ssl_certfile=/c.pem ssl_keyfile=/k.pem"
    )]
    [InlineData("rediss://a?ssl_certfile=/both.pem", "ssl=true ssl_check_hostname=true ssl_certfile=/both.pem ssl_keyfile=/both.pem")]
    public void Tls_is_what_the_url_asks_for(string redis, string expected)
    {
        LiteLlmSettings settings = From(Pg, redis, literal: false);
        const string parameters = "litellm_settings.cache_params.";
        IEnumerable<string> written = settings
            .Config.Select(s => (Path: s.Path.ToString(), s.Value.Text))
            .Where(s => s.Path.StartsWith(parameters + "ssl", StringComparison.Ordinal))
            .Select(s => $"{s.Path[parameters.Length..]}={s.Text}");
        Assert.Equal(expected, string.Join(' ', written));
        Assert.DoesNotContain("REDIS_SSL", settings.Environment.Keys);
        Assert.StartsWith(expected.Length > 0 ? "rediss://" : "redis://", settings.Environment["HX_REDIS_URL"], StringComparison.Ordinal);
    }

    [Fact]
    public void Cluster_is_its_nodes()
    {
        LiteLlmSettings settings = From(Pg, "a:7000,b:7001,password=pw", literal: false);
        Assert.Contains(settings.Config, s => s.Path.ToString() == "litellm_settings.cache_params.redis_startup_nodes");
        Assert.Equal("""[{"host":"a","port":7000},{"host":"b","port":7001}]""", settings.Environment["HX_REDIS_STARTUP_NODES"]);
        Assert.DoesNotContain("REDIS_HOST", settings.Environment.Keys);
    }

    [Fact]
    public void Sentinels_are_the_sentinels_and_their_master()
    {
        LiteLlmSettings settings = From(Pg, "redis+sentinel://:pw@a:26379,b/main", literal: false);
        Assert.Equal("""[["a",26379],["b",26379]]""", settings.Environment["HX_REDIS_SENTINEL_NODES"]);
        Assert.Equal(("main", "pw"), (settings.Environment["HX_REDIS_SERVICE_NAME"], settings.Environment["HX_REDIS_SENTINEL_PASSWORD"]));
        Assert.Contains(settings.Warnings, w => w.Contains("sentinel_password", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("unix:///run/redis.sock", "Unix socket")]
    [InlineData("rediss+sentinel://a/main", "TLS with sentinels")]
    [InlineData("redis+sentinel://u:p@a/main", "user with sentinels")]
    [InlineData("redis+sentinel://a/main/2", "database with sentinels")]
    [InlineData("a:6379,b:6379,defaultDatabase=2", "cluster only has database 0")]
    [InlineData("rediss://a?ssl_certfile=/c.pem&ssl_keyfile=/k.pem&ssl_password=x", "password for the client's key")]
    [InlineData("redis://:True@h", "boolean")]
    [InlineData("redis://false:p@h", "boolean")]
    public void Redis_that_litellm_cannot_reach_is_refused_with_why(string redis, string why) =>
        Assert.Contains(why, Assert.Throws<WireRefusedException>(() => From(Pg, redis, literal: false)).Message, StringComparison.Ordinal);

    [Fact]
    public void Password_that_looks_like_a_boolean_stays_text_in_the_configuration() =>
        Assert.Contains(
            From(Pg, "redis://:True@h", literal: true).Config,
            s => s.Path.ToString() == "litellm_settings.cache_params.password" && s.Value == YamlScalar.String("True")
        );

    [Fact]
    public void Notes_of_the_database_url_are_kept() =>
        Assert.Contains(
            "database_connection_pool_limit",
            Assert.Single(From("postgresql://u:p@h/d?connection_limit=3", Redis, literal: false).Warnings),
            StringComparison.Ordinal
        );

    private static LiteLlmSettings From(string pg, string redis, bool literal)
    {
        Assert.True(PostgresUrl.TryParse(pg, out PostgresUrl? postgresUrl, out string? problem), problem);
        Assert.True(RedisUrl.TryParse(redis, out RedisUrl? redisUrl, out problem), problem);
        return LiteLlmSettings.From(pg, postgresUrl, redis, redisUrl, literal, _ => null);
    }
}
