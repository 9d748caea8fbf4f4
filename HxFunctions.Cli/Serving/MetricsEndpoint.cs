using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Http;
using HxFunctions.Core.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
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

    /// <summary>How long after the start the collector is made, unless it is needed sooner. It takes 40 ms to compile, which no first
    /// answer should wait for.</summary>
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(2);

    private readonly Lazy<Collector> _collector;

    /// <param name="services">The host's.</param>
    public MetricsEndpoint(IServiceProvider services, IConfiguration configuration, IHostApplicationLifetime lifetime)
    {
        _collector = new(() => Collector.Create(services, configuration));
        lifetime.ApplicationStarted.Register(() => MakeLaterAsync(lifetime.ApplicationStopping).Observe());
    }

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
                return _ => Task.FromResult<IResult>(new Scrape(metrics._collector.Value.Scrape));
            }
        );

    public void Dispose()
    {
        if (_collector.IsValueCreated)
        {
            _collector.Value.Provider.Dispose();
        }
    }

    private async Task MakeLaterAsync(CancellationToken stopping)
    {
        await Task.Delay(Delay, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!stopping.IsCancellationRequested)
        {
            _ = _collector.Value;
        }
    }

    /// <summary>What collects, and what answers a scrape with it.</summary>
    private sealed record Collector(MeterProvider Provider, RequestDelegate Scrape)
    {
        public static Collector Create(IServiceProvider services, IConfiguration configuration)
        {
            MeterProvider provider = Sdk.CreateMeterProviderBuilder()
                // By itself it reads the environment alone, which is not all of the settings.
                .ConfigureServices(own => own.AddSingleton(configuration))
                .ConfigureResource(resource => TelemetryExport.Describe(resource, configuration))
                .AddMeter(HxMeter.Name, RequestDuration.MeterName)
                .AddPrometheusExporter()
                .Build();
            RequestDelegate scrape = new ApplicationBuilder(services)
                .UseOpenTelemetryPrometheusScrapingEndpoint(provider, _ => true, null, null, null)
                .Build();
            return new(provider, scrape);
        }
    }

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
