using System.Diagnostics;
using System.Globalization;
using System.Net;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Integration;
using HxFunctions.SystemTests.Servers;
using Xunit.Abstractions;

namespace HxFunctions.SystemTests.Faults;

/// <summary>
/// One process (<c>hx serve</c>, so that nothing else of the tests is counted) goes through all network faults with all dependencies at
/// once: threads, handles and memory are afterwards what they were after the first time.
/// </summary>
[Collection(ServersCollection.Name)]
public sealed class FaultLevelTests(PostgresFixture postgres, RedisFixture redis, ITestOutputHelper output)
{
    private static readonly FaultMode[] Modes =
    [
        FaultMode.Refuse,
        FaultMode.Reset,
        FaultMode.Unaccepted,
        FaultMode.Silent,
        FaultMode.Stall,
        FaultMode.Drip,
        FaultMode.Garbage,
    ];

    /// <summary>Less than one for each fault and dependency. The pool's threads come and go.</summary>
    private const int MoreThreads = 12;
    private const int MoreHandles = 8;
    private const long MoreMemory = 48L * 1024 * 1024;

    /// <summary>The pool lets a thread go that had nothing to do for 20 s.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    [Fact]
    public async Task Faults_leave_no_threads_handles_or_memory_behind()
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using FaultProxy toPostgres = FaultProxy.Start(postgres.Server.Port),
            toRedis = FaultProxy.Start(redis.Server.Port),
            toQdrant = FaultProxy.Start(qdrant.Port);
        FaultProxy[] proxies = [toPostgres, toRedis, toQdrant];
        await using HxChild hx = await HxChild.StartAsync(
            new Dictionary<string, string?>
            {
                ["PG_URL"] = postgres.Server.Url.Replace($":{postgres.Server.Port}/", $":{toPostgres.Port}/", StringComparison.Ordinal),
                ["REDIS_URL"] = redis.Server.Url.Replace($":{redis.Server.Port}", $":{toRedis.Port}", StringComparison.Ordinal),
                ["QDRANT_URL"] = $"http://127.0.0.1:{toQdrant.Port}",
                ["GUARD_ROUTES"] = "/v1/keys=postgres,redis,qdrant",
                ["PG_TIMEOUT"] = "0.6",
                ["REDIS_TIMEOUT"] = "0.6",
                ["QDRANT_TIMEOUT"] = "0.6",
                ["HEALTH_CHECK_TIMEOUT"] = "0.8",
                ["HEALTH_CHECK_INTERVAL"] = "1",
                ["GUARD_MAX_STALENESS"] = "0.2",
                ["HEALTH_FALL"] = "1",
                ["HEALTH_RISE"] = "1",
                ["HX_NAMESPACE"] = "levels",
            }
        );

        await RoundAsync(hx, proxies);
        Level before = Level.Of(hx.Id);
        await RoundAsync(hx, proxies);

        long started = Stopwatch.GetTimestamp();
        Level after;
        do
        {
            after = Level.Of(hx.Id);
            if (
                after.Threads <= before.Threads + MoreThreads
                && after.Handles <= before.Handles + MoreHandles
                && after.Memory <= before.Memory + MoreMemory
            )
            {
                break;
            }

            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, $"{after} is more than {before}.");
            await hx.GuardAsync();
            await Task.Delay(500);
        } while (true);

        output.WriteLine($"After one round {before}, after another one {after}.");
    }

    private static async Task RoundAsync(HxChild hx, FaultProxy[] proxies)
    {
        foreach (FaultMode mode in Modes)
        {
            await hx.UntilAsync(HttpStatusCode.OK);
            foreach (FaultProxy proxy in proxies)
            {
                await proxy.SetAsync(mode);
            }

            await hx.UntilAsync(HttpStatusCode.ServiceUnavailable);
            // Some checks more, so that calls that hang meet each other.
            for (int i = 0; i < 10; i++)
            {
                await hx.GuardAsync();
                await Task.Delay(100);
            }

            foreach (FaultProxy proxy in proxies)
            {
                await proxy.SetAsync(FaultMode.Pass);
            }
        }

        await hx.UntilAsync(HttpStatusCode.OK);
    }

    /// <summary>What the kernel counts (proc(5)); memory in bytes.</summary>
    private sealed record Level(int Threads, int Handles, long Memory)
    {
        public static Level Of(int processId)
        {
            Dictionary<string, string> status = File.ReadLines($"/proc/{processId}/status")
                .Select(line => line.Split(':', 2))
                .ToDictionary(p => p[0], p => p[1].Trim());
            return new(
                int.Parse(status["Threads"], CultureInfo.InvariantCulture),
                Directory.GetFileSystemEntries($"/proc/{processId}/fd").Length,
                1024 * long.Parse(status["VmRSS"].Split(' ')[0], CultureInfo.InvariantCulture)
            );
        }
    }
}
