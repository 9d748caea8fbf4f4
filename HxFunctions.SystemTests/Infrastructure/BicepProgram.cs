using System.Diagnostics;
using System.Reflection;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>The <c>bicep</c> program that came with the restore.</summary>
internal static class BicepProgram
{
    private static readonly string[] Passed = ["PATH", "HOME", "USERPROFILE", "TMPDIR", "TEMP", "SystemRoot"];

    /// <summary>What it wrote. Warnings and errors are on <paramref name="Problems"/>.</summary>
    internal sealed record Result(int ExitCode, string Output, string Problems);

    /// <param name="folder">Where it runs. Parameter files read the environment: nothing of the developer's own reaches them.</param>
    public static Task<Result> RunAsync(string folder, params string[] arguments) =>
        RunAsync(folder, new Dictionary<string, string>(), arguments);

    /// <param name="environment">What the parameter files find in the environment.</param>
    public static async Task<Result> RunAsync(string folder, IReadOnlyDictionary<string, string> environment, params string[] arguments)
    {
        ProcessStartInfo start = new(Path())
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (string name in start.Environment.Keys.Except(Passed, StringComparer.OrdinalIgnoreCase).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        start.Environment["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1";

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> problems = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return new(process.ExitCode, await output, await problems);
    }

    private static string Path()
    {
        string folder = typeof(BicepProgram)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(a => a.Key == "BicepFolder")
            .Value!;
        return System.IO.Path.Combine(folder, OperatingSystem.IsWindows() ? "bicep.exe" : "bicep");
    }
}
