using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace HxFunctions.Cli.LocalHost;

/// <summary>
/// Serves functions on Kestrel the way the Functions host does: the route prefix of <c>host.json</c>; 404 with no body for
/// an unknown route, a wrong method, and HEAD when it isn't listed; 401 with no body for a missing or wrong key; 500 with no
/// body for an exception; 200 with no body when a function returns nothing.
/// </summary>
/// <remarks>
/// The pipeline is finding the function and calling it, nothing else. Kestrel resolves dot segments before routing, as it does in the
/// Functions host: <c>/guard/check/../x</c> is routed as <c>/guard/x</c>. A function finds the target as it came in
/// <see cref="Microsoft.AspNetCore.Http.Features.IHttpRequestFeature.RawTarget"/>.
/// </remarks>
internal static class LocalFunctionHost
{
    private const int KiB = 1024;

    /// <summary>Makes the host; it doesn't listen, and no function runs, before it is started.</summary>
    /// <exception cref="FunctionCatalogException">Some functions can't be served.</exception>
    /// <exception cref="InvalidDataException"><c>host.json</c> is not usable.</exception>
    /// <exception cref="InvalidOperationException">
    /// There are no keys and the address is not loopback, or a function class needs a service that isn't registered.
    /// </exception>
    public static WebApplication Build(LocalHostOptions options)
    {
        if (options.Keys.IsEmpty && !IPAddress.IsLoopback(options.Address))
        {
            throw new InvalidOperationException("Without keys the host listens on a loopback address only.");
        }

        FunctionCatalog functions = options.Functions ?? FindFunctions();
        HostJson hostJson = HostJson.Load(options.ContentRoot);

        // The empty builder reads no files and no environment: a setting has one way in.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { ContentRootPath = options.ContentRoot }
        );
        builder.Configuration.AddConfiguration(options.Configuration);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => ConfigureKestrel(kestrel, options));
        ConfigureLogging(builder.Logging, options);
        builder.Services.AddRoutingCore();
        builder.Services.Configure<ConsoleLifetimeOptions>(lifetime => lifetime.SuppressStatusMessages = true);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(functions);
        builder.Services.AddSingleton<FunctionInstances>();
        options.ConfigureServices?.Invoke(builder.Services);
        builder.Services.TryAddSingleton(TimeProvider.System);
        if (functions.Timers.Count > 0)
        {
            builder.Services.AddHostedService<TimerService>();
        }

        WebApplication app = builder.Build();
        options.Prepare?.Invoke(app.Services);
        options.ConfigureApp?.Invoke(app);
        List<MappedFunction> mapped = Map(app.Services, functions, hostJson, options);
        ((IEndpointRouteBuilder)app).DataSources.Add(new DefaultEndpointDataSource(mapped.Select(function => function.Endpoint)));
        new LiteralRoutes(mapped).Use(app);
        app.UseRouting();
        app.Run(DispatchAsync);
        return app;
    }

    /// <summary>The functions compiled into hx.</summary>
    public static FunctionCatalog FindFunctions() => FunctionCatalog.FromAssembly(typeof(LocalFunctionHost).Assembly);

    private static List<MappedFunction> Map(
        IServiceProvider services,
        FunctionCatalog functions,
        HostJson hostJson,
        LocalHostOptions options
    )
    {
        ILogger logger = services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(LocalFunctionHost));
        FunctionInstances instances = services.GetRequiredService<FunctionInstances>();
        List<MappedFunction> mapped = new List<MappedFunction>();
        foreach (HttpFunction function in functions.Http)
        {
            string route = hostJson.RoutePrefix.Length == 0 ? function.Route.RawText! : $"{hostJson.RoutePrefix}/{function.Route.RawText}";
            HttpInvoker invoker = new HttpInvoker(
                function,
                FunctionCall.Create(function, instances.For(function.Method)),
                options.Keys,
                options.DescribeException,
                logger
            );
            mapped.Add(new MappedFunction(function, RoutePatternFactory.Parse(route), invoker.InvokeAsync, options.ConfigureFunction));
            Log.FunctionMapped(logger, function.Name, route, string.Join(',', function.HttpMethods), function.Level.ToString());
        }

        return mapped;
    }

    // Routing answers a wrong method with an endpoint of its own, for 405: any endpoint but a function's is 404 here.
    private static Task DispatchAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<MappedFunction>() is { } function)
        {
            return function.Run(context);
        }

        Bare(context.Response, StatusCodes.Status404NotFound);
        return Task.CompletedTask;
    }

    /// <summary>An answer of the host's own, with no body. It must not be stored, as no answer here may: a 404 or 401 of now says nothing
    /// of later.</summary>
    internal static void Bare(HttpResponse response, int status)
    {
        response.StatusCode = status;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
    }

    private static void ConfigureKestrel(KestrelServerOptions kestrel, LocalHostOptions options)
    {
        kestrel.AddServerHeader = false;
        KestrelServerLimits limits = kestrel.Limits;

        // A path over 8 KiB must still reach the guard, which closes it, in the target or in a header.
        limits.MaxRequestLineSize = 16 * KiB;
        limits.MaxRequestHeadersTotalSize = 32 * KiB;
        limits.MaxRequestHeaderCount = 100;
        limits.MaxRequestBodySize = 64 * KiB;
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(120);
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);

        // Who sends or reads slower than this, after a while to begin with, is sent away. These are Kestrel's defaults; they are promised
        // in docs/guard.md.
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));

        // Unlimited: a limit would refuse the gateway's connections, and with them what the guard would let pass.
        limits.MaxConcurrentConnections = null;
        kestrel.Listen(options.Address, options.Port, listen => listen.Protocols = HttpProtocols.Http1);
    }

    private static void ConfigureLogging(ILoggingBuilder logging, LocalHostOptions options)
    {
        LogLevel framework = options.LogLevel > LogLevel.Warning ? options.LogLevel : LogLevel.Warning;
        logging
            .SetMinimumLevel(options.LogLevel)
            .AddFilter("Microsoft", framework)
            .AddFilter("System", framework)
            // As soon as it may log, the server makes an activity and a logging scope for every request, which nothing here reads:
            // RequestTracing has its own.
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
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
