using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace HxFunctions.Tests.Simulation;

/// <summary>Many seeds, on all cores.</summary>
internal static class SimulatedHours
{
    /// <summary>One scenario's length, in seconds.</summary>
    public const double Length = 1800;

    /// <summary>Runs scenarios until the hours are reached, or one breaks a property, or the time is over.</summary>
    /// <param name="first">The first seed.</param>
    /// <param name="limit">Of processor time, all of the process's cores together: others on the machine take none of it.</param>
    public static Hours Run(double hours, int first, TimeSpan limit)
    {
        Stopwatch watch = Stopwatch.StartNew();
        TimeSpan end = Environment.CpuUsage.TotalTime + limit;
        ConcurrentBag<(Scenario Scenario, Outcome Outcome)> broken = [];
        int count = (int)Math.Ceiling(hours * 3600 / Length);
        long decisions = 0,
            ran = 0;
        Parallel.For(
            0,
            count,
            // More would wait for each other: the pool adds a thread for each that waits for a lock, such as the one around the texts of
            // .NET's own exceptions, and each brings a scenario of its own into memory. 300 threads took twice the processor time.
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            (i, loop) =>
            {
                if (Environment.CpuUsage.TotalTime > end)
                {
                    loop.Stop();
                    return;
                }

                Scenario scenario = Scenario.Of(first + i, Length);
                Outcome outcome = Simulation.Run(scenario);
                Interlocked.Add(ref decisions, outcome.Decisions);
                Interlocked.Increment(ref ran);
                if (outcome.Violation is not null)
                {
                    broken.Add((scenario, outcome));
                    loop.Stop();
                }
            }
        );
        return new(ran * Length / 3600, decisions, watch.Elapsed, broken.OrderBy(found => found.Scenario.Seed).FirstOrDefault().Scenario);
    }
}

/// <summary>What came of it.</summary>
/// <param name="Broken">The scenario of the lowest seed that broke a property; <see langword="null"/>: none did.</param>
internal sealed record Hours(double Simulated, long Decisions, TimeSpan Took, Scenario? Broken)
{
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Simulated:0.#} simulated hours, {Decisions:N0} decisions, {Took.TotalSeconds:0} s");

    /// <summary>The broken scenario made small, with its story.</summary>
    public string Tell()
    {
        Scenario small = Shrinker.Shrink(Broken!);
        Outcome outcome = Simulation.Run(small, tells: true);
        return $"{outcome.Violation}\nseed {Broken!.Seed}, made smaller: {small}\n{string.Join('\n', outcome.Story.TakeLast(80))}";
    }
}
