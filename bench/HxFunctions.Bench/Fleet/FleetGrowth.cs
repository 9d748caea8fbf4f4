using System.Diagnostics;
using System.Globalization;
using HxFunctions.Bench.Report;
using HxFunctions.Bench.Runs;
using HxFunctions.Core.Dependencies;
using HxFunctions.Servers;
using HxFunctions.Tests.Serving;

namespace HxFunctions.Bench.Fleet;

/// <summary>
/// <c>fleet</c>: 1, 10 and 100 instances in one process on one redis-server, in use; then 100 that read more often than they
/// should, and so ask of Redis what more instances would. Counted for so many seconds each; then a dependency goes down and comes back a
/// few times.
/// </summary>
internal static class FleetGrowth
{
    private const int Changes = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static async Task RunAsync(PartRun run)
    {
        TimeSpan span = TimeSpan.FromSeconds(run.Pick(15, 2));
        (int, double)[] fleets = run.IsQuick ? [(1, 0.2), (5, 0.2)] : [(1, 2.0), (10, 2.0), (100, 2.0), (100, 0.5), (100, 0.2), (100, 0.1)];
        MarkdownTable table = new(
            "instances",
            "read interval, s",
            "checks/s",
            "Redis probes/s",
            "Redis scripts/s",
            "Redis, % of a core",
            "script, µs",
            "each instance, % of a core",
            "down: half of the fleet knows after, s",
            "all",
            "up: half knows after, s",
            "all"
        );
        foreach ((int instances, double staleness) in fleets)
        {
            await RowAsync(table, instances, staleness, span);
        }

        run.Add("fleet", table);
        run.Add("redis-limit", await Ceiling.RunAsync(TimeSpan.FromSeconds(run.Pick(5, 1))));
    }

    private static async Task RowAsync(MarkdownTable table, int count, double staleness, TimeSpan span)
    {
        await using RedisServer redis = await RedisServer.StartAsync(new() { Arguments = ["--maxclients", "2000"] });
        SharedCheck check = new();
        Dictionary<string, string?> variables = Variables(redis.Url, staleness);
        List<FleetInstance> fleet = [];
        try
        {
            for (int i = 0; i < count; i++)
            {
                fleet.Add(await FleetInstance.StartAsync(variables, check));
            }

            await UntilAllAsync(fleet, DependencyStatus.Pass);
            await Task.Delay(TimeSpan.FromSeconds(3));

            int checks = check.Count;
            RedisCounters before = await RedisCounters.ReadAsync(redis);
            TimeSpan processor = Environment.CpuUsage.TotalTime;
            long started = Stopwatch.GetTimestamp();
            await Task.Delay(span);
            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            processor = Environment.CpuUsage.TotalTime - processor;
            checks = check.Count - checks;
            RedisCounters counted = (await RedisCounters.ReadAsync(redis)).Since(before);

            List<(double Half, double All)> down = [],
                up = [];
            for (int i = 0; i < Changes; i++)
            {
                // Not in step with the checks.
                await Task.Delay(TimeSpan.FromSeconds((1 + (0.37 * i)) * staleness));
                check.IsDown = true;
                down.Add(await UntilAllAsync(fleet, DependencyStatus.Fail));
                await Task.Delay(TimeSpan.FromSeconds((1 + (0.29 * i)) * staleness));
                check.IsDown = false;
                up.Add(await UntilAllAsync(fleet, DependencyStatus.Pass));
            }

            table.Add(
                count,
                staleness,
                checks / seconds,
                counted.CallsOf("unlink") / seconds,
                counted.CallsOf("eval") / seconds,
                100 * counted.CpuSeconds / seconds,
                counted.ScriptMicroseconds / Math.Max(1, counted.CallsOf("eval")),
                100 * processor.TotalSeconds / seconds / count,
                Numbers.Median(down.Select(d => d.Half)),
                down.Max(d => d.All),
                Numbers.Median(up.Select(u => u.Half)),
                up.Max(u => u.All)
            );
        }
        finally
        {
            await Task.WhenAll(fleet.Select(instance => instance.DisposeAsync().AsTask()));
        }
    }

    internal static Dictionary<string, string?> Variables(string redisUrl, double staleness) =>
        new()
        {
            ["REDIS_URL"] = redisUrl,
            ["GUARD_ROUTES"] = "/v1/keys=redis,local",
            ["GUARD_MAX_STALENESS"] = staleness.ToString(CultureInfo.InvariantCulture),
        };

    /// <returns>Seconds from now until half of the fleet knows, and until all do.</returns>
    private static async Task<(double Half, double All)> UntilAllAsync(List<FleetInstance> fleet, DependencyStatus status)
    {
        long started = Stopwatch.GetTimestamp();
        double half = double.NaN;
        while (true)
        {
            int know = fleet.Count(instance => instance.Status == status);
            double elapsed = Stopwatch.GetElapsedTime(started).TotalSeconds;
            if (double.IsNaN(half) && know * 2 >= fleet.Count)
            {
                half = elapsed;
            }

            if (know == fleet.Count)
            {
                return (half, elapsed);
            }

            if (elapsed > Patience.TotalSeconds)
            {
                throw new TimeoutException($"After {elapsed} s only {know} of {fleet.Count} instances know of {status}.");
            }

            await Task.Delay(5);
        }
    }
}
