using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.Cli.Serving;

/// <summary><c>http.server.request.duration</c> by OpenTelemetry's conventions.</summary>
/// <remarks>
/// https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration. ASP.NET Core's own instrument of this
/// name cost 4 % of throughput, when the two were compared, as soon as somebody listens, and somebody does from the start.
/// </remarks>
internal sealed class RequestDuration
{
    /// <summary>The meter's name, for listeners and exporters.</summary>
    public const string MeterName = "HxFunctions.Serving";

    private readonly Histogram<double> _duration;

    public RequestDuration(IMeterFactory factory)
    {
        Meter meter = factory.Create(new MeterOptions(MeterName));
        _duration = meter.CreateHistogram(
            "http.server.request.duration",
            "s",
            "Duration of HTTP server requests.",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
            }
        );
    }

    /// <summary>What answers the requests to a route, measured.</summary>
    /// <param name="route">The route as it is mapped, with the host's prefix.</param>
    public RequestDelegate Around(string route, RequestDelegate answer)
    {
        string template = RequestAttributes.RouteOf(route);
        return async context =>
        {
            long started = Stopwatch.GetTimestamp();
            await answer(context);
            TagList tags = new()
            {
                { RequestAttributes.Route, template },
                { RequestAttributes.Method, RequestAttributes.MethodOf(context.Request) },
                { RequestAttributes.Scheme, context.Request.Scheme },
                { RequestAttributes.StatusCode, context.Response.StatusCode },
            };
            if (RequestAttributes.ErrorTypeOf(context.Response) is { } error)
            {
                tags.Add(RequestAttributes.ErrorType, error);
            }

            _duration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, tags);
        };
    }
}
