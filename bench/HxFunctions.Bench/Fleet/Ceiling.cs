using System.Diagnostics;
using HxFunctions.Bench.Report;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Snapshots;
using HxFunctions.Servers;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace HxFunctions.Bench.Fleet;

/// <summary>Where one redis-server ends: the script by which an instance reads, one after the other on several connections, without a
/// pause.</summary>
internal static class Ceiling
{
    private const int Connections = 8;
    private const int AtOnce = 8;

    public static async Task<MarkdownTable> RunAsync(TimeSpan span)
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        SharedCheck check = new();
        Dictionary<string, string?> variables = FleetGrowth.Variables(redis.Url, staleness: 2);
        await using FleetInstance writer = await FleetInstance.StartAsync(variables, check);
        await Task.Delay(TimeSpan.FromSeconds(1));

        List<ServiceProvider> readers = [];
        for (int i = 0; i < Connections; i++)
        {
            readers.Add(Reader(variables, check));
        }

        RedisCounters before = await RedisCounters.ReadAsync(redis);
        long started = Stopwatch.GetTimestamp();
        int[] unanswered = await Task.WhenAll(
            readers.SelectMany(r => Enumerable.Range(0, AtOnce).Select(_ => Task.Run(() => ReadAsync(r, started, span))))
        );
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        RedisCounters counted = (await RedisCounters.ReadAsync(redis)).Since(before);
        foreach (ServiceProvider reader in readers)
        {
            await reader.DisposeAsync();
        }

        MarkdownTable table = new(
            "maximum reads/s, client and server on this machine",
            "Redis, % of a core",
            "script, µs",
            "CPU time of Redis per read, µs",
            "without a reply"
        );
        table.Add(
            counted.CallsOf("eval") / seconds,
            100 * counted.CpuSeconds / seconds,
            counted.ScriptMicroseconds / counted.CallsOf("eval"),
            1e6 * counted.CpuSeconds / counted.CallsOf("eval"),
            unanswered.Sum()
        );
        return table;
    }

    private static ServiceProvider Reader(Dictionary<string, string?> variables, SharedCheck check)
    {
        IConfiguration configuration = new ConfigurationBuilder().AddInMemoryCollection(variables).Build();
        IServiceCollection services = new ServiceCollection().AddLogging().AddHxFunctions(configuration);
        check.AddTo(services);
        return services.BuildServiceProvider();
    }

    /// <returns>How many reads got no answer.</returns>
    private static async Task<int> ReadAsync(ServiceProvider reader, long started, TimeSpan span)
    {
        SnapshotStore store = reader.GetRequiredService<SnapshotStore>();
        int unanswered = 0;
        while (Stopwatch.GetElapsedTime(started) < span)
        {
            if (await store.SyncAsync(wantLease: true, remembered: null) is null)
            {
                unanswered++;
            }
        }

        return unanswered;
    }
}
