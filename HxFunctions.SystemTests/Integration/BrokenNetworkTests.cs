using HxFunctions.Core.Dependencies;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Servers;

namespace HxFunctions.SystemTests.Integration;

/// <summary>What the probes say when the network between them and healthy servers breaks, with connections cut and with connections
/// kept.</summary>
[Collection(ServersCollection.Name)]
public sealed class BrokenNetworkTests(PostgresFixture postgres, RedisFixture redis)
{
    /// <summary>The fault, whether open connections live on in it, and the reasons that are right for it.</summary>
    public static TheoryData<string, bool, string[]> Faults =>
        new()
        {
            { nameof(FaultMode.Refuse), false, [Reasons.ConnectionRefused] },
            { nameof(FaultMode.Reset), false, [Reasons.ConnectionReset] },
            { nameof(FaultMode.Reset), true, [Reasons.ConnectionReset] },
            { nameof(FaultMode.Silent), false, [Reasons.Timeout] },
            { nameof(FaultMode.Silent), true, [Reasons.Timeout] },
            { nameof(FaultMode.Stall), false, [Reasons.Timeout] },
            { nameof(FaultMode.Drip), false, [Reasons.Timeout] },
            { nameof(FaultMode.Garbage), false, [Reasons.UnexpectedResponse] },
            { nameof(FaultMode.Garbage), true, [Reasons.UnexpectedResponse] },
        };

    [Theory]
    [MemberData(nameof(Faults))]
    public Task Postgres_behind_a_broken_network_has_the_reason_and_recovers(string fault, bool keepConnections, string[] reasons) =>
        BreakAsync(
            postgres.Server.Port,
            proxy => ProbeRig.Postgres($"postgresql://hx:{postgres.Server.Password}@127.0.0.1:{proxy.Port}/hx", TimeoutFor(fault)),
            fault,
            keepConnections,
            reasons
        );

    [Theory]
    [MemberData(nameof(Faults))]
    public Task Redis_behind_a_broken_network_has_the_reason_and_recovers(string fault, bool keepConnections, string[] reasons) =>
        BreakAsync(
            redis.Server.Port,
            proxy =>
                ProbeRig.Redis(
                    redis.Server.Url.Replace($":{redis.Server.Port}", $":{proxy.Port}", StringComparison.Ordinal),
                    TimeoutFor(fault)
                ),
            fault,
            keepConnections,
            reasons
        );

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Qdrant_behind_a_broken_network_has_the_reason_and_recovers(string fault, bool keepConnections, string[] reasons)
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        // Garbage has no line break: to a reader of HTTP it is a line that goes on.
        if (fault == nameof(FaultMode.Garbage))
        {
            reasons = [Reasons.Timeout];
        }

        double timeout = reasons is [Reasons.Timeout] ? ProbeRig.Short : ProbeRig.Ample;
        await BreakAsync(
            qdrant.Port,
            proxy => ProbeRig.Qdrant($"http://127.0.0.1:{proxy.Port}", timeout: timeout),
            fault,
            keepConnections,
            reasons
        );
    }

    private static async Task BreakAsync(int port, Func<FaultProxy, ProbeRig> open, string fault, bool keepConnections, string[] reasons)
    {
        await using FaultProxy proxy = FaultProxy.Start(port);
        proxy.StallAfter = 3;
        proxy.DripDelay = TimeSpan.FromMilliseconds(200);
        await using ProbeRig used = open(proxy);
        await used.RecoversAsync();

        await proxy.SetAsync(Enum.Parse<FaultMode>(fault), keepConnections);
        // Who was connected may first find that connection cut.
        await used.FailsAsync(keepConnections ? reasons : [.. reasons, Reasons.ConnectionReset, Reasons.ConnectionRefused]);
        await used.FailsAsync([.. reasons, Reasons.StillRunning, Reasons.ConnectionReset]);
        await using ProbeRig fresh = open(proxy);
        await fresh.FailsAsync(reasons);

        await proxy.SetAsync(FaultMode.Pass);
        await Task.WhenAll(used.RecoversAsync(), fresh.RecoversAsync());
    }

    private static double TimeoutFor(string fault) =>
        fault is nameof(FaultMode.Silent) or nameof(FaultMode.Stall) or nameof(FaultMode.Drip) ? ProbeRig.Short : ProbeRig.Ample;
}
