using System.Diagnostics;
using System.Globalization;
using System.Net;
using HxFunctions.Core.Configuration;
using HxFunctions.SystemTests.Integration;
using HxFunctions.SystemTests.Servers;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace HxFunctions.SystemTests.Soak;

/// <summary>
/// Two instances, one of them a process of its own, under a steady load while PostgreSQL, Redis and Qdrant fail at random: no wrong
/// verdict, no error, and nothing that grows.
/// </summary>
/// <remarks><c>HX_SOAK_MINUTES</c> sets how long, 2 by default; <c>HX_SOAK_SEED</c> repeats the faults of another run.</remarks>
[Collection(MeasuredCollection.Name)]
public sealed class SoakTests(ITestOutputHelper output)
{
    private const double RequestsPerSecond = 500;
    private static readonly TimeSpan SlowestAnswer = TimeSpan.FromSeconds(2);

    /// <summary>What a busy machine may add to any bound.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(2);

    /// <summary>The guard's routes must be judged exactly often enough for the run to say something.</summary>
    private const double MinExact = 0.3;

    [Fact]
    public async Task Verdicts_are_true_and_nothing_grows_while_everything_fails_at_random()
    {
        TimeSpan lasts = TimeSpan.FromMinutes(Setting("HX_SOAK_MINUTES", 2));
        int seed = (int)Setting("HX_SOAK_SEED", Random.Shared.Next(1_000_000));
        long started = Stopwatch.GetTimestamp();
        double Now() => Stopwatch.GetElapsedTime(started).TotalSeconds;

        await using SoakServers servers = await SoakServers.StartAsync();
        await using HxInstance here = await HxInstance.StartAsync(servers.Variables);
        await using HxChild child = await HxChild.StartAsync(servers.Variables);
        await here.UntilAsync(HttpStatusCode.OK, Eventually.Patience);
        await child.UntilAsync(HttpStatusCode.OK);

        SoakBounds bounds = SoakBounds.From(here.Services.GetRequiredService<HxSettings>(), Margin);
        using SoakLoad load = new([here.Address, child.Address], connections: 4, new(bounds, servers.Truths), Now);
        SoakFaults faults = new(SoakFault.All(servers, bounds), servers, bounds, Now, seed);
        ProcessMeter[] meters = [new("this process", Environment.ProcessId), new("hx serve", child.Id)];
        Latencies comparison = new();

        double begin = Now();
        List<double> managed;
        using (
            CancellationTokenSource noMoreFaults = new(lasts),
                end = new()
        )
        {
            Task asking = load.RunAsync(RequestsPerSecond, end.Token);
            Task comparing = CompareAsync(here, comparison, end.Token);
            Task<List<double>> metering = MeterAsync(meters, end.Token);
            await faults.RunAsync(noMoreFaults.Token);
            // All is well again, and must be seen to be.
            await Task.Delay(TimeSpan.FromSeconds(bounds.Reopened + bounds.OtherInstances + bounds.Margin));
            await end.CancelAsync();
            await Task.WhenAll(asking, comparing);
            managed = await metering;
        }

        double seconds = Now() - begin;
        string summary = Summary(seed, seconds, load, faults, servers, meters, managed, comparison);
        output.WriteLine(summary);
        string story = $"{summary}\n{string.Join('\n', load.Wrong)}\n{string.Join('\n', faults.Log)}";
        Assert.True(load.WrongCount == 0 && load.Errors == 0, story);
        Assert.True(load.Latencies.Slowest < SlowestAnswer + comparison.Slowest, story);
        Assert.True(load.Latencies.Count > RequestsPerSecond * seconds * 0.6, story);
        Assert.True(load.Exact > load.Latencies.Count * MinExact && load.Closed > load.Latencies.Count * 0.05, story);
        Assert.True(meters.All(IsFlat) && IsFlat(managed), story);
        foreach (SoakRoute route in SoakRoute.All)
        {
            Assert.Equal(HttpStatusCode.OK, await child.GuardAsync(route.Path, route.Method));
        }
    }

    private static string Summary(
        int seed,
        double seconds,
        SoakLoad load,
        SoakFaults faults,
        SoakServers servers,
        ProcessMeter[] meters,
        List<double> managed,
        Latencies comparison
    ) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            Soak with seed {seed}: {load.Latencies.Count} requests in {seconds:0} s ({load.Latencies.Count
                / seconds:0}/s), {load.Closed} closed, {load.Exact} with one right answer, {load.WrongCount} wrong, {load.Errors} errors;
            {faults.Count} faults, {servers.Truths.Values.Sum(t => t.Changes.Count - 1)} transitions; p50 {load.Latencies.Quantile(
                0.5
            ):0.0} ms, p99 {load.Latencies.Quantile(0.99):0.0} ms, p99.9 {load.Latencies.Quantile(
                0.999
            ):0.0} ms, max {load.Latencies.Slowest.TotalMilliseconds:0} ms, /healthz/live max {comparison.Slowest.TotalMilliseconds:0} ms;
            {string.Join("; ", meters.AsEnumerable())}; managed after collection {ThirdOf(managed, first: true):0.0} → {ThirdOf(
                managed,
                first: false
            ):0.0} MB.
            """
        );

    /// <summary>Asks for what touches nothing: what that takes at most is the machine's doing.</summary>
    private static async Task CompareAsync(HxInstance instance, Latencies comparison, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            comparison.Add((await instance.GetAsync("healthz/live")).Took);
            await Task.Delay(50, CancellationToken.None);
        }
    }

    /// <returns>Managed memory of this process in MB after a full collection, every five seconds.</returns>
    private static async Task<List<double>> MeterAsync(ProcessMeter[] meters, CancellationToken cancellationToken)
    {
        List<double> managed = [];
        for (int i = 0; !cancellationToken.IsCancellationRequested; i++)
        {
            await Task.Delay(1000, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (ProcessMeter meter in meters)
            {
                meter.Read();
            }

            if (i % 5 == 0)
            {
                managed.Add(GC.GetTotalMemory(forceFullCollection: true) / 1e6);
            }
        }

        return managed;
    }

    private static bool IsFlat(ProcessMeter meter)
    {
        (ProcessMeter.Holding first, ProcessMeter.Holding last) = meter.Thirds();
        return last.Megabytes < (first.Megabytes * 1.25) + 40 && last.Threads <= first.Threads + 8 && last.Handles <= first.Handles + 12;
    }

    private static bool IsFlat(List<double> managed) => ThirdOf(managed, first: false) < (ThirdOf(managed, first: true) * 1.25) + 8;

    private static double ThirdOf(List<double> values, bool first)
    {
        double[] third = [.. first ? values.Take(values.Count / 3) : values.TakeLast(values.Count / 3)];
        Array.Sort(third);
        return third[third.Length / 2];
    }

    internal static double Setting(string name, double otherwise) =>
        double.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? value
            : otherwise;
}
