using System.Net;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Integration;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Faults;

/// <summary>Several deployments, and several versions of the app, on one Redis.</summary>
public sealed class CombinedVersionTests
{
    /// <summary>Each sees another truth: their dependencies of one name aren't the same.</summary>
    [Theory]
    [InlineData("HX_NAMESPACE", "another")]
    [InlineData("PG_URL", "postgresql://made-up@127.0.0.1:1/x")]
    [InlineData("REDIS_URL", "/5")]
    public async Task Deployments_that_differ_never_read_each_others_state(string variable, string value)
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        SharedCheck up = new(),
            down = new() { IsDown = true };
        (string, string) difference = (variable, variable == "REDIS_URL" ? redis.Url + value : value);
        await using HxInstance a = await HxInstance.StartAsync(Fleet.Variables(redis.Url), up.AddTo);
        await using HxInstance b = await HxInstance.StartAsync(Fleet.Variables(redis.Url, difference), down.AddTo);
        Assert.NotEqual(Fleet.KeysOf(a).Snapshot, Fleet.KeysOf(b).Snapshot);
        await a.UntilAsync(HttpStatusCode.OK, Fleet.Patience, "/v1/teams");
        await b.UntilAsync(HttpStatusCode.ServiceUnavailable, Fleet.Patience, "/v1/teams");

        // Both check, each for itself, and an override of the one is none of the other.
        Assert.Equal(HttpStatusCode.OK, (await b.GetAsync("override", HttpMethod.Delete)).Status);
        int ups = up.Count,
            downs = down.Count;
        await Eventually.TrueAsync(
            async () =>
            {
                Assert.Equal(
                    (HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable),
                    ((await a.GuardAsync("/v1/teams")).Status, (await b.GuardAsync("/v1/teams")).Status)
                );
                return up.Count >= ups + 6 && down.Count >= downs + 6;
            },
            "one of them doesn't check"
        );

        Assert.All(
            new[] { a, b },
            hx => Assert.All(hx.Snapshot.Dependencies.Where(d => d.Record is not null), d => Assert.Equal(Fleet.IdOf(hx), d.Record!.Source))
        );
        Assert.Null(a.Snapshot.Override);
    }

    /// <summary>The next schema lives beside this one: its keys are neither read nor written nor dropped, whatever they are.</summary>
    [Fact]
    public async Task State_of_another_schema_is_left_alone()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        SharedCheck check = new() { IsDown = true };
        await using HxInstance hx = await HxInstance.StartAsync(Fleet.Variables(redis.Url), check.AddTo);
        string next = Fleet.KeysOf(hx).Snapshot.Replace(":v1:", ":v2:", StringComparison.Ordinal);
        await redis.CommandAsync("HSET", next, "local", Stored(DependencyStatus.Pass, ""));
        await redis.CommandAsync("SET", next + ":lease", "newer-app");
        await redis.CommandAsync("SET", next + ":override", "open");
        await hx.UntilAsync(HttpStatusCode.ServiceUnavailable, Fleet.Patience, "/v1/teams");
        await Fleet.LeaderAsync(redis, hx);
        string[] keys = [.. (await redis.CommandAsync("KEYS", "*:v2:*")).Split('\n').Order(StringComparer.Ordinal)];
        Assert.Equal([next, next + ":lease", next + ":override"], keys);
        Assert.Equal("newer-app", await redis.CommandAsync("GET", next + ":lease"));
        Assert.Equal("-1", await redis.CommandAsync("PTTL", next));
    }

    /// <summary>A newer app of the same schema writes more into a record, and knows reasons that we don't; we read it, and it must live
    /// with ours.</summary>
    [Theory]
    [InlineData(DependencyStatus.Fail, HttpStatusCode.ServiceUnavailable)]
    [InlineData(DependencyStatus.Pass, HttpStatusCode.OK)]
    public async Task Record_of_a_newer_app_of_the_same_schema_counts_with_all_that_it_has_besides(
        DependencyStatus status,
        HttpStatusCode expected
    )
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        SharedCheck check = new() { IsDown = status == DependencyStatus.Pass };
        // No timer comes in between: it fires every hour.
        await using HxInstance hx = await HxInstance.StartAsync(Fleet.Variables(redis.Url, ("HEALTH_CHECK_INTERVAL", "3600")), check.AddTo);
        StoreKeys keys = Fleet.KeysOf(hx);
        // The newer app checks: this one follows.
        await redis.CommandAsync("SET", keys.Lease, "newer-app", "PX", "2500");
        await redis.CommandAsync(
            "HSET",
            keys.Snapshot,
            "local",
            Stored(status, ",\"region\":\"west\",\"quorum\":{\"of\":3}"),
            "shards",
            "42 {\"v\":1}"
        );
        await Eventually.TrueAsync(() => hx.Snapshot.Dependencies[1].Record?.Source == "newer-app");
        Assert.Equal(expected, (await hx.GuardAsync("/v1/teams")).Status);
        Assert.Equal(0, check.Count);

        // Its lease ends, this one checks, and writes over the record as over one of its own; what it doesn't know stays.
        Assert.Equal("1", await redis.CommandAsync("DEL", keys.Lease));
        HttpStatusCode other = expected == HttpStatusCode.OK ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK;
        await hx.UntilAsync(other, Fleet.Patience, "/v1/teams");
        await Eventually.TrueAsync(() => hx.Snapshot.Dependencies[1].Record?.Sequence > 7);
        Assert.Equal("42 {\"v\":1}", await redis.CommandAsync("HGET", keys.Snapshot, "shards"));
    }

    /// <param name="more">Members beside those that this version knows.</param>
    private static string Stored(DependencyStatus status, string more)
    {
        string reason = status == DependencyStatus.Pass ? "ok" : "a_reason_of_tomorrow";
        string record = RecordCodec.Write(
            new(new(status, reason, DateTimeOffset.UnixEpoch, 2, 0), TimeSpan.FromMilliseconds(1), DateTimeOffset.UnixEpoch, 7, "newer-app")
        );
        return $"{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()} {record[..^1]}{more}}}";
    }
}
