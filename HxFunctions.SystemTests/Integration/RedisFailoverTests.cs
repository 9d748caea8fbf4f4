using HxFunctions.Core.Dependencies;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Servers;
using HxFunctions.Tests.Servers;

namespace HxFunctions.SystemTests.Integration;

/// <summary>Real sentinels and a real cluster, whose master is killed, moved or emptied.</summary>
[Collection(MeasuredCollection.Name)]
public sealed class RedisFailoverTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("of-the-sentinels")]
    public async Task Sentinels_lead_to_the_master_through_failovers(string? sentinelPassword)
    {
        const string password = "of-the-master";
        RedisServerOptions options = new()
        {
            Password = password,
            Arguments = ["--masterauth", password, "--repl-diskless-sync-delay", "0"],
        };
        await using RedisServer first = await RedisServer.StartAsync(options);
        await using RedisServer second = await RedisServer.StartAsync(
            options with
            {
                Arguments = [.. options.Arguments, "--replicaof", "127.0.0.1", $"{first.Port}"],
            }
        );
        await using RedisSentinelGroup sentinels = await RedisSentinelGroup.StartAsync(first, replicas: 1, password, sentinelPassword);
        string login = sentinelPassword is null ? "" : $"?sentinel_password={sentinelPassword}";
        string url = $"redis+sentinel://:{password}@{sentinels.Hosts}/{RedisSentinelGroup.Service}/0{login}";
        await using ProbeRig rig = ProbeRig.Redis(url);
        await using StoreRig store = await StoreRig.CreateAsync(url, "sentinel");
        string keywords = $"{sentinels.Hosts},serviceName={RedisSentinelGroup.Service},password={password}";
        await using ProbeRig other = ProbeRig.Redis(
            sentinelPassword is null ? keywords : $"{keywords},sentinelPassword={sentinelPassword}"
        );
        await Task.WhenAll(rig.PassesAsync(), other.PassesAsync());

        await first.KillAsync();
        await Task.WhenAll(rig.RecoversAsync(), other.RecoversAsync());
        await Eventually.TrueAsync(async () => await store.Store.SyncAsync(wantLease: true, null) is not null);
        Assert.Equal(second.Port, await sentinels.MasterPortAsync());
        Assert.Equal("1", await second.CommandAsync("EXISTS", store.Keys.Lease));

        // As its configuration file would have it, which sentinels rewrite; they would take some ten seconds to tell it.
        await first.StartAgainAsync(["--replicaof", "127.0.0.1", $"{second.Port}"]);
        await Eventually.TrueAsync(async () => (await first.CommandAsync("INFO", "replication")).Contains("master_link_status:up"));
        await sentinels.KillAsync(2);
        await Eventually.TrueAsync(async () => await sentinels.FailOverAsync() == "OK");
        await Eventually.TrueAsync(async () => await sentinels.MasterPortAsync() == first.Port);
        await Task.WhenAll(rig.RecoversAsync(), other.RecoversAsync());
        await Eventually.TrueAsync(async () => await first.CommandAsync("EXISTS", store.Keys.Probe) == "1");
    }

    [Fact]
    public async Task Service_that_no_sentinel_knows_is_named()
    {
        await using RedisServer master = await RedisServer.StartAsync();
        await using RedisSentinelGroup sentinels = await RedisSentinelGroup.StartAsync(master, replicas: 0);
        await using ProbeRig rig = ProbeRig.Redis($"redis+sentinel://{sentinels.Hosts}/another");

        Assert.Equal("no such service", await rig.DetailAsync(DependencyStatus.Fail, Reasons.DatabaseMissing));

        await using ProbeRig nobody = ProbeRig.Redis($"redis+sentinel://127.0.0.1:{FreePort.Next()}/another");
        await nobody.FailsAsync(Reasons.ConnectionRefused);
    }

    [Fact]
    public async Task Cluster_passes_while_a_slot_moves_and_after_its_master_is_killed()
    {
        await using RedisCluster cluster = await RedisCluster.StartAsync();
        string url = $"redis://{cluster.Hosts}";
        await using ProbeRig rig = ProbeRig.Redis(url);
        await using StoreRig store = await StoreRig.CreateAsync(url, "hx");
        await rig.PassesAsync();
        int slot = await cluster.SlotOfAsync(store.Keys.Probe);
        Assert.Equal(slot, await cluster.SlotOfAsync(store.Keys.Override));
        Assert.Equal(slot, await cluster.SlotOfAsync(store.Keys.Quarters("redis")));

        RedisServer from = await cluster.MasterOfAsync(slot, cluster.Servers[0]);
        RedisServer to = cluster.Servers.Take(3).First(server => server != from);
        string source = await RedisCluster.NameOfAsync(from),
            target = await RedisCluster.NameOfAsync(to);
        Assert.Equal("OK", await to.CommandAsync("CLUSTER", "SETSLOT", $"{slot}", "IMPORTING", source));
        Assert.Equal("OK", await from.CommandAsync("CLUSTER", "SETSLOT", $"{slot}", "MIGRATING", target));
        for (int i = 0; i < 5; i++)
        {
            await rig.PassesAsync();
            await using ProbeRig fresh = ProbeRig.Redis(url);
            await fresh.PassesAsync();
        }

        string[] keys = (await from.CommandAsync("CLUSTER", "GETKEYSINSLOT", $"{slot}", "100")).Split('\n');
        await from.CommandAsync(["MIGRATE", "127.0.0.1", $"{to.Port}", "", "0", "5000", "KEYS", .. keys]);
        await rig.PassesAsync();
        foreach (RedisServer server in (RedisServer[])[to, from])
        {
            Assert.Equal("OK", await server.CommandAsync("CLUSTER", "SETSLOT", $"{slot}", "NODE", target));
        }

        await rig.PassesAsync();
        Assert.NotNull(await store.Store.SyncAsync(wantLease: true, null));

        // A replica that has not heard of the move yet would not be voted for.
        foreach (RedisServer server in cluster.Servers)
        {
            await Eventually.TrueAsync(async () => await cluster.MasterOfAsync(slot, server) == to);
        }

        await to.KillAsync();
        await rig.RecoversAsync();
        await Eventually.TrueAsync(async () => await store.Store.SyncAsync(wantLease: true, null) is not null);
        Assert.NotEqual(to.Port, (await cluster.MasterOfAsync(slot, from)).Port);
    }
}
