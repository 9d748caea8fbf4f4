using HxFunctions.Core.Snapshots;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Servers;

namespace HxFunctions.SystemTests.Integration;

/// <summary>What a read that doesn't ask for the lease tells of a Redis that refuses writes. Servers of its own: others would be disturbed.
/// </summary>
[Collection(MeasuredCollection.Name)]
public sealed class StoreScriptRefusalTests
{
    [Theory]
    [InlineData("CONFIG", "SET", "maxmemory", "1")]
    [InlineData("CONFIG", "SET", "min-replicas-to-write", "1")]
    [InlineData("REPLICAOF", "127.0.0.1", "1")]
    public async Task Read_that_does_not_ask_for_the_lease_tells_that_writes_are_refused(params string[] refuse)
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using StoreRig rig = await StoreRig.CreateAsync(server.Url, "hx");
        Assert.True((await rig.WriteAsync(rig.Record(), null)).Written);
        Assert.Equal(LeaseAnswer.NotAsked, (await rig.ReadAsync()).Lease);

        Assert.Equal("OK", await server.CommandAsync(refuse));

        StoreReading reading = await rig.ReadAsync();
        Assert.Equal(LeaseAnswer.Denied, reading.Lease);
        Assert.NotNull(reading.Records[rig.Dependency.Index]);
    }

    /// <summary>Others may be allowed what this one isn't: the probe tells.</summary>
    [Fact]
    public async Task Read_that_may_not_note_who_runs_is_no_refusal_of_writes()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using StoreRig rig = await StoreRig.CreateAsync(server.Url, "hx");

        Assert.Equal("OK", await server.CommandAsync("ACL", "SETUSER", "default", "-zadd"));

        Assert.Equal(LeaseAnswer.NotAsked, (await rig.ReadAsync()).Lease);
        Assert.Equal(LeaseAnswer.Mine, (await rig.ReadAsync(wantLease: true)).Lease);
    }
}
