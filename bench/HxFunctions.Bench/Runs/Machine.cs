using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using HxFunctions.Servers;
using HxFunctions.Tests;

namespace HxFunctions.Bench.Runs;

/// <summary>What it runs on, asked of the machine itself.</summary>
internal static partial class Machine
{
    public static string CoresAndProcessor => $"{Environment.ProcessorCount} × {Processor}";

    private static string Processor =>
        First("/proc/cpuinfo", "model name") is { } name
            ? Decoration().Replace(name, "").Trim()
            : $"{RuntimeInformation.ProcessArchitecture}";

    /// <returns>Facts by name, for a table.</returns>
    public static async Task<IReadOnlyList<(string Name, string Value)>> FactsAsync()
    {
        long kilobytes = long.Parse(First("/proc/meminfo", "MemTotal")!.Split(' ')[0], CultureInfo.InvariantCulture);
        List<(string, string)> facts =
        [
            ("cores, processor", CoresAndProcessor),
            ("memory", string.Create(CultureInfo.InvariantCulture, $"{kilobytes / 1024.0 / 1024:0} GiB")),
            ("system", First("/etc/os-release", "PRETTY_NAME")?.Trim('"') ?? RuntimeInformation.OSDescription),
            (".NET", RuntimeInformation.FrameworkDescription.Replace(".NET ", "", StringComparison.Ordinal)),
        ];
        (string Name, string? Program, string Argument)[] programs =
        [
            ("PostgreSQL", PostgresBinaries.Find()?.Postgres, "--version"),
            ("Redis", Programs.Find("redis-server"), "--version"),
            ("wrk", Programs.Find("wrk"), "-v"),
            ("nginx", Programs.Find("nginx"), "-v"),
            ("Caddy", Programs.Find("caddy"), "version"),
            ("HAProxy", Programs.Find("haproxy"), "-v"),
            ("Python", DebianPython.Program, "--version"),
        ];
        foreach ((string name, string? program, string argument) in programs)
        {
            if (program is not null && File.Exists(program))
            {
                // wrk says its version and ends with 1.
                string said = await SayAsync(program, argument);
                facts.Add((name, Version().Match(said) is { Success: true } version ? version.Value : "?"));
            }
        }

        return facts;
    }

    /// <summary>The commit, with <c>+</c> behind it when files differ from it.</summary>
    public static async Task<string> CommitAsync()
    {
        string commit = (await SayAsync("git", "-C", Repository.Root, "rev-parse", "--short", "HEAD")).Trim();
        bool isChanged = (await SayAsync("git", "-C", Repository.Root, "status", "--porcelain", "--untracked-files=no")).Length > 0;
        return CommitId().IsMatch(commit) ? commit + (isChanged ? "+" : "") : "?";
    }

    private static async Task<string> SayAsync(string program, params string[] arguments)
    {
        ProcessStartInfo info = ExternalProgram.StartInfo(program, arguments, user: null);
        using Process process = Process.Start(info)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        return output + await error;
    }

    private static string? First(string file, string name) =>
        File.Exists(file)
            ? File.ReadLines(file)
                .Where(line => line.StartsWith(name, StringComparison.Ordinal))
                .Select(line => line[(line.IndexOfAny([':', '=']) + 1)..].Trim())
                .FirstOrDefault()
            : null;

    [GeneratedRegex(@"\((R|TM|r|tm)\)|\bCPU\b|@.*$| Processor\b")]
    private static partial Regex Decoration();

    [GeneratedRegex(@"\d+\.\d+(\.\d+)*")]
    private static partial Regex Version();

    [GeneratedRegex("^[0-9a-f]{7,}$")]
    private static partial Regex CommitId();
}
