using HxFunctions.Core.Configuration.Connections;
using HxFunctions.Wiring;

namespace HxFunctions.Tests.Wiring;

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
    [InlineData("redis://h", false)]
    [InlineData("rediss://h", true)]
    [InlineData("h:6380,ssl=true,password=x", true)]
    public void Tls_is_said_only_where_it_is(string redis, bool tls)
    {
        LiteLlmSettings settings = From(Pg, redis, literal: false);
        Assert.Equal(tls, settings.Config.Any(s => s.Path.ToString() == "litellm_settings.cache_params.ssl"));
        Assert.Equal(!tls, settings.Contradicting.Keys.Any(p => p.ToString() == "litellm_settings.cache_params.ssl"));
        Assert.DoesNotContain("REDIS_SSL", settings.Environment.Keys);
        Assert.StartsWith(tls ? "rediss://" : "redis://", settings.Environment["HX_REDIS_URL"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unix:///run/redis.sock")]
    [InlineData("a:6379,b:6379")]
    [InlineData("redis+sentinel://a/main")]
    [InlineData("rediss://a?ssl_ca_certs=/ca.pem")]
    public void Redis_that_litellm_cannot_reach_is_refused(string redis) =>
        Assert.Throws<WireRefusedException>(() => From(Pg, redis, literal: false));

    [Fact]
    public void Notes_of_the_database_url_are_kept() =>
        Assert.Contains(
            "database_connection_pool_limit",
            Assert.Single(From("postgresql://u:p@h/d?connection_limit=3", Redis, literal: false).Notes),
            StringComparison.Ordinal
        );

    private static LiteLlmSettings From(string pg, string redis, bool literal)
    {
        Assert.True(PostgresUrl.TryParse(pg, out PostgresUrl? postgresUrl, out string? problem), problem);
        Assert.True(RedisUrl.TryParse(redis, out RedisUrl? redisUrl, out problem), problem);
        return LiteLlmSettings.From(pg, postgresUrl, redis, redisUrl, literal, _ => null);
    }
}
