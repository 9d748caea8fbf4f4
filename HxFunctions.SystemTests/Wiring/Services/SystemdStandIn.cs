using System.Diagnostics;
using System.Text.Json;
using HxFunctions.Servers;
using HxFunctions.Tests;
using HxFunctions.Tests.Servers;

namespace HxFunctions.SystemTests.Wiring.Services;

/// <summary>
/// A <c>systemctl</c> for tests that merges unit files and drop-ins of folders by systemd's rules, and starts real processes with what came
/// of it: see <c>systemd_stand_in.py</c>.
/// </summary>
internal sealed class SystemdStandIn : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hx-systemd-");

    /// <param name="folders">Those of units, the strongest first: <c>/etc/systemd/system</c>, <c>/run/systemd/system</c>, …</param>
    public SystemdStandIn(params string[] folders)
    {
        _folder.CreateSubdirectory("state");
        string script = Path.Combine(Repository.Root, "HxFunctions.SystemTests", "Wiring", "Services", "systemd_stand_in.py");
        ScriptFile.Install(
            Program,
            $"#!/bin/sh\nexec {DebianPython.Program} -IB '{script}' '{_folder.FullName}/state' '{string.Join(':', folders)}' \"$@\"\n"
        );
    }

    public string Program => Path.Combine(_folder.FullName, "systemctl");

    /// <summary>PATH with the stand-in before everything else.</summary>
    public string SearchPath => $"{_folder.FullName}:{Environment.GetEnvironmentVariable("PATH")}";

    /// <summary>The calls so far: verb and unit.</summary>
    public IReadOnlyList<string> Calls
    {
        get
        {
            string path = Path.Combine(_folder.FullName, "state", "calls");
            return File.Exists(path) ? File.ReadAllLines(path) : [];
        }
    }

    /// <summary>The main process of a unit; 0: none.</summary>
    public int MainPid(string unit)
    {
        string path = Path.Combine(_folder.FullName, "state", $"{unit}.json");
        return File.Exists(path) ? JsonDocument.Parse(File.ReadAllText(path)).RootElement.GetProperty("pid").GetInt32() : 0;
    }

    /// <summary>Runs <c>systemctl</c> as anyone might.</summary>
    public async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(Program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Eventually.Patience);
        return (process.ExitCode, output + await error);
    }

    public void Dispose()
    {
        foreach (FileInfo unit in _folder.GetDirectories("state")[0].EnumerateFiles("*.json"))
        {
            if (MainPid(Path.GetFileNameWithoutExtension(unit.Name)) is > 0 and var process)
            {
                ProcessTree.Signal(process, ProcessTree.Kill);
            }
        }

        _folder.Delete(recursive: true);
    }
}
