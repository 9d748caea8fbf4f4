using System.Net;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Integration;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Faults;

/// <summary>Several dependencies fail at once, the store among them.</summary>
public sealed class CombinedOutageTests
{
    private static readonly (string Path, string Missing)[] Routes =
    [
        ("/v1/keys", "postgres,redis"),
        ("/v1/teams", "postgres"),
        ("/v1/cache", "redis"),
        ("/v1/vectors", "qdrant"),
        ("/v1/all", "postgres,redis,qdrant"),
    ];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task All_three_down_closes_every_guarded_route_with_what_it_misses_until_each_is_back(bool hung)
    {
        await using PostgresServer postgres = await PostgresServer.StartAsync();
        await using RedisServer redis = await RedisServer.StartAsync();
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using HxInstance hx = await HxInstance.StartAsync(Variables(postgres, redis, qdrant));
        foreach ((string path, _) in Routes)
        {
            await hx.UntilAsync(HttpStatusCode.OK, Fleet.Patience, path);
        }

        await Task.WhenAll(
            hung ? postgres.HangAsync() : postgres.KillAsync(),
            hung ? redis.HangAsync() : redis.KillAsync(),
            hung ? HangAsync(qdrant) : qdrant.StopAsync()
        );
        foreach ((string path, string missing) in Routes)
        {
            await UntilMissingAsync(hx, path, missing);
        }

        Assert.Equal(HttpStatusCode.OK, (await hx.GuardAsync("/v1/chat/completions")).Status);
        Assert.Equal(HttpStatusCode.OK, (await hx.GetAsync("healthz/live")).Status);
        Assert.Equal("""{"postgres":false,"redis":false,"qdrant":false}""", (await hx.GetAsync("healthz/deps")).Body);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await hx.GetAsync("health/all")).Status);
        Assert.Equal(HttpStatusCode.OK, (await hx.GetAsync("status")).Status);

        // The store comes back last: the others reopen without it.
        await (hung ? postgres.ResumeAsync() : postgres.StartAgainAsync());
        await hx.UntilAsync(HttpStatusCode.OK, Fleet.Patience, "/v1/teams");
        await UntilMissingAsync(hx, "/v1/keys", "redis");
        if (hung)
        {
            qdrant.Mode = QdrantMode.Healthy;
        }
        else
        {
            await qdrant.StartAgainAsync();
        }

        await hx.UntilAsync(HttpStatusCode.OK, Fleet.Patience, "/v1/vectors");
        await UntilMissingAsync(hx, "/v1/all", "redis");
        await (hung ? redis.ResumeAsync() : redis.StartAgainAsync());
        foreach ((string path, _) in Routes)
        {
            await hx.UntilAsync(HttpStatusCode.OK, Fleet.Patience, path);
        }
    }

    /// <summary>Nobody can renew the lease, nor see that another holds it: each looks for itself, and afterwards one checks
    /// again.</summary>
    [Fact]
    public async Task Redis_that_hangs_while_the_lease_is_held_hides_no_other_failure_and_leaves_one_leader()
    {
        await using PostgresServer postgres = await PostgresServer.StartAsync();
        await using RedisServer redis = await RedisServer.StartAsync();
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using HxInstance a = await HxInstance.StartAsync(Variables(postgres, redis, qdrant)),
            b = await HxInstance.StartAsync(Variables(postgres, redis, qdrant));
        HxInstance[] both = [a, b];
        foreach (HxInstance hx in both)
        {
            await hx.UntilAsync(HttpStatusCode.OK, Fleet.Patience, "/v1/all");
        }

        await Fleet.LeaderAsync(redis, both);

        await redis.HangAsync();
        foreach (HxInstance hx in both)
        {
            await UntilMissingAsync(hx, "/v1/keys", "redis");
        }

        await postgres.KillAsync();
        // On the one that led and on the one that followed.
        foreach (HxInstance hx in both)
        {
            await UntilMissingAsync(hx, "/v1/teams", "postgres");
        }

        foreach (HxInstance hx in both)
        {
            await UntilMissingAsync(hx, "/v1/keys", "postgres,redis");
        }

        Assert.All(
            await Task.WhenAll(both.Select(hx => hx.GuardAsync("/v1/vectors"))),
            answer => Assert.Equal(HttpStatusCode.OK, answer.Status)
        );

        await redis.ResumeAsync();
        foreach (HxInstance hx in both)
        {
            await hx.UntilAsync(HttpStatusCode.OK, Fleet.Patience, "/v1/cache");
        }

        foreach (HxInstance hx in both)
        {
            await UntilMissingAsync(hx, "/v1/keys", "postgres");
        }

        await postgres.StartAgainAsync();
        await using Traffic traffic = await Traffic.StartAsync(both, "/v1/all");
        string leader = Fleet.IdOf(await Fleet.LeaderAsync(redis, both));
        // Everyone goes by the records of one.
        await Eventually.TrueAsync(() => both.All(hx => hx.Snapshot.Dependencies.All(d => d.Record!.Source == leader)));
    }

    private static async Task UntilMissingAsync(HxInstance hx, string path, string missing)
    {
        string body = "";
        await Eventually.TrueAsync(
            async () =>
            {
                HxInstance.Answer answer = await hx.GuardAsync(path);
                body = answer.Body;
                return string.Join(',', answer.Json.GetProperty("missing").EnumerateArray().Select(m => m.GetString())) == missing;
            },
            () => $"{path} never missed {missing}: {body}"
        );
    }

    private static Task HangAsync(QdrantSimulator qdrant)
    {
        qdrant.Mode = QdrantMode.Hang;
        return Task.CompletedTask;
    }

    private static Dictionary<string, string?> Variables(PostgresServer postgres, RedisServer redis, QdrantSimulator qdrant) =>
        Fleet.Variables(
            redis.Url,
            ("PG_URL", postgres.Url),
            ("QDRANT_URL", qdrant.Url),
            ("GUARD_ROUTES", string.Join("; ", Routes.Select(r => $"{r.Path}={r.Missing}")))
        );
}
