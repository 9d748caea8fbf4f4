using HxFunctions.Core.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace HxFunctions.Cli.LocalHost;

/// <summary><c>/metrics</c> for Prometheus. At function level, for it tells what the health endpoints do.</summary>
/// <remarks>Nothing is collected before the first scrape, so that who doesn't scrape pays nothing, at start least of all: counters begin
/// there.</remarks>
internal sealed class ScrapeEndpoint : IDisposable
{
    private const string Path = "/metrics";

    private readonly HostKeys _keys;
    private readonly Lazy<Scraper> _scraper;

    public ScrapeEndpoint(HostKeys keys, IConfiguration configuration, IServiceProvider services)
    {
        _keys = keys;
        _scraper = new(() => new(configuration, services));
    }

    public void Use(IApplicationBuilder app) =>
        app.Use(next => context => context.Request.Path.Equals(Path, StringComparison.Ordinal) ? ServeAsync(context, next) : next(context));

    public void Dispose()
    {
        if (_scraper.IsValueCreated)
        {
            _scraper.Value.Dispose();
        }
    }

    private Task ServeAsync(HttpContext context, RequestDelegate next)
    {
        if (!HttpMethods.IsGet(context.Request.Method))
        {
            return next(context);
        }

        if (!_keys.Open(AuthorizationLevel.Function, context.Request))
        {
            LocalFunctionHost.Bare(context.Response, StatusCodes.Status401Unauthorized);
            return Task.CompletedTask;
        }

        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return _scraper.Value.Scrape(context);
    }

    /// <summary>What collects. A class of its own, so that nothing of OpenTelemetry is loaded before it is made.</summary>
    private sealed class Scraper : IDisposable
    {
        private readonly MeterProvider _provider;

        public Scraper(IConfiguration configuration, IServiceProvider services)
        {
            _provider = Sdk.CreateMeterProviderBuilder()
                .ConfigureResource(resource => TelemetryExport.Describe(resource, configuration))
                .AddMeter(HxMeter.Name, "Microsoft.AspNetCore.Hosting")
                .AddPrometheusExporter()
                .Build();
            Scrape = new ApplicationBuilder(services)
                .UseOpenTelemetryPrometheusScrapingEndpoint(_provider, _ => true, null, null, null)
                .Build();
        }

        public RequestDelegate Scrape { get; }

        public void Dispose() => _provider.Dispose();
    }
}
