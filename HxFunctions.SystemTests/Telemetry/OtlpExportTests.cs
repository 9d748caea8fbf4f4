using System.Net;
using System.Text;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Commands;
using HxFunctions.SystemTests.Integration;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HxFunctions.SystemTests.Telemetry;

/// <summary>
/// What leaves <c>hx serve</c> for an OTLP receiver, decoded there. It runs as a process of its own, for the SDK listens to every meter of
/// that name in a process. Every test ends it with SIGTERM, so that all that arrives was flushed by then.
/// </summary>
[Trait(HxProgram.Trait, HxProgram.Any)]
public sealed class OtlpExportTests
{
    private const string UserPath = "user-path-c4n4ry";

    [Fact]
    public async Task Metrics_traces_and_logs_arrive_with_names_tags_and_resource()
    {
        IReadOnlyList<OtlpItem> items = await RunAsync(
            null,
            async hx =>
            {
                await hx.UntilAsync(HttpStatusCode.OK);
                await RawAsync(hx, $"GET /guard?path=/{UserPath}", $"traceparent: 00-{new string('a', 32)}-{new string('b', 16)}-01");
                await RawAsync(hx, $"{UserPath} /guard/check/{UserPath}");
                await RawAsync(hx, $"GET /{UserPath}");
            }
        );

        Assert.All(items, item => Assert.Equal("hx-functions", item.Resource["service.name"]));
        Assert.Equal(1, Point(items, "hx.dependency.state", ("dependency", "qdrant")));
        Assert.True(Point(items, "hx.snapshot.age", ("dependency", "qdrant")) >= 0);
        Assert.Equal(0, Point(items, "hx.override", ("mode", "closed")));
        Assert.True(Point(items, "hx.checks", ("dependency", "qdrant"), ("status", "pass")) >= 1);
        Assert.Equal(1, Point(items, "hx.transitions", ("dependency", "qdrant"), ("status", "pass"), ("reason", "ok")));
        Assert.True(Point(items, "hx.probe.duration", ("dependency", "qdrant"), ("reason", "ok")) >= 1);
        Assert.True(Point(items, "hx.guard.decisions", ("rule", "/v1/keys"), ("verdict", "open"), ("mode", "enforce")) >= 1);
        Assert.Equal(2, Point(items, "hx.guard.decisions", ("rule", "none"), ("verdict", "open"), ("mode", "enforce")));

        Assert.Contains(items, i => i is { Kind: "span", Name: "check qdrant" } && i.Attributes["hx.status"] == "pass");
        Assert.Contains(items, i => i is { Kind: "span", Name: "probe qdrant" } && i.Attributes["hx.reason"] == "ok");
        Assert.Contains(
            items,
            i =>
                i is { Kind: "span", Name: "GET /guard" }
                && i.Attributes["http.route"] == "/guard"
                && i.Attributes["url.scheme"] == "http"
                && i.Attributes["hx.rule"] == "/v1/keys"
                && i.Attributes["hx.verdict"] == "open"
                && i.Attributes["http.response.status_code"] == "200"
        );
        Assert.Contains(items, i => i is { Kind: "span", Name: "HTTP /guard/check/{*path}" });
        Assert.Contains(
            items,
            i => i is { Kind: "log", Value: 9 } && i.Name.Contains("qdrant went from Unknown to Pass", StringComparison.Ordinal)
        );

        // No user's path in any of it.
        Assert.DoesNotContain(items, i => i.Name.Contains(UserPath, StringComparison.Ordinal));
        Assert.DoesNotContain(items, i => i.Attributes.Any(a => a.Value.Contains(UserPath, StringComparison.OrdinalIgnoreCase)));
    }

    [Fact]
    public async Task Failure_is_a_span_with_error_type_and_a_warning_in_the_log()
    {
        IReadOnlyList<OtlpItem> items = await RunAsync("made-up-key", hx => hx.UntilAsync(HttpStatusCode.ServiceUnavailable));

        Assert.Equal(0, Point(items, "hx.dependency.state", ("dependency", "qdrant")));
        Assert.Contains(items, i => i is { Kind: "span", Name: "probe qdrant" } && i.Attributes["error.type"] == "authentication_failed");
        Assert.Contains(
            items,
            i => i is { Kind: "log", Value: 13 } && i.Name.Contains("qdrant went from Unknown to Fail", StringComparison.Ordinal)
        );
        Assert.True(Point(items, "hx.guard.decisions", ("rule", "/v1/keys"), ("verdict", "closed"), ("mode", "enforce")) >= 1);
    }

    /// <summary>Also where the trace of the request that set it is not sampled.</summary>
    [Fact]
    public async Task Override_is_exported_with_who_and_why_although_its_request_is_not_sampled()
    {
        IReadOnlyList<OtlpItem> items = await RunAsync(
            null,
            async hx =>
            {
                using HttpClient client = new() { BaseAddress = hx.Address };
                client.DefaultRequestHeaders.Add("traceparent", $"00-{new string('a', 32)}-{new string('b', 16)}-00");
                using StringContent body = new(
                    """{"verdict":"closed","durationSeconds":60,"reason":"maintenance","by":"ops"}""",
                    Encoding.UTF8,
                    "application/json"
                );
                using HttpResponseMessage set = await client.PostAsync(new Uri("override", UriKind.Relative), body);
                Assert.Equal(HttpStatusCode.OK, set.StatusCode);
                using HttpResponseMessage cleared = await client.DeleteAsync(new Uri("override?by=them", UriKind.Relative));
                Assert.Equal(HttpStatusCode.OK, cleared.StatusCode);
            }
        );

        OtlpItem[] told = [.. items.Where(i => i.Kind == "log" && i.Name.StartsWith("Override", StringComparison.Ordinal))];
        Assert.Equal(
            [
                ("Override in effect: closed for 60 s, set by ops: maintenance", 13),
                ("Override cleared by them. It was closed, set by ops: maintenance", 13),
            ],
            told.Select(i => (i.Name, i.Value))
        );
        Assert.All(
            told,
            i => Assert.Equal(("closed", "ops", "maintenance"), (i.Attributes["Verdict"], i.Attributes["By"], i.Attributes["Reason"]))
        );
        Assert.Equal("them", told[1].Attributes["ClearedBy"]);
    }

    /// <summary>A caller that doesn't sample its trace has none here either (the SDK's default, parentbased_always_on).</summary>
    [Fact]
    public async Task Operators_service_name_and_the_callers_sampling_count()
    {
        IReadOnlyList<OtlpItem> items = await RunAsync(
            null,
            hx => RawAsync(hx, "GET /guard?path=/x", $"traceparent: 00-{new string('a', 32)}-{new string('b', 16)}-00"),
            ("OTEL_SERVICE_NAME", "gateway-guard")
        );

        Assert.All(items, item => Assert.Equal("gateway-guard", item.Resource["service.name"]));
        Assert.Equal(1, Point(items, "hx.guard.decisions", ("rule", "none"), ("verdict", "open")));
        Assert.DoesNotContain(items, i => i is { Kind: "span", Name: "GET /guard" });
    }

    /// <summary>With an ingestion endpoint that nobody listens on: the exporter is there, and its failures stay its own.</summary>
    [Fact]
    public async Task Azure_monitor_and_otlp_may_both_be_on()
    {
        string connection = $"InstrumentationKey={Guid.Empty};IngestionEndpoint=http://127.0.0.1:{FreePort.Next()}/";
        IReadOnlyList<OtlpItem> items = await RunAsync(
            null,
            hx => hx.UntilAsync(HttpStatusCode.OK),
            ("APPLICATIONINSIGHTS_CONNECTION_STRING", connection)
        );
        Assert.Equal(1, Point(items, "hx.dependency.state", ("dependency", "qdrant")));
    }

    [Fact]
    public async Task Receiver_that_is_down_changes_no_answer_and_holds_up_no_stop()
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using HxChild hx = await HxChild.StartAsync(Variables(qdrant, new Uri($"http://127.0.0.1:{FreePort.Next()}")));
        await hx.UntilAsync(HttpStatusCode.OK);
        await hx.StopAsync().WaitAsync(Fleet.Patience / 2);
        Assert.DoesNotContain("xception", hx.Output, StringComparison.Ordinal);
    }

    /// <summary>The exporter would throw at each while the host starts.</summary>
    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nosuch/ca.pem", "names a file that does not exist")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "x-a=1,x-a=2", "must have each name once")]
    [InlineData("OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY", "disk", "is disk, but ")]
    public async Task What_the_exporter_cannot_use_is_told_and_the_app_answers(string name, string value, string told)
    {
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        Dictionary<string, string?> variables = new(Variables(qdrant, receiver.Address)) { [name] = value };

        await using HxChild hx = await HxChild.StartAsync(variables);
        await hx.UntilAsync(HttpStatusCode.OK);
        await hx.StopAsync();

        Assert.Contains($"{name} {told}", hx.Output, StringComparison.Ordinal);
        Assert.Empty(receiver.Items);
    }

    /// <summary>The receiver stands in for a proxy: it is asked for another host.</summary>
    [Theory]
    [InlineData("", true)]
    [InlineData("other.invalid,.collector.invalid", false)]
    public async Task Proxy_of_the_environment_is_asked_unless_an_exception_names_the_receiver(string exceptions, bool isAsked)
    {
        await using OtlpReceiver proxy = await OtlpReceiver.StartAsync();
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        Dictionary<string, string?> variables = new(Variables(qdrant, new Uri("http://otlp.collector.invalid:4318")))
        {
            ["http_proxy"] = proxy.Address.ToString(),
            ["no_proxy"] = exceptions,
        };

        await using HxChild hx = await HxChild.StartAsync(variables);
        await hx.UntilAsync(HttpStatusCode.OK);
        await hx.StopAsync();

        Assert.Equal(isAsked, proxy.Items.Count > 0);
    }

    [Fact]
    public async Task Nothing_of_the_sdk_is_there_without_an_exporter()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck());
        Assert.DoesNotContain(
            hx.Services.GetServices<IHostedService>(),
            s => s.GetType().FullName!.Contains("OpenTelemetry", StringComparison.Ordinal)
        );
        Assert.Null(hx.Services.GetService<OpenTelemetry.Metrics.MeterProvider>());
        Assert.Null(hx.Services.GetService<OpenTelemetry.Trace.TracerProvider>());
    }

    /// <summary>Serves, does something, stops, and returns what the receiver got.</summary>
    /// <param name="keyNeeded">The key that Qdrant wants, which hx has not.</param>
    private static async Task<IReadOnlyList<OtlpItem>> RunAsync(
        string? keyNeeded,
        Func<HxChild, Task> act,
        params (string Name, string Value)[] variables
    )
    {
        await using OtlpReceiver receiver = await OtlpReceiver.StartAsync();
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync(keyNeeded);
        Dictionary<string, string?> all = Variables(qdrant, receiver.Address);
        foreach ((string name, string value) in variables)
        {
            all[name] = value;
        }

        await using HxChild hx = await HxChild.StartAsync(all);
        await act(hx);
        await hx.StopAsync();
        Assert.NotEmpty(receiver.Items);
        return receiver.Items;
    }

    private static Dictionary<string, string?> Variables(QdrantSimulator qdrant, Uri receiver) =>
        new()
        {
            ["QDRANT_URL"] = qdrant.Url,
            // The first probe must not time out on a busy machine: the transitions would be others.
            ["QDRANT_TIMEOUT"] = "10",
            ["HEALTH_CHECK_TIMEOUT"] = "20",
            ["GUARD_ROUTES"] = "/v1/keys=qdrant",
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.ToString(),
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
        };

    private static Task<RawResponse> RawAsync(HxChild hx, string requestLine, params string[] headers) =>
        RawHttp.SendAsync(hx.Address, requestLine, "", headers);

    /// <summary>The latest value of the point with these tags.</summary>
    private static double Point(IEnumerable<OtlpItem> items, string name, params (string Key, string Value)[] tags) =>
        items
            .Where(i => i.Kind == "metric" && i.Name == name && tags.All(t => i.Attributes.GetValueOrDefault(t.Key) == t.Value))
            .Select(i => (double?)i.Value)
            .LastOrDefault()
        ?? throw new Xunit.Sdk.XunitException($"No {name} with {string.Join(", ", tags)}.");
}
