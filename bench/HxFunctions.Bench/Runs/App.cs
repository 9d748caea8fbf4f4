using System.Diagnostics;
using HxFunctions.Bench.Report;
using HxFunctions.Tests;

namespace HxFunctions.Bench.Runs;

/// <summary>A program that is published to be measured.</summary>
/// <param name="Folder">The folder's name below <see cref="BenchFolders.Apps"/>.</param>
/// <param name="Project">What is published.</param>
/// <param name="Program">The file to start in it.</param>
/// <param name="Parts">The parts that need it.</param>
/// <param name="Properties">MSBuild's properties beside the project's own.</param>
internal sealed record App(string Folder, string Project, string Program, string[] Parts, params string[] Properties)
{
    private const string Native = "-p:PublishAot=true";
    private const string Empties = "bench/HxFunctions.EmptyEndpoint";
    private static readonly string[] Served = [Report.Parts.Compared, Report.Parts.Start, Report.Parts.Memory];

    public static readonly App Hx = new("hx", "HxFunctions.Cli", "hx", [.. Served, Report.Parts.Gateways]);
    public static readonly App HxNative = new("hx-native", "HxFunctions.Cli", "hx", Served, Native);
    public static readonly App Empty = new("empty", Empties, "empty", Served);
    public static readonly App EmptyNative = new("empty-native", Empties, "empty", Served, Native);
    public static readonly App HealthChecks = new("healthchecks", "bench/HxFunctions.Peers", "peer", [Report.Parts.Compared]);
    public static readonly App Worker = new("worker", "HxFunctions", "HxFunctions.dll", [Report.Parts.Worker]);
    public static readonly App EmptyWorker = new(
        "empty-worker",
        "bench/HxFunctions.EmptyWorker",
        "HxFunctions.EmptyWorker.dll",
        [Report.Parts.Worker]
    );

    public static IReadOnlyList<App> All { get; } = [Hx, HxNative, Empty, EmptyNative, HealthChecks, Worker, EmptyWorker];

    public string FullFolder => Path.Combine(BenchFolders.Apps, Folder);

    public string FullProgram => Path.Combine(FullFolder, Program);

    /// <summary>Publishes it into an empty folder.</summary>
    /// <exception cref="InvalidOperationException">It can't be published; the message has the command.</exception>
    public async Task PublishAsync()
    {
        if (Directory.Exists(FullFolder))
        {
            Directory.Delete(FullFolder, recursive: true);
        }

        // Nothing may stay behind that works on while others are measured.
        string[] arguments =
        [
            "publish",
            Project,
            "-c",
            "Release",
            .. Properties,
            "-o",
            FullFolder,
            "-v",
            "q",
            "--nologo",
            "-p:UseSharedCompilation=false",
            "-nodeReuse:false",
        ];
        long started = Stopwatch.GetTimestamp();
        using Process process = Process.Start(new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = Repository.Root })!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0 || !File.Exists(FullProgram))
        {
            throw new InvalidOperationException($"Exit code {process.ExitCode}: dotnet {string.Join(' ', arguments)}");
        }

        Console.WriteLine($"published {Folder} in {Figure.Text(Stopwatch.GetElapsedTime(started).TotalSeconds)} s");
    }
}
