using System.Diagnostics;
using HxFunctions.Bench.Report;

namespace HxFunctions.Bench.Runs;

/// <summary><c>run</c>: publishes the programs, runs the parts one after the other, writes the page's tables, and ends with the
/// targets.</summary>
internal static class BenchRun
{
    /// <summary>From this part of the processor time on, ratios of one run and the next differ too much.</summary>
    private const double Busy = 0.1;

    private static readonly TimeSpan Look = TimeSpan.FromSeconds(10);

    /// <returns>0: every part was measured, whatever it came to. 1: a part failed. 2: misuse, programs are missing, or others are
    /// busy.</returns>
    public static async Task<int> RunAsync(string[] arguments)
    {
        BenchOptions options;
        try
        {
            options = BenchOptions.Parse(arguments);
        }
        catch (ArgumentException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return 2;
        }

        if (Programs.Missing(options.Parts) is { Count: > 0 } missing)
        {
            await Console.Error.WriteLineAsync($"Please install (names of Debian's packages): {string.Join(' ', missing)}");
            return 2;
        }

        if (!options.DespiteOthers && await IsBusyAsync())
        {
            return 2;
        }

        long started = Stopwatch.GetTimestamp();
        string commit = await Machine.CommitAsync();
        App[] apps = [.. App.All.Where(app => app.Parts.Intersect(options.Parts).Any())];
        List<string> failed = [];
        if (options.Publishes)
        {
            await PublishAsync(apps, failed);
        }

        string folder = BenchFolders.Results(options.IsQuick);
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        foreach (string part in options.Parts)
        {
            string[] lacks = [.. apps.Where(app => app.Parts.Contains(part) && !File.Exists(app.FullProgram)).Select(app => app.Folder)];
            if (lacks.Length > 0 || !await RunPartAsync(part, options.IsQuick, commit))
            {
                Console.WriteLine(lacks.Length > 0 ? $"{part}: not published: {string.Join(", ", lacks)}" : $"{part}: FAILED");
                failed.Add(part);
            }
        }

        await WriteAsync(options.IsQuick, folder);
        Console.WriteLine($"\nTook {Stopwatch.GetElapsedTime(started).TotalMinutes:0.0} minutes.");
        if (failed.Count > 0)
        {
            Console.WriteLine($"FAILED: {string.Join(", ", failed)}. What the page had of it was kept.");
        }

        return failed.Count > 0 ? 1 : 0;
    }

    private static async Task PublishAsync(IEnumerable<App> apps, List<string> failed)
    {
        foreach (App app in apps)
        {
            try
            {
                await app.PublishAsync();
            }
            catch (InvalidOperationException e)
            {
                Console.WriteLine(e.Message);
                failed.Add($"publish {app.Folder}");
            }
        }
    }

    private static async Task<bool> IsBusyAsync()
    {
        ProcessorTime.OthersWatch watch = ProcessorTime.WatchOthers();
        await Task.Delay(Look);
        double others = watch.End();
        if (others <= Busy)
        {
            return false;
        }

        await Console.Error.WriteLineAsync(
            $"Other programs take {100 * others:0} % of the processor time: figures would be no good. Stop them, or pass --busy."
        );
        return true;
    }

    private static async Task<bool> RunPartAsync(string part, bool isQuick, string commit)
    {
        Console.WriteLine($"\n== {part}, {DateTime.UtcNow:HH:mm:ss} UTC");
        string folder = BenchFolders.Results(isQuick);
        ProcessorTime.OthersWatch watch = ProcessorTime.WatchOthers();
        using Process process = Process.Start(Environment.ProcessPath!, isQuick ? ["part", part, "--quick"] : ["part", part]);
        await process.WaitForExitAsync();
        double others = watch.End();
        PartResult? result = process.ExitCode == 0 ? PartResult.ReadAll(folder).SingleOrDefault(r => r.Part == part) : null;
        if (result is null)
        {
            return false;
        }

        (result with { Commit = commit, Machine = Machine.CoresAndProcessor, Others = others }).Write(folder);
        return true;
    }

    private static async Task WriteAsync(bool isQuick, string folder)
    {
        IReadOnlyList<PartResult> results = PartResult.ReadAll(folder);
        if (results.Count == 0)
        {
            return;
        }

        PerformancePage page = new(await File.ReadAllTextAsync(BenchFolders.Page));
        MarkdownTable targets = RunReport.Write(page, results, await Machine.FactsAsync());
        string file = isQuick ? Path.Combine(folder, Path.GetFileName(BenchFolders.Page)) : BenchFolders.Page;
        await File.WriteAllTextAsync(file, page.ToString());
        await File.WriteAllTextAsync(Path.Combine(folder, RunReport.TargetsTable + ".md"), targets.ToString());
        Console.WriteLine($"\n== targets\n\n{targets}\nWritten: {Path.GetRelativePath(Environment.CurrentDirectory, file)}");
    }
}
