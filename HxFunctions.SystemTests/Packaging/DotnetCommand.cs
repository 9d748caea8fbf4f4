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
    public static async Task<string> RunAsync(ThrowAwayDirectory directory, params string[] arguments)
    {
        ProcessStartInfo info = ExternalProgram.StartInfo("dotnet", arguments, user: null);
        info.WorkingDirectory = directory.Path;
        // No cache of an earlier package of the same version, and nothing written to the developer's.
        if (arguments[0] is not ("pack" or "publish"))
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

        return await EndAsync(info);
    }

    /// <returns>What it wrote. It ended well.</returns>
    public static async Task<string> EndAsync(ProcessStartInfo info)
    {
        using Process process = Process.Start(info)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(),
            error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        string text = await output;
        Assert.True(process.ExitCode == 0, text + await error);
        return text;
    }

    /// <summary>bin/CONFIGURATION/net10.0.</summary>
    private static string Configuration() => new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
}
