using System.Diagnostics;
using System.Text.Json;
using HxFunctions.Core.Configuration;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Commands;

namespace HxFunctions.SystemTests.Worker;

/// <summary>The app as a process, started as the Functions host does it, with no settings but those of the test.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private readonly Process _process;

    // The process works in it, so that the watchdog ends it at the latest with the tests' own process. In Azure that is the app's folder.
    private readonly ThrowAwayDirectory _directory;
    private readonly Task _read;

    private WorkerProcess(Process process, ThrowAwayDirectory directory, HostLog log)
    {
        _process = process;
        _directory = directory;
        _process.StandardInput.Close();
        _read = Task.WhenAll(
            ReadAsync(process.StandardOutput, line => log.Add(HostLogSource.Output, line)),
            ReadAsync(process.StandardError, line => log.Add(HostLogSource.Error, line))
        );
        Ended = EndedAsync();
    }

    public int Id => _process.Id;

    /// <summary>Just before the process was started, on the monotonic clock.</summary>
    public required long Started { get; init; }

    /// <summary>The exit code, once the process has ended and all that it wrote is in the log.</summary>
    public Task<int> Ended { get; }

    /// <param name="folder">Where the app is.</param>
    /// <param name="host">Where the host's gRPC server listens.</param>
    /// <param name="workerId">The name that the worker gives when it calls.</param>
    /// <param name="variables">The app's settings.</param>
    public static WorkerProcess Start(string folder, Uri host, string workerId, IReadOnlyDictionary<string, string?> variables, HostLog log)
    {
        ThrowAwayDirectory directory = new("hx-worker-");
        const string Request = "start";
        const string MaxMessage = "2147483647";
        ProcessStartInfo info = new(HxProgram.Dotnet())
        {
            WorkingDirectory = directory.Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            // Both generations of arguments, as the host passes them.
            ArgumentList =
            {
                Path.Combine(folder, WorkerFile(folder)),
                "--host",
                host.Host,
                "--port",
                $"{host.Port}",
                "--workerId",
                workerId,
                "--requestId",
                Request,
                "--grpcMaxMessageLength",
                MaxMessage,
                "--functions-uri",
                host.AbsoluteUri,
                "--functions-worker-id",
                workerId,
                "--functions-request-id",
                Request,
                "--functions-grpc-max-message-length",
                MaxMessage,
            },
        };
        foreach (string name in info.Environment.Keys.Where(IsSetting).ToArray())
        {
            info.Environment.Remove(name);
        }

        info.Environment["FUNCTIONS_WORKER_DIRECTORY"] = folder;
        info.Environment["FUNCTIONS_APPLICATION_DIRECTORY"] = folder;
        foreach ((string name, string? value) in variables)
        {
            info.Environment[name] = value;
        }

        long started = Stopwatch.GetTimestamp();
        return new(Process.Start(info)!, directory, log) { Started = started };
    }

    public void Signal(int signal) => ProcessTree.Signal(_process.Id, signal);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await Ended;
        _process.Dispose();
        _directory.Dispose();
    }

    /// <summary>What the Functions SDK wrote for the host: the app's own assembly.</summary>
    private static string WorkerFile(string folder)
    {
        using JsonDocument config = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "worker.config.json")));
        return config.RootElement.GetProperty("description").GetProperty("defaultWorkerPath").GetString()!;
    }

    private async Task<int> EndedAsync()
    {
        await _process.WaitForExitAsync();
        await _read;
        return _process.ExitCode;
    }

    private static bool IsSetting(string name) =>
        Variables.ByName.ContainsKey(name)
        || new[] { "OTEL_", "APPLICATIONINSIGHTS_", "WEBSITE_", "FUNCTIONS_", "AZURE_FUNCTIONS_", "Logging__", "ASPNETCORE_" }.Any(prefix =>
            name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
        );

    private static async Task ReadAsync(StreamReader reader, Action<string> add)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            add(line);
        }
    }
}
