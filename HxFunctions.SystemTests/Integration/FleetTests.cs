using System.Diagnostics;
using System.Net;
using System.Text.Json;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Servers;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Integration;

/// <summary>Several instances in one process on one Redis: one snapshot, one who checks, and what becomes of both when Redis
/// fails.</summary>
[Collection(MeasuredCollection.Name)]
public sealed class FleetTests
{
    [Fact]
    public async Task Fleet_in_use_checks_once_per_staleness_altogether()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        SharedCheck check = new();
        await using HxInstance a = await StartAsync(redis, check),
            b = await StartAsync(redis, check),
            c = await StartAsync(redis, check);
        await using Traffic traffic = await Traffic.StartAsync([a, b, c]);
        int checks = await check.CountDuringAsync(TimeSpan.FromSeconds(6));

        // 20 by the guard's pace; the timers may add one each in passing, and a busy machine leaves some out.
        Assert.InRange(checks, 14, 23);
        traffic.AssertOpenAndQuick(Fleet.WithoutWaiting);
        Assert.All(new[] { a, b, c }, i => Assert.Equal(Fleet.IdOf(Leader(a, b, c)), i.Snapshot.Dependencies[1].Record!.Source));
        Assert.All(
            (await redis.CommandAsync("KEYS", "*")).Split('\n'),
            key => Assert.StartsWith("{hx}:v1:", key, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Instances_agree_within_a_staleness()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        SharedCheck check = new();
        await using HxInstance a = await StartAsync(redis, check),
            b = await StartAsync(redis, check);
        foreach (bool down in new[] { true, false })
        {
            await using Traffic traffic = await Traffic.StartAsync([a, b], down ? "/v1/teams" : "/v1/cache");
            check.IsDown = down;
            HttpStatusCode expected = down ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK;
            long changed = Stopwatch.GetTimestamp();
            TimeSpan[] seen = await Task.WhenAll(
                new[] { a, b }.Select(async i =>
                {
                    await i.UntilAsync(expected, Fleet.Patience, "/v1/teams");
                    return Stopwatch.GetElapsedTime(changed);
                })
            );
            // The bounds that hx prints: staleness and a confirmation until the leader knows; staleness until the other has read it.
            TimeSpan known = down ? Fleet.Staleness + TimeSpan.FromSeconds(0.5) : 2 * Fleet.Staleness;
            Assert.InRange(seen.Max(), TimeSpan.Zero, known + Fleet.Staleness + Fleet.Slack);
            Assert.InRange(seen.Max() - seen.Min(), TimeSpan.Zero, Fleet.Staleness + Fleet.Slack);
            JsonElement[] answers = [.. await Task.WhenAll(new[] { a, b }.Select(async i => (await i.GuardAsync("/v1/teams")).Json))];
            Assert.All(answers, j => Assert.Equal(down ? "closed" : "open", j.GetProperty("verdict").GetString()));
        }
    }

    [Fact]
    public async Task Flushed_Redis_changes_no_verdict_and_is_filled_again()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        SharedCheck check = new();
        await using HxInstance a = await StartAsync(redis, check),
            b = await StartAsync(redis, check);
        await using Traffic traffic = await Traffic.StartAsync([a, b], "/v1/keys");
        for (int i = 0; i < 3; i++)
        {
            await redis.CommandAsync("FLUSHALL");
            long flushed = Stopwatch.GetTimestamp();
            await Eventually.TrueAsync(
                async () => await redis.CommandAsync("HLEN", Fleet.KeysOf(a).Snapshot) == "2",
                "the records never came back"
            );
            Assert.InRange(Stopwatch.GetElapsedTime(flushed), TimeSpan.Zero, Fleet.Staleness + Fleet.Slack);
            await Task.Delay(Fleet.Staleness);
        }

        traffic.AssertOpenAndQuick(Fleet.WithoutWaiting);
        await using HxInstance late = await StartAsync(redis, new SharedCheck { IsDown = true });
        Assert.Equal(HttpStatusCode.OK, (await late.GuardAsync()).Status);
    }

    [Fact]
    public async Task Redis_replaced_by_an_empty_one_is_filled_again_and_only_its_own_routes_close()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        SharedCheck check = new();
        await using HxInstance a = await StartAsync(redis, check),
            b = await StartAsync(redis, check);
        await using Traffic traffic = await Traffic.StartAsync([a, b]);
        await a.UntilAsync(HttpStatusCode.OK, Fleet.Patience);

        await redis.KillAsync();
        (TimeSpan closed, _) = await a.UntilAsync(HttpStatusCode.ServiceUnavailable, Fleet.Patience);
        Assert.InRange(closed, TimeSpan.Zero, Fleet.Staleness + TimeSpan.FromSeconds(0.5) + Fleet.Slack);
        await b.UntilAsync(HttpStatusCode.ServiceUnavailable, Fleet.Patience);
        await redis.StartAgainAsync();
        // The client tries to connect every half second; two passes then reopen.
        foreach (HxInstance instance in new[] { a, b })
        {
            (TimeSpan reopened, _) = await instance.UntilAsync(HttpStatusCode.OK, Fleet.Patience);
            Assert.InRange(reopened, TimeSpan.Zero, TimeSpan.FromSeconds(3));
        }

        Assert.Equal("2", await redis.CommandAsync("HLEN", Fleet.KeysOf(a).Snapshot));
        traffic.AssertOpenAndQuick(Fleet.WithoutWaiting);
        Assert.InRange(await check.CountDuringAsync(TimeSpan.FromSeconds(3)), 7, 13);
    }

    [Fact]
    public async Task Redis_that_becomes_a_replica_closes_its_routes_until_it_takes_writes_again()
    {
        await using RedisServer redis = await RedisServer.StartAsync(),
            master = await RedisServer.StartAsync();
        SharedCheck check = new();
        await using HxInstance a = await StartAsync(redis, check),
            b = await StartAsync(redis, check);
        await using Traffic traffic = await Traffic.StartAsync([a, b]);
        foreach (HxInstance instance in new[] { a, b })
        {
            await instance.UntilAsync(HttpStatusCode.OK, Fleet.Patience);
        }

        Assert.Equal("OK", await redis.CommandAsync("REPLICAOF", "127.0.0.1", $"{master.Port}"));
        foreach (HxInstance instance in new[] { a, b })
        {
            (TimeSpan closed, _) = await instance.UntilAsync(HttpStatusCode.ServiceUnavailable, Fleet.Patience);
            Assert.InRange(closed, TimeSpan.Zero, Fleet.Staleness + Fleet.Staleness + TimeSpan.FromSeconds(0.5) + Fleet.Slack);
            JsonElement answer = (await instance.GuardAsync()).Json;
            Assert.Equal("read_only", answer.GetProperty("reasons").GetProperty("redis").GetString());
        }

        Assert.Equal("OK", await redis.CommandAsync("REPLICAOF", "NO", "ONE"));
        foreach (HxInstance instance in new[] { a, b })
        {
            (TimeSpan reopened, _) = await instance.UntilAsync(HttpStatusCode.OK, TimeSpan.FromSeconds(90));
            Assert.InRange(reopened, TimeSpan.Zero, TimeSpan.FromSeconds(0.5) + (2 * Fleet.Staleness) + Fleet.Slack);
        }

        traffic.AssertOpenAndQuick(Fleet.WithoutWaiting);
    }

    private static HxInstance Leader(params HxInstance[] fleet) =>
        fleet.Single(i => Fleet.IdOf(i) == fleet[0].Snapshot.Dependencies[1].Record!.Source);

    private static Task<HxInstance> StartAsync(RedisServer redis, SharedCheck check) =>
        HxInstance.StartAsync(Fleet.Variables(redis.Url), check.AddTo);
}
