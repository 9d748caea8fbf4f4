using HxFunctions.Core.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace HxFunctions.Cli.LocalHost;

/// <summary><c>/metrics</c> for Prometheus. At function level, for it tells what the health endpoints do.</summary>
/// <remarks>Nothing is collected before the first scrape, so that who doesn't scrape pays nothing, at start least of all: counters begin there.</remarks>
internal sealed class ScrapeEndpoint : IDisposable
{
    private const string Path = "/metrics";

    private readonly HostKeys _keys;
    private readonly Lazy<MeterProvider> _provider;
    private readonly Lazy<RequestDelegate> _scrape;

    public ScrapeEndpoint(HostKeys keys, IConfiguration configuration, IServiceProvider services)
    {
        _keys = keys;
        _provider = new(() => Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => TelemetryExport.Describe(resource, configuration))
            .AddMeter(HxMeter.Name, "Microsoft.AspNetCore.Hosting")
            .AddPrometheusExporter()
            .Build());
        _scrape = new(() => new ApplicationBuilder(services)
            .UseOpenTelemetryPrometheusScrapingEndpoint(_provider.Value, _ => true, null, null, null)
            .Build());
    }

    public void Use(IApplicationBuilder app) =>
        app.Use(next => context => context.Request.Path.Equals(Path, StringComparison.Ordinal) ? ServeAsync(context, next) : next(context));

    public void Dispose()
    {
        if (_provider.IsValueCreated) _provider.Value.Dispose();
    }

    private Task ServeAsync(HttpContext context, RequestDelegate next)
    {
        if (!HttpMethods.IsGet(context.Request.Method)) return next(context);
        if (!_keys.Open(AuthorizationLevel.Function, context.Request))
        {
            LocalFunctionHost.Bare(context.Response, StatusCodes.Status401Unauthorized);
            return Task.CompletedTask;
        }

        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return _scrape.Value(context);
    }
}
