using System.Net;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace HxFunctions.Cli.Serving;

/// <summary>
/// Serves the product's endpoints on Kestrel, by ASP.NET Core's routing, with the answers that the Functions host gives around them: the
/// route prefix of <c>host.json</c>; 404 with no body for an unknown route, a wrong method, and HEAD when it isn't listed; 401 with no body
/// for a missing or wrong key; 500 with no body for an exception.
/// </summary>
internal static class ServeHost
{
    private const int KiB = 1024;

    // A path over 8 KiB must still reach the guard, which closes it, in the target or in a header.
    public const int MaxRequestLineSize = 16 * KiB;
    public const int MaxRequestHeadersTotalSize = 32 * KiB;

    /// <summary>How much is taken of a client that sends before it is read; the rest waits in the kernel. Kestrel's default is 1 MB, which
    /// some hundred clients would fill the memory of a small container with.</summary>
    public const int MaxRequestBufferSize = RequestBody.MaxLength;

    /// <summary>Makes the host; it doesn't listen, and nothing runs, before it is started.</summary>
    /// <exception cref="InvalidDataException"><c>host.json</c> is not usable.</exception>
    /// <exception cref="InvalidOperationException">There are no keys and the address is not loopback.</exception>
    public static WebApplication Build(ServeOptions options)
    {
        if (options.Keys.IsEmpty && !IPAddress.IsLoopback(options.Address))
        {
            throw new InvalidOperationException("Without keys the host listens on a loopback address only.");
        }

        string prefix = HostJson.Load(options.ContentRoot).RoutePrefix;

        // The empty builder reads no files and no environment: a setting has one way in.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { ContentRootPath = options.ContentRoot }
        );
        builder.Configuration.AddConfiguration(options.Configuration);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => ConfigureKestrel(kestrel, options));

        // What waits to be accepted takes no descriptor. With Kestrel's 512, a burst beyond them has its SYN dropped, and the client tries
        // again after a second; Linux has 4,096 by default (net.core.somaxconn), and takes the lower of the two.
        builder.Services.Configure<SocketTransportOptions>(transport => transport.Backlog = 4_096);
        builder.Services.Replace(ServiceDescriptor.Singleton<IConnectionListenerFactory>(services => CreateTransport(services, options)));
        ConfigureLogging(builder.Logging, options);
        builder.Services.AddRoutingCore();
        builder.Services.Configure<ConsoleLifetimeOptions>(lifetime => lifetime.SuppressStatusMessages = true);
        options.ConfigureServices?.Invoke(builder.Services);

        WebApplication app = builder.Build();
        ILogger logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ServeHost));
        string DescribeException(Exception exception) => options.DescribeException(app.Services, exception);
        RequestDuration? duration = app.Services.GetService<RequestDuration>();
        foreach (HttpEndpoint endpoint in options.Endpoints)
        {
            string route = prefix.Length == 0 ? endpoint.Route : $"{prefix}/{endpoint.Route}";
            EndpointRunner runner = new(endpoint, route, endpoint.Bind(app.Services), options.Keys, DescribeException, logger);
            RequestDelegate answer = options.Traces ? RequestTracing.Around(route, runner.AnswerAsync) : runner.AnswerAsync;
            Map(app, route, endpoint, duration?.Around(route, answer) ?? answer);
        }

        app.UseRouting();
        app.Run(DispatchAsync);
        return app;
    }

    /// <summary>Where a started host listens, with the port that it got.</summary>
    /// <exception cref="InvalidOperationException">The host has not started.</exception>
    public static Uri GetBoundAddress(this WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() is { } address
            ? new Uri(address)
            : throw new InvalidOperationException("The host has not started.");

    private static void Map(WebApplication app, string route, HttpEndpoint endpoint, RequestDelegate answer)
    {
        IEndpointConventionBuilder mapped =
            endpoint.Methods.Count == 0 ? app.Map(route, answer) : app.MapMethods(route, endpoint.Methods, answer);
        mapped.WithMetadata(endpoint);
    }

    // Routing answers a wrong method with an endpoint of its own, for 405: any endpoint but one of ours is 404 here.
    private static Task DispatchAsync(HttpContext context)
    {
        if (context.GetEndpoint() is { RequestDelegate: { } answer } found && found.Metadata.GetMetadata<HttpEndpoint>() is not null)
        {
            return answer(context);
        }

        BareAnswer.Write(context.Response, StatusCodes.Status404NotFound);
        return Task.CompletedTask;
    }

    private static void ConfigureKestrel(KestrelServerOptions kestrel, ServeOptions options)
    {
        kestrel.AddServerHeader = false;
        KestrelServerLimits limits = kestrel.Limits;

        limits.MaxRequestLineSize = MaxRequestLineSize;
        limits.MaxRequestHeadersTotalSize = MaxRequestHeadersTotalSize;
        limits.MaxRequestHeaderCount = 100;
        limits.MaxRequestBufferSize = MaxRequestBufferSize;
        limits.MaxRequestBodySize = RequestBody.MaxLength;
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(120);
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);

        // Who sends or reads slower than this, after a while to begin with, is sent away. These are Kestrel's defaults; they are promised
        // in docs/guard.md.
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));

        kestrel.Listen(options.Address, options.Port, listen => listen.Protocols = HttpProtocols.Http1);
    }

    /// <summary>Kestrel's own transport, with our limit.</summary>
    private static LimitedTransport CreateTransport(IServiceProvider services, ServeOptions options)
    {
        ILoggerFactory loggers = services.GetRequiredService<ILoggerFactory>();
        return new(
            new SocketTransportFactory(services.GetRequiredService<IOptions<SocketTransportOptions>>(), loggers),
            new ConnectionGate(options.Connections.Count, TimeProvider.System, loggers.CreateLogger(typeof(ServeHost)))
        );
    }

    private static void ConfigureLogging(ILoggingBuilder logging, ServeOptions options)
    {
        LogLevel framework = options.LogLevel > LogLevel.Warning ? options.LogLevel : LogLevel.Warning;
        logging
            .SetMinimumLevel(options.LogLevel)
            .AddFilter("Microsoft", framework)
            .AddFilter("System", framework)
            // As soon as it may log, the server makes an activity and a logging scope for every request, which nothing here reads:
            // RequestTracing has its own. Worth 0.4 µs and 800 bytes a request, 4 % of the requests per second.
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        logging.Services.Configure<ConsoleLoggerOptions>(ConsoleLogs.DropWhenFull);
        if (options.LogsJson)
        {
            logging.AddJsonConsole(Stamp);
            return;
        }

        logging.AddSimpleConsole(console =>
        {
            Stamp(console);
            console.TimestampFormat += " ";
            console.SingleLine = true;
            console.ColorBehavior = LoggerColorBehavior.Default;
        });
    }

    private static void Stamp(ConsoleFormatterOptions console)
    {
        console.UseUtcTimestamp = true;
        console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
    }
}
