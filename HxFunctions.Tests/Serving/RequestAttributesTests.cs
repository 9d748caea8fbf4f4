using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using HxFunctions.Cli.Serving;
using HxFunctions.Core.Http;
using HxFunctions.Core.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;

namespace HxFunctions.Tests.Serving;

/// <summary>The span and the measurement of a request say the same, by OpenTelemetry's conventions.</summary>
public sealed class RequestAttributesTests
{
    private static readonly HttpEndpoint[] Answers =
    [
        .. new[] { 200, 404, 500, 502, 503 }.Select(status => new HttpEndpoint(
            $"Answers{status}",
            $"answers/{{any}}/{status}",
            AccessLevel.Anonymous,
            [],
            _ => _ => Task.FromResult(Results.StatusCode(status))
        )),
    ];

    [Theory]
    [InlineData("GET", 200, "GET", "GET", null)]
    [InlineData("BREW", 200, "_OTHER", "HTTP", null)]
    [InlineData("GET", 404, "GET", "GET", null)]
    [InlineData("POST", 500, "POST", "POST", "500")]
    [InlineData("GET", 502, "GET", "GET", "502")]
    // Closed is an answer.
    [InlineData("GET", 503, "GET", "GET", null)]
    public async Task Span_and_measurement_have_the_attributes_of_the_conventions(
        string sent,
        int status,
        string method,
        string name,
        string? error
    )
    {
        string route = $"/a/b/answers/{{any}}/{status}";
        ConcurrentQueue<Activity> spans = new();
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == HxActivities.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        await using ServiceProvider meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
        IMeterFactory factory = meters.GetRequiredService<IMeterFactory>();
        RequestDuration duration = new(factory);
        using MetricCollector<double> durations = new(factory, RequestDuration.MeterName, "http.server.request.duration");
        await using TestHost host = await TestHost.StartAsync(
            Answers,
            options =>
                options with
                {
                    Traces = true,
                    ConfigureServices = services =>
                    {
                        options.ConfigureServices!(services);
                        services.AddSingleton(duration);
                    },
                },
            """{ "version": "2.0", "extensions": { "http": { "routePrefix": "a/b" } } }"""
        );

        await host.SendAsync($"{sent} /a/b/answers/c4n4ry/{status}");
        // It is measured when the answer may have arrived already.
        await durations.WaitForMeasurementsAsync(1).WaitAsync(TimeSpan.FromSeconds(20));

        Dictionary<string, object?> expected = new()
        {
            ["http.request.method"] = method,
            ["http.route"] = route,
            ["url.scheme"] = "http",
            ["http.response.status_code"] = status,
        };
        if (error is not null)
        {
            expected["error.type"] = error;
        }

        Assert.Equal(expected, new(Assert.Single(durations.GetMeasurementSnapshot()).Tags));
        Activity span = Assert.Single(spans, span => span.DisplayName.EndsWith(' ' + route, StringComparison.Ordinal));
        Assert.Equal(expected, new(span.TagObjects));
        Assert.Equal($"{name} {route}", span.DisplayName);
        Assert.Equal(error is null ? ActivityStatusCode.Unset : ActivityStatusCode.Error, span.Status);
    }
}
