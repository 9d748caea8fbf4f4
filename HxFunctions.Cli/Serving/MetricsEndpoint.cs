using HxFunctions.Core.Hosting;
using HxFunctions.Core.Http;
using HxFunctions.Core.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace HxFunctions.Cli.Serving;

/// <summary><c>/metrics</c> for Prometheus, in <c>hx serve</c> alone. At function level, for it tells what the health endpoints
/// do.</summary>
internal sealed class MetricsEndpoint : IDisposable
{
    /// <summary>The function's name, for a key of its own.</summary>
    public const string Name = "Metrics";

    private const string Route = "metrics";

    private readonly MeterProvider _provider;
    private readonly RequestDelegate _scrape;

    /// <param name="provider">Made by <see cref="CreateProvider"/>; disposed of here.</param>
    /// <param name="services">The host's.</param>
    public MetricsEndpoint(MeterProvider provider, IServiceProvider services)
    {
        _provider = provider;
        _scrape = new ApplicationBuilder(services)
            .UseOpenTelemetryPrometheusScrapingEndpoint(_provider, _ => true, null, null, null)
            .Build();
    }

    /// <summary>Collects from here on, so that counters have what happened before the first scrape.</summary>
    public static MeterProvider CreateProvider(IConfiguration configuration) =>
        Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => TelemetryExport.Describe(resource, configuration))
            .AddMeter(HxMeter.Name, RequestDuration.MeterName)
            .AddPrometheusExporter()
            .Build();

    /// <summary>The endpoint, to be mapped beside <see cref="Endpoints.All"/>.</summary>
    public static HttpEndpoint Endpoint { get; } =
        new(
            Name,
            Route,
            AccessLevel.Function,
            [HttpMethods.Get],
            services =>
            {
                MetricsEndpoint metrics = services.GetRequiredService<MetricsEndpoint>();
                return _ => Task.FromResult<IResult>(new Scrape(metrics._scrape));
            }
        );

    public void Dispose() => _provider.Dispose();

    private sealed class Scrape(RequestDelegate scrape) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.CacheControl = "no-store";
            httpContext.Response.Headers.XContentTypeOptions = "nosniff";
            return scrape(httpContext);
        }
    }
}
