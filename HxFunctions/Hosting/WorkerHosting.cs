using HxFunctions.Core.Configuration;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Azure.Functions.Worker.OpenTelemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry;

namespace HxFunctions.Hosting;

/// <summary>What the app sets up in the worker besides itself.</summary>
internal static class WorkerHosting
{
    private const string SiteName = "WEBSITE_SITE_NAME";

    /// <summary>Logs that the host shows: those of an invocation over the worker's stream, all others by the console.</summary>
    public static void AddHostLog(this FunctionsApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IPostConfigureOptions<LoggerFilterOptions>, RequestLogFilter>();
        builder
            .Logging.AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("System", LogLevel.Warning)
            .AddConsole(console =>
            {
                console.FormatterName = ConsoleLineFormatter.FormatterName;
                console.LogToStandardErrorThreshold = LogLevel.Warning;
                ConsoleLogs.DropWhenFull(console);
            })
            .AddConsoleFormatter<ConsoleLineFormatter, Microsoft.Extensions.Logging.Console.ConsoleFormatterOptions>();
    }

    /// <summary>Makes the server take whatever the host passes on. The host's own limits are Kestrel's defaults, and it adds headers and
    /// encodes <c>%</c> in paths once more. A request that the server here refused would reach no function: the worker and the caller wait
    /// 15 s for it, and the invocation fails.</summary>
    public static void AddServerLimits(this FunctionsApplicationBuilder builder) =>
        builder.Services.Configure<KestrelServerOptions>(kestrel =>
        {
            kestrel.Limits.MaxRequestLineSize = 64 * 1024;
            kestrel.Limits.MaxRequestHeadersTotalSize = 128 * 1024;
            kestrel.Limits.MaxRequestHeaderCount = 500;
        });

    /// <summary>Who needs no key. The middleware and the levels that the host is told go by the same decision.</summary>
    public static void AddPrincipals(this FunctionsApplicationBuilder builder)
    {
        builder.Services.AddSingleton<PrincipalAccess>().AddSingleton<IFunctionMetadataTransformer, FunctionLevels>();
        builder.UseMiddleware<PrincipalMiddleware>();
    }

    /// <summary>The exporters, and what the worker needs to know of them, if any is wanted.</summary>
    public static void AddTelemetry(this FunctionsApplicationBuilder builder, TelemetrySettings settings)
    {
        if (!settings.IsWanted)
        {
            return;
        }

        builder.Services.AddHxTelemetryExport(builder.Configuration, settings);
        // Tells the host to export nothing on the worker's behalf: only for a worker that exports.
        IOpenTelemetryBuilder telemetry = builder.Services.AddOpenTelemetry().UseFunctionsWorkerDefaults();
        if (string.IsNullOrEmpty(builder.Configuration[SiteName]))
        {
            // Outside Azure the worker names the service after the program. The name that is added last wins.
            telemetry.ConfigureResource(resource => TelemetryExport.Describe(resource, builder.Configuration));
        }
    }
}
