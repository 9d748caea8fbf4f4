using System.Diagnostics;
using System.Text;
using HxFunctions.Core.Configuration;
using HxFunctions.Servers;

namespace HxFunctions.SystemTests.Commands;

/// <summary>The built <c>hx</c> as a process of its own, in a folder of its own, with no variables but those of the test.</summary>
internal sealed class HxProcess : IAsyncDisposable
{
    /// <summary>Far beyond what any command takes, on a busy machine too.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly DirectoryInfo _folder;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly Task _read;

    private HxProcess(Process process, DirectoryInfo folder)
    {
        _process = process;
        _folder = folder;
        _read = Task.WhenAll(ReadAsync(process.StandardOutput, _output), ReadAsync(process.StandardError, _error));
    }

    public string Output => TextOf(_output);

    public string Error => TextOf(_error);

    /// <summary>Runs a command to its end.</summary>
    /// <param name="commandLine">Arguments, separated by single spaces; a <c>+</c> in one stands for a space.</param>
    public static Task<Ending> RunAsync(string commandLine, params (string Name, string? Value)[] variables) =>
        RunAsync(commandLine, null, variables);

    /// <param name="localSettings">The text of <c>local.settings.json</c> in the folder; <see langword="null"/>: there is none.</param>
    public static async Task<Ending> RunAsync(string commandLine, string? localSettings, (string Name, string? Value)[] variables)
    {
        await using HxProcess process = Start(commandLine, localSettings, variables);
        return await process.EndAsync();
    }

    public static HxProcess Start(string commandLine, string? localSettings, params (string Name, string? Value)[] variables) =>
        Start(commandLine, localSettings, null, variables);

    /// <param name="before">What bash runs first, in hx's own process: <c>ulimit -n 64</c>.</param>
    public static HxProcess StartAfter(string before, string commandLine, params (string Name, string? Value)[] variables) =>
        Start(commandLine, null, before, variables);

    private static HxProcess Start(string commandLine, string? localSettings, string? before, (string Name, string? Value)[] variables)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("hx-cli-");
        if (localSettings is not null)
        {
            File.WriteAllText(Path.Combine(folder.FullName, "local.settings.json"), localSettings);
        }

        // A shell starts background jobs with SIGINT ignored, and what is ignored stays so in children; a signal is what some tests are
        // about. env(1) runs the program in its own place, under its own id.
        ProcessStartInfo info = new(before is null ? "env" : "bash")
        {
            WorkingDirectory = folder.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        string[] shell = before is null ? [] : ["-c", $"{before} && exec \"$@\"", "bash", "env"];
        string[] program = ["--default-signal=INT,QUIT", .. HxProgram.Command];
        foreach (string argument in shell.Concat(program))
        {
            info.ArgumentList.Add(argument);
        }

        foreach (string argument in commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            info.ArgumentList.Add(argument.Replace('+', ' '));
        }

        foreach (Variable variable in Variables.All.Concat(Variables.OfCommandLine))
        {
            info.Environment.Remove(variable.Name);
        }

        foreach ((string name, string? value) in variables)
        {
            info.Environment[name] = value;
        }

        return new(Process.Start(info)!, folder);
    }

    /// <summary>Waits until a text has come on standard output.</summary>
    /// <returns>The line that holds it.</returns>
    public async Task<string> UntilPrintedAsync(string text)
    {
        long since = Stopwatch.GetTimestamp();
        while (true)
        {
            if (Output.Split('\n')[..^1].FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)) is { } line)
            {
                return line;
            }

            if (_process.HasExited || Stopwatch.GetElapsedTime(since) > Patience)
            {
                throw new InvalidOperationException($"hx did not print '{text}': {Output}{Error}");
            }

            await Task.Delay(10);
        }
    }

    public int Id => _process.Id;

    /// <summary>Sends a signal: <see cref="ProcessTree.Interrupt"/> or <see cref="ProcessTree.Terminate"/>.</summary>
    public void Signal(int signal) => ProcessTree.Signal(_process.Id, signal);

    public async Task<Ending> EndAsync()
    {
        using CancellationTokenSource deadline = new(Patience);
        await _process.WaitForExitAsync(deadline.Token);
        await _read;
        return new(_process.ExitCode, Output, Error);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        await _read;
        _process.Dispose();
        // A test may have removed it.
        if (Directory.Exists(_folder.FullName))
        {
            _folder.Delete(recursive: true);
        }
    }

    private static async Task ReadAsync(StreamReader reader, StringBuilder into)
    {
        char[] buffer = new char[4096];
        while (await reader.ReadAsync(buffer.AsMemory()) is > 0 and var count)
        {
            lock (into)
            {
                into.Append(buffer, 0, count);
            }
        }
    }

    private static string TextOf(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }

    /// <summary>How a command ended.</summary>
    internal sealed record Ending(int Code, string Output, string Error)
    {
        public string[] ErrorLines => Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
