using HxFunctions.Servers;
using HxFunctions.SystemTests.Servers;

namespace HxFunctions.SystemTests.Integration;

/// <summary>A proxy that cuts connections which were idle for two seconds. It cuts a login, too, that stands still for as long: the test
/// runs by itself.</summary>
[Collection(MeasuredCollection.Name)]
public sealed class IdleCuttingProxyTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    /// <summary>360 checks of PostgreSQL, and as many of Redis. Each finds its connection cut, and none of them is a failure.</summary>
    [Fact]
    public async Task Proxy_that_cuts_idle_connections_is_no_outage()
    {
        const int probers = 24,
            checks = 15;
        // On a machine that other programs keep busy, a login has stood still for half a second.
        TimeSpan idle = TimeSpan.FromSeconds(2);
        await using RedisServer server = await RedisServer.StartAsync();
        await using HAProxyServer proxy = await HAProxyServer.StartAsync(fixture.Server.Port, idle);
        await using HAProxyServer redisProxy = await HAProxyServer.StartAsync(server.Port, idle);
        int passed = 0;
        await Task.WhenAll(Enumerable.Range(0, probers).Select(_ => Task.Run(ProbeAsync)));
        Assert.Equal(2 * probers * checks, passed);

        async Task ProbeAsync()
        {
            await using ProbeRig postgres = ProbeRig.Postgres($"postgresql://hx:{fixture.Server.Password}@127.0.0.1:{proxy.Port}/hx");
            await using ProbeRig redis = ProbeRig.Redis($"redis://127.0.0.1:{redisProxy.Port}");
            for (int i = 0; i < checks; i++)
            {
                await Task.WhenAll(postgres.PassesAsync(), redis.PassesAsync());
                Interlocked.Add(ref passed, 2);
                await Task.Delay(idle + TimeSpan.FromMilliseconds(20));
            }
        }
    }
}
