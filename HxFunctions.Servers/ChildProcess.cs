using System.Diagnostics;

namespace HxFunctions.Servers;

/// <summary>
/// A server as a direct child of this process (not daemonised: a daemon's zombie would block its restart), that can be hung
/// and killed with all its children. It works in a <see cref="ThrowAwayDirectory"/>, so <see cref="Watchdog"/> kills it at the latest.
/// Linux only.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    private const int OutputLimit = 16 * 1024;
    private static readonly TimeSpan FreezePatience = TimeSpan.FromSeconds(5);

    private readonly Process _process;
    private readonly Task _drained;
    private readonly Lock _outputLock = new();
    private string _output = "";

    private ChildProcess(Process process)
    {
        _process = process;
        Id = process.Id;
        _drained = Task.WhenAll(DrainAsync(process.StandardOutput), DrainAsync(process.StandardError));
    }

    public int Id { get; }

    public bool HasExited => _process.HasExited;

    /// <summary>After its end; 128 plus the signal's number if a signal ended it.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>The last 16 K characters of standard output and standard error, for diagnosis.</summary>
    public string Output
    {
        get
        {
            lock (_outputLock)
            {
                return _output;
            }
        }
    }

    /// <summary>Starts a program.</summary>
    /// <param name="program">A path, or a name that is looked up in PATH.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="workingDirectory">A directory that the program's user may enter. The program may go on to one inside it.</param>
    /// <param name="user">The user and group to run as; needs root and setpriv (util-linux). Null: as this process.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">The program can't be started.</exception>
    public static ChildProcess Start(
        string program,
        IEnumerable<string> arguments,
        ThrowAwayDirectory workingDirectory,
        string? user = null
    )
    {
        ProcessStartInfo info = ExternalProgram.StartInfo(program, arguments, user);
        info.WorkingDirectory = workingDirectory.Path;
        info.RedirectStandardInput = true;
        Process process = Process.Start(info)!;
        process.StandardInput.Close();
        return new ChildProcess(process);
    }

    /// <summary>Stops the process and all its children (SIGSTOP): connections stay open and nothing answers. Returns when they stand
    /// still.</summary>
    public async Task HangAsync()
    {
        if (HasExited)
        {
            return;
        }

        // The parent first: once it stands still it can't make children that escape.
        ProcessTree.Signal(Id, ProcessTree.Stop);
        await UntilAsync(() => ProcessTree.IsStopped(Id));
        List<int> children = ProcessTree.ChildrenOf(Id);
        children.ForEach(child => ProcessTree.Signal(child, ProcessTree.Stop));
        await UntilAsync(() => children.TrueForAll(ProcessTree.IsStopped));
    }

    /// <summary>Lets the process and all its children go on after <see cref="HangAsync"/>.</summary>
    public void Resume()
    {
        if (HasExited)
        {
            return;
        }

        ProcessTree.ChildrenOf(Id).ForEach(child => ProcessTree.Signal(child, ProcessTree.Continue));
        ProcessTree.Signal(Id, ProcessTree.Continue);
    }

    /// <summary>Asks the process to end with <paramref name="signal"/>, and kills it when it has not after
    /// <paramref name="patience"/>.</summary>
    public async Task StopAsync(int signal, TimeSpan patience)
    {
        if (HasExited)
        {
            return;
        }

        Resume();
        ProcessTree.Signal(Id, signal);
        using CancellationTokenSource deadline = new CancellationTokenSource(patience);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
        }
    }

    /// <summary>Kills the process and all its children (SIGKILL) and returns when they are gone.</summary>
    public async Task KillAsync()
    {
        List<int> children = KillTree();
        await _process.WaitForExitAsync();

        // A child that still holds the shared memory would make PostgreSQL refuse to start again.
        await UntilAsync(() => children.TrueForAll(ProcessTree.IsOver));
    }

    /// <summary>Kills what still runs and forgets the process.</summary>
    public void Dispose()
    {
        KillTree();
        _process.Dispose();
    }

    /// <summary>Waits until everything that the process wrote is in <see cref="Output"/>; only after its end.</summary>
    public Task DrainedAsync(TimeSpan patience) => Task.WhenAny(_drained, Task.Delay(patience));

    private static async Task UntilAsync(Func<bool> condition)
    {
        long since = Stopwatch.GetTimestamp();
        while (!condition() && Stopwatch.GetElapsedTime(since) < FreezePatience)
        {
            await Task.Delay(1);
        }
    }

    /// <summary>Sends SIGKILL to the process and its children, whose ids it returns. Blocks for about a millisecond.</summary>
    private List<int> KillTree()
    {
        if (HasExited)
        {
            return [];
        }

        // Once the parent stands still, the list of its children is final.
        ProcessTree.Signal(Id, ProcessTree.Stop);
        SpinWait.SpinUntil(() => ProcessTree.IsStopped(Id), FreezePatience);
        List<int> children = ProcessTree.ChildrenOf(Id);
        children.ForEach(child => ProcessTree.Signal(child, ProcessTree.Kill));
        ProcessTree.Signal(Id, ProcessTree.Kill);
        return children;
    }

    private async Task DrainAsync(StreamReader reader)
    {
        char[] buffer = new char[4096];
        try
        {
            while (await reader.ReadAsync(buffer.AsMemory()) is > 0 and var count)
            {
                lock (_outputLock)
                {
                    string all = string.Concat(_output, buffer.AsSpan(0, count));
                    _output = all.Length <= OutputLimit ? all : all[^OutputLimit..];
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Disposed while reading.
        }
    }
}
