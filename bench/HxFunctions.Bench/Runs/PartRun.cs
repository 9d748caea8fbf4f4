using System.Diagnostics;
using HxFunctions.Bench.Fleet;
using HxFunctions.Bench.Macro;
using HxFunctions.Bench.Micro;
using HxFunctions.Bench.Report;
using HxFunctions.Bench.Worker;

namespace HxFunctions.Bench.Runs;

/// <summary>One part of a run, in a process of its own: what it may take, and what it has found.</summary>
internal sealed class PartRun(bool isQuick)
{
    private static readonly Dictionary<string, Func<PartRun, Task>> Parts = new()
    {
        [Report.Parts.Decision] = MicroPart.RunAsync,
        [Report.Parts.Compared] = Compared.RunAsync,
        [Report.Parts.Request] = RequestPart.RunAsync,
        [Report.Parts.Start] = StartTime.RunAsync,
        [Report.Parts.Memory] = SteadyMemory.RunAsync,
        [Report.Parts.Gateways] = GatewaysPart.RunAsync,
        [Report.Parts.Load] = LoadPart.RunAsync,
        [Report.Parts.Fleet] = FleetGrowth.RunAsync,
        [Report.Parts.Worker] = WorkerPart.RunAsync,
    };

    private readonly Dictionary<string, string> _tables = [];
    private readonly Dictionary<string, double> _figures = [];

    public bool IsQuick => isQuick;

    /// <summary>Runs a part and writes its result.</summary>
    public static async Task<int> RunAsync(string part, bool isQuick)
    {
        PartRun run = new(isQuick);
        long started = Stopwatch.GetTimestamp();
        await Parts[part](run);
        string[] tables = Report.Parts.Tables.Single(p => p.Part == part).Tables;
        if (!tables.ToHashSet().SetEquals(run._tables.Keys))
        {
            throw new InvalidOperationException($"The part \"{part}\" has the tables {string.Join(", ", run._tables.Keys)}.");
        }

        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        // What only the process around this one knows, it adds.
        new PartResult(part, $"{DateTime.UtcNow:yyyy-MM-dd}", "", "", seconds, 0, run._tables, run._figures).Write(
            BenchFolders.Results(isQuick)
        );
        return 0;
    }

    /// <param name="real">For a measurement.</param>
    /// <param name="quick">For a look whether it works.</param>
    public int Pick(int real, int quick) => isQuick ? quick : real;

    public void Add(string name, MarkdownTable table)
    {
        _tables.Add(name, table.ToString());
        Console.WriteLine();
        Console.Write(table);
    }

    public void Set(string figure, double value) => _figures.Add(figure, value);
}
