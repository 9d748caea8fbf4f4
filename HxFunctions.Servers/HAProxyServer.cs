using System.Globalization;

namespace HxFunctions.Servers;

/// <summary>
/// A throw-away HAProxy on 127.0.0.1 in TCP mode before one port, which cuts connections that were idle for a time, as the proxies and
/// firewalls before production databases do. It can be hung, killed and started again.
/// </summary>
internal sealed class HAProxyServer : FrontServer
{
    private readonly string _program = ExternalProgram.FindServer("haproxy", package: "haproxy");

    private HAProxyServer(int backendPort, TimeSpan clientIdle, TimeSpan serverIdle)
        : base("HAProxy", new ThrowAwayDirectory("hx-haproxy-")) =>
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

    private string SettingsFile => Path.Combine(Folder.Path, "haproxy.cfg");

    /// <summary>Starts an HAProxy and returns when it listens.</summary>
    /// <param name="backendPort">Where it passes connections on to, on 127.0.0.1. Nobody need listen there.</param>
    /// <param name="clientIdle">Its <c>timeout client</c>. Null: 1 s.</param>
    /// <param name="serverIdle">Its <c>timeout server</c>. Null: as <paramref name="clientIdle"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="InvalidOperationException">HAProxy isn't installed, or doesn't start; the message has the end of its
    /// log.</exception>
    public static Task<HAProxyServer> StartAsync(
        int backendPort,
        TimeSpan? clientIdle = null,
        TimeSpan? serverIdle = null,
        CancellationToken cancellationToken = default
    )
    {
        TimeSpan idle = clientIdle ?? TimeSpan.FromSeconds(1);
        return StartedAsync(new HAProxyServer(backendPort, idle, serverIdle ?? idle), cancellationToken);
    }

    protected override ChildProcess Launch() => ChildProcess.Start(_program, ["-db", "-f", SettingsFile], Folder);
}
