using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using HxFunctions.Bench.Report;
using HxFunctions.Bench.Runs;
using Perfolizer.Horology;

namespace HxFunctions.Bench.Micro;

/// <summary><c>decision</c>: the micro benchmarks that the page has, by BenchmarkDotNet, in this process.</summary>
internal static class MicroPart
{
    private static readonly int[] Lengths = [512, 2048, 8192];

    public static Task RunAsync(PartRun run)
    {
        Decisions(run);
        Paths(run);
        Steps(run);
        return Task.CompletedTask;
    }

    private static void Decisions(PartRun run)
    {
        MarkdownTable table = new(2, "decision", "rules", "ns", "bytes");
        foreach (
            (string method, string text) in new[]
            {
                (nameof(DecisionBenchmark.GuardedOpen), "guarded route, open"),
                (nameof(DecisionBenchmark.GuardedClosed), "guarded route, closed"),
                (nameof(DecisionBenchmark.Unguarded), "route without a rule"),
                (nameof(DecisionBenchmark.Hostile2K), "path of 2,048 characters, percent-encoded three times"),
            }
        )
        {
            foreach (Measured measured in Measure<DecisionBenchmark>(run).Where(m => m.Method == method))
            {
                table.Add(text, measured.Parameter(nameof(DecisionBenchmark.Rules)), measured.Nanoseconds, measured.BytesText);
            }
        }

        const string Default = "default (LiteLLM's)";
        const string Templates = "1,000 templates";
        foreach (
            (string method, string text, string rules) in new[]
            {
                (nameof(RouteBenchmark.DefaultPrefix), "route below a prefix", Default),
                (nameof(RouteBenchmark.DefaultTemplate), "route of a template", Default),
                (nameof(RouteBenchmark.DefaultExempt), "exempt route", Default),
                (nameof(RouteBenchmark.DefaultOpen), "route without a rule", Default),
                (nameof(RouteBenchmark.Template), "route of a template", Templates),
                (nameof(RouteBenchmark.Suffix), "route of a template with text after its parameter", Templates),
                (nameof(RouteBenchmark.TemplateOpen), "route without a rule", Templates),
            }
        )
        {
            Measured measured = Measure<RouteBenchmark>(run).Single(m => m.Method == method);
            table.Add(text, rules, measured.Nanoseconds, measured.BytesText);
        }

        run.Add("decision", table);
        Measured[] full = [.. Measure<RouteBenchmark>(run).Where(m => m.Method.StartsWith("Default", StringComparison.Ordinal))];
        run.Set("decision.nanoseconds", full.Max(m => m.Nanoseconds));
        run.Set("decision.bytes", full.Max(m => m.Bytes));
    }

    private static void Paths(PartRun run)
    {
        MarkdownTable table = new(["path, µs", .. Lengths.Select(length => $"{length:N0} characters")]);
        foreach (
            (string kind, string text) in new[]
            {
                ("plain", "plain"),
                ("dots", "dots"),
                ("encoded", "percent-encoded three times"),
                ("params", "parameters"),
                ("slashes", "slashes"),
                ("folded", "characters that are folded (full-width letters and the like)"),
            }
        )
        {
            table.Add([text, .. Lengths.Select(length => (object)Path(run, kind, length))]);
        }

        run.Add("paths", table);
        run.Set(
            "path.microseconds",
            Measure<PathBenchmark>(run).Where(m => m.Parameter(nameof(PathBenchmark.Length)) == "2048").Max(m => m.Nanoseconds) / 1000
        );
    }

    private static double Path(PartRun run, string kind, int length) =>
        Measure<PathBenchmark>(run)
            .Single(m => m.Parameter(nameof(PathBenchmark.Kind)) == kind && m.Parameter(nameof(PathBenchmark.Length)) == $"{length}")
            .Nanoseconds / 1000;

    private static void Steps(PartRun run)
    {
        MarkdownTable table = new("step", "µs", "bytes");
        Add<AnswerBenchmark>(nameof(AnswerBenchmark.Open), "from the request to the written answer, open");
        Add<AnswerBenchmark>(nameof(AnswerBenchmark.Closed), "from the request to the written answer, closed");
        Add<SnapshotBenchmark>(nameof(SnapshotBenchmark.ReadTheSame), "a snapshot read without changes");
        Add<SnapshotBenchmark>(nameof(SnapshotBenchmark.ReadNews), "a snapshot read with changes");
        Add<CheckBenchmark>(nameof(CheckBenchmark.Check), "a check of a dependency that answers at once");
        run.Add("steps", table);

        void Add<T>(string method, string text)
        {
            Measured measured = Measure<T>(run).Single(m => m.Method == method);
            table.Add(text, measured.Nanoseconds / 1000, measured.BytesText);
        }
    }

    private static readonly Dictionary<Type, Measured[]> Done = [];

    /// <summary>Runs a class of benchmarks, once.</summary>
    private static Measured[] Measure<T>(PartRun run)
    {
        if (!Done.TryGetValue(typeof(T), out Measured[]? measured))
        {
            Summary summary = BenchmarkRunner.Run<T>(Configuration(run));
            if (summary.HasCriticalValidationErrors || summary.Reports.Any(report => !report.Success))
            {
                throw new InvalidOperationException($"{typeof(T).Name} failed.");
            }

            Done[typeof(T)] = measured = [.. summary.Reports.Select(Measured.From)];
        }

        return measured;
    }

    private static ManualConfig Configuration(PartRun run) =>
        ManualConfig
            .CreateEmpty()
            .AddJob(
                Job.Default.WithToolchain(InProcessEmitToolchain.Instance)
                    .WithWarmupCount(run.Pick(6, 1))
                    .WithIterationCount(run.Pick(12, 1))
                    .WithIterationTime(TimeInterval.FromMilliseconds(run.Pick(200, 5)))
            )
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(NullLogger.Instance)
            .WithArtifactsPath(BenchFolders.Results(run.IsQuick));

    /// <summary>One benchmark with one set of parameters: the median, per call.</summary>
    private sealed record Measured(BenchmarkCase Case, double Nanoseconds, double Bytes)
    {
        public string Method => Case.Descriptor.WorkloadMethod.Name;

        public string BytesText => Figure.Text(Bytes).Replace(".00", "", StringComparison.Ordinal);

        public static Measured From(BenchmarkReport report) =>
            new(
                report.BenchmarkCase,
                report.ResultStatistics!.Median,
                report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? double.NaN
            );

        public string Parameter(string name) => $"{Case.Parameters[name]}";
    }
}
