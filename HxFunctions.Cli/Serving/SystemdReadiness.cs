using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Systemd;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Cli.Serving;

/// <summary>Tells systemd that <c>hx serve</c> listens, and that it stops, where the unit says <c>Type=notify</c> (sd_notify(3)).</summary>
/// <remarks>Only the notifier of the package is used. Its lifetime takes SIGTERM, which is the command line's here
/// (<see cref="ServeLifetime"/>), and its log format would replace the one that the settings ask for.</remarks>
internal static partial class SystemdReadiness
{
    /// <summary>systemd's own variable: where it listens. Not set, nobody listens, and nothing is loaded for it.</summary>
    public const string Variable = "NOTIFY_SOCKET";

    /// <summary>To be called once the host listens.</summary>
    public static void Announce(WebApplication app)
    {
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable)))
        {
            Announce(app.Lifetime, app.Logger);
        }
    }

    // Apart, and not inlined: the package's assembly is loaded when this is compiled.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Announce(IHostApplicationLifetime lifetime, ILogger logger)
    {
        SystemdNotifier notifier = new();
        Send(notifier, ServiceState.Ready, logger);
        lifetime.ApplicationStopping.Register(() => Send(notifier, ServiceState.Stopping, logger));
    }

    /// <summary>A failure is no reason to end: it is systemd that then decides.</summary>
    private static void Send(SystemdNotifier notifier, ServiceState state, ILogger logger)
    {
        try
        {
            notifier.Notify(state);
        }
        catch (SocketException exception)
        {
            LogNotTold(logger, exception.SocketErrorCode);
        }
    }

    [LoggerMessage(8, LogLevel.Warning, "systemd was not notified of the state (" + Variable + "): {Error}.")]
    private static partial void LogNotTold(ILogger logger, SocketError error);
}
