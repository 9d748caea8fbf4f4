using HxFunctions.SystemTests.Servers;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Telemetry;

/// <summary><c>/metrics</c>, as Prometheus would read it.</summary>
/// <remarks>The SDK listens to meters by name: other instances in this process count here, too, and one that ends takes the counter of all
/// with it. So these run alone.</remarks>
[Collection(MeasuredCollection.Name)]
public sealed class ScrapeEndpointTests
{
    [Fact]
    public async Task Scrape_has_the_products_metrics_and_keeps_counting()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck(), ("GUARD_ROUTES", "/scraped=thing"));
        RawResponse first = await hx.RawAsync("GET /metrics");
        Assert.Equal(200, first.Status);
        Assert.StartsWith("text/plain", first.Headers["Content-Type"], StringComparison.Ordinal);
        Assert.Equal("no-store", first.Headers["Cache-Control"]);
        Assert.Contains("hx_dependency_state{", first.Body, StringComparison.Ordinal);

        await hx.RawAsync("GET /guard?path=/scraped&method=POST");
        // An answer is kept for 300 ms.
        await Eventually.TrueAsync(async () =>
            (await hx.RawAsync("GET /metrics"))
                .Body.Split('\n')
                .Any(line =>
                    line.StartsWith("hx_guard_decisions_total{", StringComparison.Ordinal)
                    && line.Contains("rule=\"/scraped\"", StringComparison.Ordinal)
                    && line.Contains("verdict=\"open\"", StringComparison.Ordinal)
                    && line.EndsWith(" 1", StringComparison.Ordinal)
                )
        );
    }

    /// <summary>An alert looks at how a counter changes: the first decision must not be where it begins.</summary>
    [Fact]
    public async Task First_scrape_has_what_happened_before_it_and_zero_for_what_has_not()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck(), ("GUARD_ROUTES", "/before=thing"));
        await hx.RawAsync("GET /guard?path=/before&method=POST");
        await hx.RawAsync("GET /guard?path=/before&method=GET");

        string[] lines = (await hx.RawAsync("GET /metrics")).Body.Split('\n');

        Assert.Equal("2", ValueOf("hx_guard_decisions_total", "rule=\"/before\"", "verdict=\"open\"", "mode=\"enforce\""));
        Assert.Equal("0", ValueOf("hx_guard_decisions_total", "rule=\"/before\"", "verdict=\"closed\"", "mode=\"enforce\""));
        Assert.Equal("0", ValueOf("hx_guard_decisions_total", "rule=\"none\"", "verdict=\"open\"", "mode=\"enforce\""));
        Assert.Equal("0", ValueOf("hx_checks_total", "dependency=\"thing\"", "status=\"fail\""));
        Assert.Equal("0", ValueOf("hx_transitions_total", "dependency=\"thing\"", "status=\"fail\"", "reason=\"timeout\""));
        Assert.Equal("1", ValueOf("hx_transitions_total", "dependency=\"thing\"", "status=\"pass\"", "reason=\"ok\""));

        string ValueOf(string name, params string[] tags) =>
            Assert
                .Single(
                    lines,
                    line =>
                        line.StartsWith(name + '{', StringComparison.Ordinal) && tags.All(t => line.Contains(t, StringComparison.Ordinal))
                )
                .Split(' ')[^1];
    }

    [Fact]
    public async Task Durations_of_requests_have_the_functions_route()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck());
        await hx.RawAsync("GET /metrics");
        string[] requests = ["GET /guard?path=/x&method=GET", "GET /guard/check/x", "GET /"];
        foreach (string request in requests)
        {
            await hx.RawAsync(request);
        }

        string body = "";
        await Eventually.TrueAsync(async () =>
            (body = (await hx.RawAsync("GET /metrics")).Body).Contains("http_route=\"/\"", StringComparison.Ordinal)
        );
        Assert.Contains("http_route=\"/guard\"", body, StringComparison.Ordinal);
        Assert.Contains("http_route=\"/guard/check/{*path}\"", body, StringComparison.Ordinal);
    }

    /// <summary>The SDK alone reads the environment, which this setting is not in.</summary>
    [Fact]
    public async Task Setting_that_turns_the_sdk_off_empties_the_scrape_wherever_it_stands()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck(), ("OTEL_SDK_DISABLED", "true"));

        RawResponse scrape = await hx.RawAsync("GET /metrics");

        Assert.Equal(200, scrape.Status);
        Assert.DoesNotContain("hx_", scrape.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET /metrics", 401)]
    [InlineData("GET /metrics?code=wrong", 401)]
    [InlineData("GET /metrics?code=made-up-function-key", 200)]
    [InlineData("POST /metrics?code=made-up-function-key", 404)]
    [InlineData("GET /metrics/x?code=made-up-function-key", 404)]
    public async Task Scrape_needs_a_function_key_where_keys_are_set(string request, int status)
    {
        await using HxInstance hx = await Surface.StartAsync(new StubCheck(), ("WRAPPER_KEYS", Surface.Keys));
        Assert.Equal(status, (await hx.RawAsync(request)).Status);
    }
}
