using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using HxFunctions.Cli.Serving;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Http;
using HxFunctions.Core.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Cli.Commands;

/// <summary><c>hx serve</c>: the functions on Kestrel, without Azure or Core Tools.</summary>
internal static partial class ServeCommand
{
    /// <summary>What ending takes besides the longest request: the lease, the last transitions, the last spans and log records.</summary>
    private static readonly TimeSpan StopReserve = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long the command line waits for it after SIGTERM or Ctrl+C before it ends the process with what is under way: never before the
    /// host's own deadline, which is <see cref="ShutdownTimeout"/>, whatever the settings.
    /// </summary>
    public static readonly TimeSpan TerminationTimeout = HxSettings.MaxCheckTimeout + StopReserve + TimeSpan.FromSeconds(30);

    /// <summary>What it serves besides <see cref="Endpoints.All"/>, which both hosts have.</summary>
    public static IReadOnlyList<HttpEndpoint> AddedEndpoints { get; } = [HomeEndpoint.Endpoint, MetricsEndpoint.Endpoint];

    /// <summary>How long requests under way have when it ends. A live check is the longest, and takes a check's deadline.</summary>
    public static TimeSpan ShutdownTimeout(HxSettings settings) => settings.CheckTimeout + StopReserve;

    public static Command Create()
    {
        Option<string?> host = new("--host")
        {
            HelpName = "address",
            Description = $"Address to listen on. Default: {Variables.WrapperHost}, or 127.0.0.1.",
        };
        Option<string?> port = new("--port")
        {
            HelpName = "number",
            Description = $"Port to listen on; 0: any free port. Default: {Variables.WrapperPort}, or 8001.",
        };
        Command command = new(
            "serve",
            "Serve the functions on Kestrel, without Azure or Core Tools, until Ctrl+C or SIGTERM. Exit code 0: ended by those; 1: "
                + "can't listen; 2: the configuration is wrong."
        )
        {
            host,
            port,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
            {
                VariableOption address = new(Variables.WrapperHost, host.Name, parsed.GetValue(host)),
                    number = new(Variables.WrapperPort, port.Name, parsed.GetValue(port));
                return RunAsync(
                    Settings.Load(address, number),
                    settings => FindListenProblem(settings.Wrapper, address.Source, number.Source),
                    settings => Build(settings),
                    parsed.InvocationConfiguration.Output,
                    parsed.InvocationConfiguration.Error,
                    cancellationToken
                );
            }
        );
        return command;
    }

    /// <summary>Makes the host of the endpoints for these settings, as <c>hx serve</c> and <c>hx demo</c> run it.</summary>
    /// <param name="settings">The settings, read already.</param>
    /// <param name="more">Registers more services, after the product's.</param>
    public static WebApplication Build(Settings settings, Action<IServiceCollection>? more = null)
    {
        return ServeHost.Build(
            new ServeOptions
            {
                Address = settings.Wrapper.Host,
                Port = settings.Wrapper.Port,
                Keys = settings.Wrapper.Keys,
                LogLevel = settings.Wrapper.LogLevel,
                LogsJson = settings.Wrapper.LogsJson,
                Endpoints = [.. Endpoints.All, .. AddedEndpoints],
                Configuration = settings.Configuration,
                Traces = settings.Product.Telemetry.IsWanted,
                DescribeException = (services, exception) => services.GetRequiredService<Redactor>().Redact(exception.ToString()),
                ConfigureServices = services =>
                {
                    services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout(settings.Product));
                    services.AddHxFunctions(settings.Product);
                    services.AddHxTelemetryExport(settings.Configuration, settings.Product.Telemetry);
                    services.AddSingleton<RequestDuration>();
                    services.AddSingleton(provider => ActivatorUtilities.CreateInstance<MetricsEndpoint>(provider, settings.Configuration));
                    services.AddHostedService(SnapshotTimerService.Create);
                    services.AddSingleton<IHostLifetime, ServeLifetime>();
                    more?.Invoke(services);
                },
            }
        );
    }

    /// <summary>What stands in the way of listening, if anything. Asked first, for the server would log it as a stack trace.</summary>
    /// <param name="hostSource">The option or the variable that the address comes from.</param>
    /// <param name="portSource">The same for the port.</param>
    private static string? FindListenProblem(WrapperSettings wrapper, string hostSource, string portSource)
    {
        try
        {
            using TcpListener listener = new(wrapper.Host, wrapper.Port);
            if (wrapper.Host.Equals(IPAddress.IPv6Any))
            {
                // As Kestrel does it: the port must be free in IPv4, too.
                listener.Server.DualMode = true;
            }

            listener.Start();
            return null;
        }
        catch (SocketException exception)
        {
            return exception.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => PortInUse(wrapper),
                SocketError.AddressNotAvailable => $"{hostSource} is not an address of this machine.",
                SocketError.AccessDenied => $"{portSource} is a port that this user may not open: use 1024 or higher.",
                var other => $"can't listen on {hostSource} and {portSource} ({other}).",
            };
        }
    }

    private static string PortInUse(WrapperSettings wrapper) =>
        $"port {wrapper.Port} is in use by another program: stop it, or set another port with {Variables.WrapperPort} or --port.";

    /// <summary>Serves until it is told to end.</summary>
    /// <param name="findListenProblem">See <see cref="FindListenProblem"/>.</param>
    /// <param name="build">Makes the host, from a <c>host.json</c> that may be wrong.</param>
    internal static async Task<int> RunAsync(
        Settings settings,
        Func<Settings, string?> findListenProblem,
        Func<Settings, WebApplication> build,
        TextWriter output,
        TextWriter error,
        CancellationToken cancellationToken
    )
    {
        if (await settings.ReportAsync(error))
        {
            return ExitCode.Misuse;
        }

        if (findListenProblem(settings) is { } problem)
        {
            await error.WriteLineAsync($"hx: {problem}");
            return ExitCode.Negative;
        }

        WebApplication built;
        try
        {
            built = build(settings);
        }
        catch (InvalidDataException exception)
        {
            await error.WriteLineAsync($"hx: {exception.Message}");
            return ExitCode.Misuse;
        }

        await using WebApplication app = built;
        if (ConnectionLimit.OfThisProcess() is { Count: < ConnectionLimit.Few } few)
        {
            LogFewConnections(app.Logger, few.Count, few.Cause);
        }

        try
        {
            // A start takes no time. Cancelled in the middle of it, the host would log a failure.
            await app.StartAsync(CancellationToken.None);
        }
        catch (IOException exception) when (exception.InnerException is AddressInUseException)
        {
            // Somebody took the port after it was tried.
            await error.WriteLineAsync($"hx: {PortInUse(settings.Wrapper)}");
            return ExitCode.Negative;
        }

        string open = settings.Wrapper.Keys.IsEmpty ? "; no keys: every route is open to this machine" : "";
        string listening = $"hx {ProductVersion.Text} listening on {app.GetBoundAddress().GetLeftPart(UriPartial.Authority)}{open}";
        // JSON log consumers expect only JSON.
        if (settings.Wrapper.LogsJson)
        {
            LogListening(app.Logger, listening);
        }
        else
        {
            await output.WriteLineAsync(listening);
        }

        SystemdReadiness.Announce(app);
        await app.WaitForShutdownAsync(cancellationToken);
        return ExitCode.Ok;
    }

    [LoggerMessage(6, LogLevel.Warning, "Takes {Count} connections at once and closes others, since {Cause}.")]
    private static partial void LogFewConnections(ILogger logger, int count, string cause);

    [LoggerMessage(5, LogLevel.Information, "{Listening}")]
    private static partial void LogListening(ILogger logger, string listening);
}
