using System.Diagnostics;
using HxFunctions.Servers;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Packaging;

/// <summary>Runs the dotnet command, as someone does who has only a package.</summary>
internal static class DotnetCommand
{
    /// <summary>Packs a project of what is built: a build would change files under the other tests.</summary>
    public static async Task<FileInfo> PackAsync(string project, ThrowAwayDirectory directory, string packages)
    {
        await RunAsync(
            directory,
            "pack",
            Path.Combine(Repository.Root, project),
            "--no-build",
            "--configuration",
            Configuration(),
            "--output",
            packages
        );
        return Assert.Single(new DirectoryInfo(packages).GetFiles("*.nupkg"));
    }

    /// <summary>The package holds all that it needs: a source besides, of the machine's own, would only be asked in vain.</summary>
    public static Task UseAloneAsync(string packages, string configFile) =>
        File.WriteAllTextAsync(
            configFile,
            $"""<configuration><packageSources><clear /><add key="here" value="{packages}" /></packageSources></configuration>"""
        );

    /// <returns>What it wrote. It ended well.</returns>
    public static Task<string> RunAsync(ThrowAwayDirectory directory, params string[] arguments) => EndAsync(Info(directory, arguments));

    /// <summary>The command, to be changed before it runs.</summary>
    public static ProcessStartInfo Info(ThrowAwayDirectory directory, params string[] arguments)
    {
        ProcessStartInfo info = ExternalProgram.StartInfo("dotnet", arguments, user: null);
        info.WorkingDirectory = directory.Path;
        // No cache of an earlier package of the same version, and nothing written to the developer's.
        if (arguments[0] is "tool" or "build")
        {
            info.Environment["NUGET_PACKAGES"] = Path.Combine(directory.Path, "cache");
        }

        info.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        info.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        // The test host's own.
        foreach (string name in new[] { "MSBUILD_EXE_PATH", "MSBuildSDKsPath", "MSBuildExtensionsPath" })
        {
            info.Environment.Remove(name);
        }

        return info;
    }

    /// <returns>What it wrote. It ended well.</returns>
    public static async Task<string> EndAsync(ProcessStartInfo info)
    {
        (int code, string output, string error) = await ExitAsync(info);
        Assert.True(code == 0, output + error);
        return output;
    }

    /// <summary>Runs it to its end, whatever that is.</summary>
    public static async Task<(int Code, string Output, string Error)> ExitAsync(ProcessStartInfo info)
    {
        using Process process = Process.Start(info)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(),
            error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    /// <summary>bin/CONFIGURATION/net10.0.</summary>
    private static string Configuration() => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
}
