using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace HxFunctions.Servers;

/// <summary>
/// A throw-away HAProxy on 127.0.0.1 in TCP mode before one port, which cuts connections that were idle for a time, as the proxies and
/// firewalls before production databases do. It can be hung, killed and started again.
/// </summary>
internal sealed class HAProxyServer : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    private readonly string _program = ExternalProgram.FindServer("haproxy", package: "haproxy");
    private readonly ThrowAwayDirectory _directory = new("hx-haproxy-");
    private ChildProcess? _process;

    private HAProxyServer(int backendPort, TimeSpan clientIdle, TimeSpan serverIdle) =>
        File.WriteAllText(
            SettingsFile,
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                global
                    maxconn 200
                defaults
                    mode tcp
                    timeout connect 2s
                    timeout client {clientIdle.TotalMilliseconds}ms
                    timeout server {serverIdle.TotalMilliseconds}ms
                listen only
                    bind 127.0.0.1:{Port}
                    server backend 127.0.0.1:{backendPort}

                """
            )
        );

    public int Port { get; } = FreePort.Next();

    /// <summary>The end of its log, for diagnosis.</summary>
    public string Log => _process?.Output ?? "";

    private string SettingsFile => Path.Combine(_directory.Path, "haproxy.cfg");

    /// <summary>Starts an HAProxy and returns when it listens.</summary>
    /// <param name="backendPort">Where it passes connections on to, on 127.0.0.1. Nobody need listen there.</param>
    /// <param name="clientIdle">Its <c>timeout client</c>. Null: 1 s.</param>
    /// <param name="serverIdle">Its <c>timeout server</c>. Null: as <paramref name="clientIdle"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="InvalidOperationException">HAProxy isn't installed, or doesn't start; the message has the end of its
    /// log.</exception>
    public static async Task<HAProxyServer> StartAsync(
        int backendPort,
        TimeSpan? clientIdle = null,
        TimeSpan? serverIdle = null,
        CancellationToken cancellationToken = default
    )
    {
        TimeSpan idle = clientIdle ?? TimeSpan.FromSeconds(1);
        HAProxyServer server = new(backendPort, idle, serverIdle ?? idle);
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

    /// <summary>Stops the process (SIGSTOP): connections stay open, nothing passes.</summary>
    public Task HangAsync() => _process?.HangAsync() ?? Task.CompletedTask;

    public Task ResumeAsync()
    {
        _process?.Resume();
        return Task.CompletedTask;
    }

    /// <summary>Kills the process (SIGKILL): connections are reset, new ones refused.</summary>
    public Task KillAsync() => _process?.KillAsync() ?? Task.CompletedTask;

    /// <summary>Starts a killed one on the same port.</summary>
    /// <exception cref="InvalidOperationException">It still runs, or doesn't start.</exception>
    public async Task StartAgainAsync(CancellationToken cancellationToken = default)
    {
        if (_process is { HasExited: false })
        {
            throw new InvalidOperationException("HAProxy still runs.");
        }

        _process?.Dispose();
        // One process in the foreground, without workers (haproxy(1), -db).
        _process = ChildProcess.Start(_program, ["-db", "-f", SettingsFile], _directory);
        long since = Stopwatch.GetTimestamp();
        while (!Listens())
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(since) > StartPatience)
            {
                await _process.DrainedAsync(StopPatience);
                throw new InvalidOperationException($"HAProxy did not start: {Log}");
            }

            await Task.Delay(5, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // SIGTERM ends it at once, open connections or not (haproxy(1)).
        if (_process is not null)
        {
            await _process.StopAsync(ProcessTree.Terminate, StopPatience);
            _process.Dispose();
            _process = null;
        }

        _directory.Dispose();
    }

    private bool Listens()
    {
        try
        {
            using TcpClient client = new("127.0.0.1", Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
