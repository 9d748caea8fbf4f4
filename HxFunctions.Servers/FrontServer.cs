using System.Diagnostics;
using System.Net.Sockets;

namespace HxFunctions.Servers;

/// <summary>A throw-away program that listens on 127.0.0.1, mostly in front of a server. It can be hung, killed and started
/// again.</summary>
/// <param name="name">The program's name in messages.</param>
/// <param name="directory">Its own; deleted with it.</param>
internal abstract class FrontServer(string name, ThrowAwayDirectory directory) : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    private ChildProcess? _process;

    public int Port { get; } = FreePort.Next();

    /// <summary>The end of its log, for diagnosis.</summary>
    public string Log => _process?.Output ?? "";

    /// <summary>Whether it runs, for diagnosis.</summary>
    public string Condition =>
        _process switch
        {
            null => $"{name} is not started",
            { HasExited: true } ended => $"{name} has ended with code {ended.ExitCode}",
            _ => $"{name} runs",
        };

    protected ThrowAwayDirectory Folder => directory;

    /// <summary>The ports that it has to listen on before it is ready.</summary>
    protected virtual IReadOnlyList<int> Ports => [Port];

    /// <summary>Whether it has started, asked again and again: it has when something listens on each of its ports.</summary>
    protected virtual bool IsReady
    {
        get
        {
            try
            {
                foreach (int port in Ports)
                {
                    using TcpClient client = new("127.0.0.1", port);
                }

                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        }
    }

    /// <summary>Stops the process (SIGSTOP): connections stay open, nothing passes.</summary>
    public Task HangAsync() => _process?.HangAsync() ?? Task.CompletedTask;

    public Task ResumeAsync()
    {
        _process?.Resume();
        return Task.CompletedTask;
    }

    /// <summary>Kills the process (SIGKILL): connections are reset, new ones refused.</summary>
    public Task KillAsync() => _process?.KillAsync() ?? Task.CompletedTask;

    /// <summary>Starts it, or a killed one again on the same port, and returns when it is ready.</summary>
    /// <exception cref="InvalidOperationException">It still runs, or doesn't start; the message has the end of its log.</exception>
    public async Task StartAgainAsync(CancellationToken cancellationToken = default)
    {
        if (_process is { HasExited: false })
        {
            throw new InvalidOperationException($"{name} still runs.");
        }

        _process?.Dispose();
        _process = Launch();
        long since = Stopwatch.GetTimestamp();
        while (!IsReady)
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(since) > StartPatience)
            {
                await _process.DrainedAsync(StopPatience);
                throw new InvalidOperationException($"{name} did not start: {Log}");
            }

            await Task.Delay(5, cancellationToken);
        }
    }

    /// <summary>A server that has been started. One that doesn't start is cleaned up.</summary>
    /// <exception cref="InvalidOperationException">It doesn't start; the message has the end of its log.</exception>
    private protected static async Task<T> StartedAsync<T>(T server, CancellationToken cancellationToken = default)
        where T : FrontServer
    {
        try
        {
            await server.StartAgainAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public virtual async ValueTask DisposeAsync()
    {
        // SIGTERM ends HAProxy, PgBouncer and nginx at once, open connections or not (haproxy(1); pgbouncer(1), "Signals"; nginx(8)).
        if (_process is not null)
        {
            await _process.StopAsync(ProcessTree.Terminate, StopPatience);
            _process.Dispose();
            _process = null;
        }

        directory.Dispose();
    }

    protected abstract ChildProcess Launch();
}
