using HxFunctions.Core.Configuration.Connections;
using HxFunctions.Wiring;

namespace HxFunctions.Tests.Wiring;

public class LiteLlmSettingsTests
{
    private const string Pg = "postgresql+asyncpg://u:p@db:5433/litellm";
    private const string Redis = "redis://:pw@cache:6380/2";

    [Theory]
    [InlineData("postgres://u:p@h/d", "postgresql://u:p@h:5432/d")]
    [InlineData("postgresql+asyncpg://u:p%40ss@h:1/d", "postgresql://u:p%40ss@h:1/d")]
    [InlineData("postgresql://u@h", "postgresql://u@h:5432/u")]
    [InlineData("postgresql://u:p@[::1]:5432/d", "postgresql://u:p@[::1]:5432/d")]
    [InlineData(
        "postgresql://u:p@h/d?sslmode=verify-full&connection_limit=5",
        "postgresql://u:p@h:5432/d?connection_limit=5&sslmode=require&sslaccept=strict"
    )]
    [InlineData(
        "postgres://u:p@h:6543/d?sslmode=require&supa=base-pooler.x&max_idle_connection_lifetime=9",
        "postgresql://u:p@h:6543/d?max_idle_connection_lifetime=9&sslmode=require"
    )]
    [InlineData("postgresql://u:p@h/d?sslmode=allow", "postgresql://u:p@h:5432/d?sslmode=prefer")]
    [InlineData(
        "postgresql://u:p@h/d?sslmode=require&sslaccept=accept_invalid_certs",
        "postgresql://u:p@h:5432/d?sslaccept=accept_invalid_certs&sslmode=require"
    )]
    [InlineData(
        "postgresql://u:p@h/d?sslmode=verify-ca&sslrootcert=%2Fca.pem",
        "postgresql://u:p@h:5432/d?sslmode=require&sslaccept=strict&sslcert=%2Fca.pem"
    )]
    [InlineData("postgresql://u:p@/d?host=%2Frun%2Fpostgresql", "postgresql://u:p@localhost/d?host=%2Frun%2Fpostgresql")]
    [InlineData("Host=h;Username=u;Password=a b;Database=d;SSL Mode=Require", "postgresql://u:a%20b@h:5432/d?sslmode=require")]
    public void Database_url_is_what_prisma_takes(string value, string expected)
    {
        Assert.True(PostgresUrl.TryParse(value, out PostgresUrl? url, out string? problem), problem);
        Assert.True(LiteLlmDatabaseUrl.TryConvert(value, url, out string? converted, out problem), problem);
        Assert.Equal(expected, converted);
    }

    [Theory]
    [InlineData("postgresql://u:p@h,i/d", "several hosts")]
    [InlineData("postgresql://h/d", "no user")]
    [InlineData("postgresql://u:p@h/d?sslcert=c.pem&sslkey=k.pem", "client certificate")]
    public void Database_url_that_prisma_cannot_have_is_refused_with_why(string value, string why)
    {
        Assert.True(PostgresUrl.TryParse(value, out PostgresUrl? url, out string? problem), problem);
        Assert.False(LiteLlmDatabaseUrl.TryConvert(value, url, out _, out problem));
        Assert.Contains(why, problem, StringComparison.Ordinal);
    }

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

    private static LiteLlmSettings From(string pg, string redis, bool literal)
    {
        Assert.True(PostgresUrl.TryParse(pg, out PostgresUrl? postgresUrl, out string? problem), problem);
        Assert.True(RedisUrl.TryParse(redis, out RedisUrl? redisUrl, out problem), problem);
        return LiteLlmSettings.From(pg, postgresUrl, redis, redisUrl, literal);
    }
}
