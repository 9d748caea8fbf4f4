using System.Diagnostics;
using System.Globalization;
using System.Net;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Routing;
using HxFunctions.Core.Snapshots;
using HxFunctions.SystemTests.Integration;
using HxFunctions.SystemTests.Servers;
using Microsoft.Extensions.Configuration;
using Xunit.Abstractions;

namespace HxFunctions.SystemTests.Soak;

/// <summary>
/// One instance without others, killed (SIGKILL) and started again every few seconds under a steady load, while PostgreSQL and Qdrant fail
/// at random. Redis is well: it is what keeps the knowledge, so that a restart neither opens nor closes anything (docs/operations.md).
/// </summary>
/// <remarks>Lasts a quarter of <c>HX_SOAK_MINUTES</c>; <c>HX_SOAK_SEED</c> repeats the faults of another run.</remarks>
[Collection(MeasuredCollection.Name)]
public sealed class RestartSoakTests(ITestOutputHelper output)
{
    private const double RequestsPerSecond = 200;

    /// <summary>What a busy machine may add to any bound.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(2);

    private double _awaySince = double.PositiveInfinity;
    private double _awayUntil = double.NegativeInfinity;
    private double _longestAway;
    private int _restarts;

    [Fact]
    public async Task Single_instance_that_is_killed_and_started_again_neither_opens_nor_closes_anything()
    {
        TimeSpan lasts = TimeSpan.FromMinutes(SoakTests.Setting("HX_SOAK_MINUTES", 2) / 4);
        int seed = (int)SoakTests.Setting("HX_SOAK_SEED", Random.Shared.Next(1_000_000));
        long started = Stopwatch.GetTimestamp();
        double Now() => Stopwatch.GetElapsedTime(started).TotalSeconds;

        await using SoakServers servers = await SoakServers.StartAsync();
        HxSettings settings = HxSettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(servers.Variables).Build());
        SoakBounds bounds = SoakBounds.From(settings, Margin);
        double takeover = DetectionBounds.From(settings).Takeover.TotalSeconds;
        // A change that falls into a restart is found by the new process, when the lease of the one that was killed is over.
        SoakBounds BoundsNow() => bounds with { OtherInstances = takeover + LongestAway(Now()) };
        HxChild child = await HxChild.StartAsync(servers.Variables);
        try
        {
            await child.UntilAsync(HttpStatusCode.OK);
            using SoakLoad load = new(
                [child.Address],
                connections: 4,
                new(BoundsNow, servers.Truths),
                Now,
                isAway: sent => sent <= Volatile.Read(ref _awayUntil)
            );
            SoakFault[] befalling = [.. SoakFault.All(servers, bounds).Where(f => f.Dependency != DependencyName.Redis)];
            SoakFaults faults = new(befalling, servers, bounds, Now, seed);
            List<string> log = [];
            Random random = new(seed);
            using CancellationTokenSource enough = new(lasts),
                end = new();
            Task asking = load.RunAsync(RequestsPerSecond, end.Token);
            Task failing = faults.RunAsync(enough.Token);
            while (!failing.IsCompleted)
            {
                // Twice as long at most as what the lease of the one before may last.
                await Task.Delay(TimeSpan.FromSeconds(4 + (4 * random.NextDouble())));
                child = await RestartAsync(child, servers.Variables, Now, log);
            }

            await failing;
            await Task.Delay(TimeSpan.FromSeconds(bounds.Reopened + BoundsNow().OtherInstances + bounds.Margin));
            await end.CancelAsync();
            await asking;

            string summary = string.Create(
                CultureInfo.InvariantCulture,
                $"Seed {seed}: {_restarts} restarts, {faults.Count} faults, {load.Latencies.Count} answers, {load.Closed} closed, "
                    + $"{load.Exact} with one right answer, {load.WrongCount} wrong, {load.Errors} errors."
            );
            output.WriteLine(summary);
            string story = $"{summary}\n{string.Join('\n', load.Wrong)}\n{string.Join('\n', faults.Log.Concat(log).Order())}";
            Assert.True(load.WrongCount == 0 && load.Errors == 0, story);
            Assert.True(_restarts >= 3 && load.Exact > load.Latencies.Count * 0.3, story);
        }
        finally
        {
            await child.DisposeAsync();
        }
    }

    /// <summary>For how long the instance was away at most, in seconds; the restart under way counts, too.</summary>
    private double LongestAway(double now) => Math.Max(now - Volatile.Read(ref _awaySince), Volatile.Read(ref _longestAway));

    private async Task<HxChild> RestartAsync(HxChild child, Dictionary<string, string?> variables, Func<double> now, List<string> log)
    {
        double begun = now();
        Volatile.Write(ref _awaySince, begun);
        Volatile.Write(ref _awayUntil, double.PositiveInfinity);
        int port = child.Address.Port;
        await child.DisposeAsync();
        HxChild next = await HxChild.StartAsync(variables, port: port);
        double listening = now();
        Volatile.Write(ref _longestAway, Math.Max(_longestAway, listening - begun));
        Volatile.Write(ref _awaySince, double.PositiveInfinity);
        Volatile.Write(ref _awayUntil, listening);
        log.Add(string.Create(CultureInfo.InvariantCulture, $"{begun:0.00}-{listening:0.00} the instance killed and started again"));
        _restarts++;
        return next;
    }
}
