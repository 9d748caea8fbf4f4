using HxFunctions.Core.Configuration;
using HxFunctions.Core.Configuration.Connections;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HxFunctions.Tests.Snapshots;

/// <summary>Who shares knowledge with whom. The names of the keys are part of the contract: ACLs and running fleets hold them.</summary>
public class StoreKeysTests
{
    private static readonly Urls Ours = new(
        "postgresql://u:p@db-a:5433/app",
        "redis://user:p@cache-a:6380/3",
        "http://vectors-a:6333",
        "docs"
    );

    [Fact]
    public void Keys_share_a_slot_and_keep_their_names()
    {
        StoreKeys keys = new("hx", "0123456789ab");

        Assert.Equal(
            [
                "{hx}:v1:0123456789ab",
                "{hx}:v1:0123456789ab:lease",
                "{hx}:v1:0123456789ab:override",
                "{hx}:v1:0123456789ab:probe",
                "{hx}:v1:0123456789ab:transitions",
                "{hx}:v1:0123456789ab:history:redis:checks",
                "{hx}:v1:0123456789ab:history:redis:minutes",
                "{hx}:v1:0123456789ab:history:redis:quarters",
            ],
            [
                keys.Snapshot,
                keys.Lease,
                keys.Override,
                keys.Probe,
                keys.Transitions,
                keys.Checks("redis"),
                keys.Minutes("redis"),
                keys.Quarters("redis"),
            ]
        );
    }

    /// <summary>Of an instance that is updated while others run on: another hash, and the fleet would fall apart.</summary>
    [Fact]
    public void Endpoints_give_the_same_keys_in_every_process_and_version()
    {
        Assert.Equal("{hx}:v1:61910fbc2e7e", Keys(Ours));
        Assert.Equal(Keys(Ours, "redis", "postgres", "qdrant"), Keys(Ours));
    }

    [Fact]
    public void Passwords_are_left_out_so_that_one_can_be_rotated() =>
        Assert.Equal(
            Keys(Ours),
            Keys(Ours with { Postgres = "postgresql://u:other@db-a:5433/app", Redis = "redis://user:other@cache-a:6380/3" })
        );

    [Theory]
    [InlineData("postgresql://u:p@db-b:5433/app")]
    [InlineData("postgresql://u:p@db-a:5434/app")]
    [InlineData("postgresql://u:p@db-a:5433,db-b:5433/app")]
    [InlineData("postgresql://u:p@db-a:5433/other")]
    [InlineData("postgresql://v:p@db-a:5433/app")]
    [InlineData("redis://user:p@cache-b:6380/3")]
    [InlineData("redis://user:p@cache-a:6381/3")]
    [InlineData("redis://user:p@cache-a:6380/4")]
    [InlineData("redis://other:p@cache-a:6380/3")]
    [InlineData("unix:///run/redis.sock")]
    [InlineData("http://vectors-b:6333")]
    [InlineData("http://vectors-a:6333/base")]
    [InlineData("collection")]
    public void Deployments_that_watch_something_else_share_nothing(string other) =>
        Assert.NotEqual(
            Keys(Ours),
            Keys(
                other switch
                {
                    _ when other.StartsWith("postgresql", StringComparison.Ordinal) => Ours with { Postgres = other },
                    "collection" => Ours with { Collection = other },
                    _ when other.StartsWith("http", StringComparison.Ordinal) => Ours with { Qdrant = other },
                    _ => Ours with { Redis = other },
                }
            )
        );

    /// <summary>The same server may be up for the one and down for the other.</summary>
    [Fact]
    public void Deployments_that_ask_something_else_of_the_same_servers_share_nothing()
    {
        Urls hosts = Ours with { Postgres = "postgresql://u:p@db-a:5433,db-b:5433/app" };
        string[] all =
        [
            Keys(hosts),
            .. new[] { "read-write", "read-only", "primary", "standby", "prefer-standby" }.Select(target =>
                Keys(hosts with { Postgres = $"{hosts.Postgres}?target_session_attrs={target}" })
            ),
            Keys(hosts with { WriteProbe = true }),
            Keys(hosts with { Postgres = hosts.Postgres + "?target_session_attrs=read-write", WriteProbe = true }),
        ];

        Assert.Equal(all.Length, all.Distinct().Count());
        // What is so without being asked for, and what a single host can't be asked for.
        Assert.Equal(Keys(hosts), Keys(hosts with { Postgres = hosts.Postgres + "?target_session_attrs=any" }));
        Assert.Equal(Keys(Ours), Keys(Ours with { Postgres = Ours.Postgres + "?target_session_attrs=read-write" }));
    }

    [Fact]
    public void Names_of_foreign_checks_count_too()
    {
        string[] all =
        [
            Keys(Ours),
            Keys(Ours, "postgres", "redis"),
            Keys(Ours, "postgres", "redis", "qdrant", "a"),
            Keys(Ours, "postgres", "redis", "qdrant", "b"),
            Keys(Ours, "postgres", "redis", "qdrant", "a", "b"),
            Keys(Ours, "postgres", "redis", "qdrant", "ab"),
        ];

        Assert.Equal(all.Length, all.Distinct().Count());
    }

    private static string Keys(Urls urls, params string[] names)
    {
        Assert.True(PostgresUrl.TryParse(urls.Postgres, out PostgresUrl? postgres, out _));
        Assert.True(RedisUrl.TryParse(urls.Redis, out RedisUrl? redis, out _));
        Assert.True(QdrantUrl.TryParse(urls.Qdrant, out QdrantUrl? qdrant, out _));
        HxSettings settings = new()
        {
            Postgres = postgres,
            Redis = redis,
            Qdrant = qdrant,
            QdrantCollection = urls.Collection,
            PostgresWriteProbe = urls.WriteProbe,
        };
        IEnumerable<string> watched = names.Length == 0 ? ["postgres", "redis", "qdrant"] : names;
        DependencySet dependencies = new(
            watched.Select(
                (name, i) =>
                    new Dependency(
                        i,
                        new HealthCheckRegistration(name, _ => throw new InvalidOperationException("Nobody checks here."), null, null),
                        TimeSpan.FromSeconds(1)
                    )
            )
        );
        return new StoreKeys(settings, dependencies).Snapshot;
    }

    private sealed record Urls(string Postgres, string Redis, string Qdrant, string Collection, bool WriteProbe = false);
}
