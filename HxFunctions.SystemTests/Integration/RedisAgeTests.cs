using System.Diagnostics;
using System.Net;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Servers;
using HxFunctions.Tests.Servers;

namespace HxFunctions.SystemTests.Integration;

/// <summary>How long a connection lives, and what becomes of one that was cut while nobody used it.</summary>
[Collection(MeasuredCollection.Name)]
public sealed class RedisAgeTests
{
    private const string IntervalSeconds = "10";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>When a connection is closed at the latest, and a second more: CLIENT LIST says the difference of two times in whole
    /// seconds, and a busy machine takes its time.</summary>
    private static readonly TimeSpan Longest = (1.1 * Interval) + TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Connection_is_replaced_before_it_is_an_interval_old_and_closed_after()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using ProbeRig rig = ProbeRig.Redis(server.Url, timeout: 1, interval: IntervalSeconds);
        List<int> counts = [];
        HashSet<string> seen = [];
        int oldest = 0;
        for (long since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < 3 * Interval; await Task.Delay(200))
        {
            await rig.PassesAsync();
            string[] ours = [.. (await server.CommandAsync("CLIENT", "LIST")).Split('\n').Where(c => c.Contains("name=hx"))];
            counts.Add(ours.Length);
            seen.UnionWith(ours.Select(c => c.Split(' ')[0]));
            oldest = Math.Max(oldest, ours.Max(c => int.Parse(c.Split(" age=")[1].Split(' ')[0], null)));
        }

        Assert.True(oldest <= Longest.TotalSeconds, $"A connection was {oldest} s old.");
        Assert.InRange(seen.Count, 3, 5);
        // There is one at any time; two while the one before has calls to end; three when meanwhile a slow machine takes longer than a
        // third of the deadline to answer on the new one, so that a fresh one is asked.
        Assert.All(counts, count => Assert.InRange(count, 1, 3));
        Assert.True(counts.Count(count => count == 3) < counts.Count / 4, string.Join(' ', counts));
    }

    /// <summary>The old server is alive and takes writes: nothing but age leads away from it.</summary>
    [Fact]
    public async Task Name_that_moves_to_another_address_is_followed_within_an_interval()
    {
        await using RedisServer before = await RedisServer.StartAsync();
        await using RedisServer after = await RedisServer.StartAsync();
        await using FaultProxy address = FaultProxy.Start(after.Port, IPAddress.Parse("127.0.0.2"), before.Port);
        using ThrowAwayDirectory directory = new("hx-hosts-");
        string hosts = Path.Combine(directory.Path, "hosts");
        await File.WriteAllTextAsync(hosts, "127.0.0.1 localhost cache.test\n");
        await using HxChild hx = await HxChild.StartAsync(
            new Dictionary<string, string?>
            {
                ["REDIS_URL"] = $"redis://cache.test:{before.Port}",
                ["GUARD_ROUTES"] = "/v1/keys=redis",
                ["HEALTH_CHECK_INTERVAL"] = IntervalSeconds,
                ["HEALTH_CHECK_TIMEOUT"] = "4",
            },
            hosts
        );
        await hx.UntilAsync(HttpStatusCode.OK);
        Assert.NotEqual(0, await OursAsync(before));

        await File.WriteAllTextAsync(hosts, "127.0.0.1 localhost\n127.0.0.2 cache.test\n");
        long moved = Stopwatch.GetTimestamp();
        while (await OursAsync(before) > 0)
        {
            Assert.True(Stopwatch.GetElapsedTime(moved) < Longest, "It still holds a connection to the server from before.");
            Assert.Equal(HttpStatusCode.OK, await hx.GuardAsync());
            await Task.Delay(50);
        }

        // Both the probe and the store.
        await Eventually.TrueAsync(async () =>
            (await after.CommandAsync("KEYS", "*")).Split('\n').Count(key => key.EndsWith(":probe")) == 1
        );
        await Eventually.TrueAsync(async () =>
            (await after.CommandAsync("KEYS", "*")).Split('\n').Count(key => key.EndsWith(":lease")) == 1
        );
        Assert.Equal(HttpStatusCode.OK, await hx.GuardAsync());
    }

    private static async Task<int> OursAsync(RedisServer server) =>
        (await server.CommandAsync("CLIENT", "LIST")).Split('\n').Count(client => client.Contains("name=hx"));

    [Fact]
    public async Task Connections_that_a_proxy_cuts_when_idle_fail_neither_probe_nor_store()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using FaultProxy proxy = FaultProxy.Start(server.Port);
        await using ProbeRig rig = ProbeRig.Redis($"redis://127.0.0.1:{proxy.Port}");
        await using StoreRig store = await StoreRig.CreateAsync($"redis://127.0.0.1:{proxy.Port}", "idle");
        foreach (FaultMode end in new[] { FaultMode.Pass, FaultMode.Reset, FaultMode.Pass, FaultMode.Reset })
        {
            await rig.PassesAsync();
            Assert.NotNull(await store.Store.SyncAsync(wantLease: true, null));
            await proxy.SetAsync(end);
            await proxy.SetAsync(FaultMode.Pass, keepConnections: true);
            await rig.PassesAsync();
            Assert.NotNull(await store.Store.SyncAsync(wantLease: true, null));
        }
    }

    /// <summary>As behind a firewall that forgets idle connections: nothing comes back any more.</summary>
    [Fact]
    public async Task Connection_whose_packets_are_dropped_does_not_fail_the_probe()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using FaultProxy proxy = FaultProxy.Start(server.Port);
        await using ProbeRig rig = ProbeRig.Redis($"redis://127.0.0.1:{proxy.Port}");
        await rig.PassesAsync();
        int accepted = proxy.Accepted;

        proxy.ForgetConnections();
        await rig.PassesAsync();

        Assert.Contains(rig.Steps, step => step.What == "ask on the open connection");
        Assert.True(proxy.Accepted > accepted);
        await rig.PassesAsync();
    }

    [Fact]
    public async Task Endpoint_that_hangs_beside_one_that_works_fails_nothing()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        using BacklogHole hole = await BacklogHole.OpenAsync();
        foreach (
            string hosts in new[] { $"127.0.0.1:{hole.Port},127.0.0.1:{server.Port}", $"127.0.0.1:{server.Port},127.0.0.1:{hole.Port}" }
        )
        {
            await using ProbeRig rig = ProbeRig.Redis($"redis://{hosts}", timeout: 1);
            await rig.PassesAsync();
            await rig.PassesAsync();
            await using ProbeRig keywords = ProbeRig.Redis(hosts, timeout: 1);
            await keywords.PassesAsync();
        }
    }
}
