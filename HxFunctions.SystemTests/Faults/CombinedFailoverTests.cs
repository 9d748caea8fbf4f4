using System.Net;
using System.Text;
using System.Text.Json;
using HxFunctions.Core.Snapshots;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Integration;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Faults;

/// <summary>Redis fails over to its replica, which has what was stored: a list of endpoints, and one endpoint behind which the server
/// changes.</summary>
public sealed class CombinedFailoverTests
{
    [Fact]
    public async Task Promoted_replica_of_a_list_of_endpoints_takes_over_with_what_was_stored()
    {
        await using RedisServer master = await RedisServer.StartAsync();
        await using RedisServer replica = await ReplicaOfAsync(master);
        await using HxInstance hx = await StartAsync($"redis://127.0.0.1:{master.Port},127.0.0.1:{replica.Port}");
        await hx.UntilAsync(HttpStatusCode.OK, Fleet.Patience);
        await CloseAsync(hx);
        await UntilHasAsync(replica, Fleet.KeysOf(hx).Override);

        await master.KillAsync();
        await UntilMissingRedisAsync(hx);
        Assert.Equal("OK", await replica.CommandAsync("REPLICAOF", "NO", "ONE"));
        await Eventually.TrueAsync(() => hx.Snapshot.Store == StoreCondition.Usable);
        await IsClosedByOperatorAsync(hx);
        await ClearAsync(hx);
        await hx.UntilAsync(HttpStatusCode.OK, Fleet.Patience);
        Assert.Equal(Fleet.IdOf(hx), await replica.CommandAsync("GET", Fleet.KeysOf(hx).Lease));
    }

    /// <summary>As with a managed Redis: the address stays, and is for a while that of a replica.</summary>
    [Fact]
    public async Task Replica_behind_the_one_endpoint_is_read_only_until_it_is_promoted()
    {
        await using RedisServer master = await RedisServer.StartAsync();
        await using RedisServer replica = await ReplicaOfAsync(master);
        await using FaultProxy address = FaultProxy.Start(master.Port);
        await using HxInstance hx = await StartAsync($"redis://127.0.0.1:{address.Port}");
        await hx.UntilAsync(HttpStatusCode.OK, Fleet.Patience);
        await CloseAsync(hx);
        await UntilHasAsync(replica, Fleet.KeysOf(hx).Override);

        address.Target = replica.Port;
        await address.SetAsync(FaultMode.Pass);
        await UntilMissingRedisAsync(hx, "read_only");
        await IsClosedByOperatorAsync(hx);

        await master.KillAsync();
        Assert.Equal("OK", await replica.CommandAsync("REPLICAOF", "NO", "ONE"));
        await Eventually.TrueAsync(() => hx.Snapshot.Store == StoreCondition.Usable);
        await IsClosedByOperatorAsync(hx);
        await ClearAsync(hx);
        await hx.UntilAsync(HttpStatusCode.OK, Fleet.Patience);
        Assert.Equal(Fleet.IdOf(hx), await replica.CommandAsync("GET", Fleet.KeysOf(hx).Lease));
    }

    private static async Task<RedisServer> ReplicaOfAsync(RedisServer master)
    {
        RedisServer replica = await RedisServer.StartAsync();
        Assert.Equal("OK", await replica.CommandAsync("REPLICAOF", "127.0.0.1", $"{master.Port}"));
        await Eventually.TrueAsync(
            async () => (await replica.CommandAsync("ROLE")).Contains("connected", StringComparison.Ordinal),
            "the replica never connected"
        );
        return replica;
    }

    private static Task UntilHasAsync(RedisServer server, string key) =>
        Eventually.TrueAsync(async () => await server.CommandAsync("EXISTS", key) == "1", $"{key} never came");

    /// <summary>The override hides the verdict, and shows beside it what is missing.</summary>
    private static async Task UntilMissingRedisAsync(HxInstance hx, string? reason = null)
    {
        string body = "";
        await Eventually.TrueAsync(
            async () =>
            {
                HxInstance.Answer answer = await hx.GuardAsync();
                body = answer.Body;
                return answer.Json.TryGetProperty("reasons", out JsonElement reasons)
                    && reasons.TryGetProperty("redis", out JsonElement found)
                    && (reason is null || found.GetString() == reason);
            },
            () => body
        );
    }

    private static async Task IsClosedByOperatorAsync(HxInstance hx)
    {
        HxInstance.Answer answer = await hx.GuardAsync();
        Assert.Equal("urn:hxfunctions:problem:closed-by-operator", answer.Json.GetProperty("type").GetString());
    }

    private static async Task CloseAsync(HxInstance hx)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "override");
        request.Content = new StringContent(
            """{"verdict":"closed","durationSeconds":600,"reason":"maintenance","by":"ops"}""",
            Encoding.UTF8,
            "application/json"
        );
        Assert.Equal(HttpStatusCode.OK, (await hx.SendAsync(request)).Status);
    }

    private static async Task ClearAsync(HxInstance hx) =>
        Assert.Equal(HttpStatusCode.OK, (await hx.GetAsync("override", HttpMethod.Delete)).Status);

    private static Task<HxInstance> StartAsync(string redisUrl) =>
        HxInstance.StartAsync(Fleet.Variables(redisUrl), new SharedCheck().AddTo);
}
