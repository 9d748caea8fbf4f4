using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using HxFunctions.AspNetCore;
using HxFunctions.Cli.Serving;
using HxFunctions.Servers;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;

namespace HxFunctions.Tests.Gateways;

/// <summary>The middleware in an app on Kestrel: what it asks, what passes, and what a caller gets.</summary>
public sealed class HxGuardMiddlewareTests
{
    private readonly GuardStub _guard = new();

    [Fact]
    public async Task Question_holds_method_path_and_key_and_nothing_else()
    {
        await using GatewayApp app = await GatewayApp.StartAsync(_guard);

        await app.SendAsync(
            "PATCH",
            "/v1//models%2f/./x?code=secret",
            "a body",
            "Authorization: a caller's",
            "Cookie: a=b",
            "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "baggage: user=1",
            "X-Original-URI: /v1/other",
            "X-Forwarded-Uri: /v1/other",
            "x-functions-key: another"
        );

        GuardStub.Asked asked = Assert.Single(_guard.All);
        Assert.Equal(("HEAD", "http://guard.example/base/guard"), (asked.Method, asked.Url));
        Assert.Equal(
            [("x-functions-key", "made-up-function-key"), ("X-Original-Method", "PATCH"), ("X-Original-URI", "/v1//models%2f/./x")],
            asked.Headers.Select(header => (header.Key, header.Value)).OrderBy(h => h.Key, StringComparer.OrdinalIgnoreCase)
        );
    }

    /// <summary>The same on a real connection: what the framework would add by itself is switched off.</summary>
    [Fact]
    public async Task Nothing_of_a_callers_trace_reaches_the_guard()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck(), ("GUARD_ROUTES", "/v1/keys=thing"));
        await using GatewayApp relay = await GatewayApp.StartAsync(_guard);
        relay.Backend = context =>
        {
            context.Response.Headers["x-hx-verdict"] = "open";
            return Task.CompletedTask;
        };
        await using GatewayApp app = await GatewayApp.StartAsync(null, options => options.Url = relay.Address.ToString());

        using System.Diagnostics.Activity activity = new("a caller's");
        activity.AddBaggage("user", "1").Start();
        await app.SendAsync(
            "GET",
            "/v1/models",
            "",
            "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "baggage: u=1"
        );

        Assert.Single(app.Arrived);
        Assert.Equal(
            ["Host", "x-functions-key", "X-Original-Method", "X-Original-URI"],
            Assert.Single(relay.Arrived).Headers.Keys.Order(StringComparer.OrdinalIgnoreCase)
        );
    }

    /// <summary>What asks beyond that waits for a connection.</summary>
    [Fact]
    public async Task Connections_to_the_guard_are_bounded()
    {
        await using GatewayApp relay = await GatewayApp.StartAsync(_guard);
        TaskCompletionSource release = new();
        ConcurrentDictionary<string, bool> connections = [];
        relay.Backend = async context =>
        {
            connections[context.Connection.Id] = true;
            await release.Task;
            context.Response.Headers["x-hx-verdict"] = "open";
        };
        await using GatewayApp app = await GatewayApp.StartAsync(
            null,
            options => (options.Url, options.Timeout) = (relay.Address.ToString(), TimeSpan.FromSeconds(60))
        );

        Task<RawResponse[]> all = Task.WhenAll(Enumerable.Range(0, 100).Select(i => app.SendAsync("GET", $"/key/{i}")));
        await Eventually.TrueAsync(() => connections.Count == GuardClient.MaxConnections);
        await Eventually.NotEndedAsync(all);
        release.SetResult();

        Assert.All(await all, answer => Assert.Equal(200, answer.Status));
        Assert.Equal(GuardClient.MaxConnections, connections.Count);
        Assert.Equal(100, relay.Arrived.Count);
    }

    [Fact]
    public async Task Verdict_of_a_client_is_taken_away()
    {
        await using GatewayApp app = await GatewayApp.StartAsync(_guard);

        await app.SendAsync("GET", "/v1/models", "", "x-hx-verdict: open", "X-Own: stays");

        (string target, Dictionary<string, Microsoft.Extensions.Primitives.StringValues> headers) = Assert.Single(app.Arrived);
        Assert.Equal("/v1/models", target);
        Assert.False(headers.ContainsKey("x-hx-verdict"));
        Assert.Equal("stays", headers["X-Own"]);
    }

    [Fact]
    public async Task Closed_request_gets_the_guards_words()
    {
        _guard.Answer = _ => Task.FromResult(GuardStub.Closed());
        await using GatewayApp app = await GatewayApp.StartAsync(_guard);

        RawResponse refused = await app.SendAsync("POST", "/key/generate", "a body");

        Assert.Equal((503, GuardStub.ClosedWords), (refused.Status, refused.Body));
        Assert.Equal(
            ("application/problem+json", "7", "no-store", "closed"),
            (
                refused.Headers["Content-Type"],
                refused.Headers["Retry-After"],
                refused.Headers["Cache-Control"],
                refused.Headers["x-hx-verdict"]
            )
        );
        Assert.Equal(["HEAD", "GET"], _guard.All.Select(asked => asked.Method));
        Assert.Equal(["POST /key/generate", "POST /key/generate"], _guard.Questions);
        Assert.Empty(app.Arrived);
    }

    [Fact]
    public async Task Refusal_of_HEAD_has_no_body_and_needs_no_words()
    {
        _guard.Answer = _ => Task.FromResult(GuardStub.Closed());
        await using GatewayApp app = await GatewayApp.StartAsync(_guard);

        RawResponse refused = await app.SendAsync("HEAD", "/key/info");

        Assert.Equal(
            (503, "", "7", "closed"),
            (refused.Status, refused.Body, refused.Headers["Retry-After"], refused.Headers["x-hx-verdict"])
        );
        Assert.Single(_guard.All);
        _guard.Answer = GuardStub.Refuse;
        Assert.Equal(
            (503, "", "5"),
            (await app.SendAsync("HEAD", "/key/info")) is var own ? (own.Status, own.Body, own.Headers["Retry-After"]) : default
        );
    }

    /// <summary>A caller who sends a body only when told to (RFC 9110 section 10.1.1) is told by the backend, or not at all.</summary>
    [Fact]
    public async Task Body_is_left_to_the_backend()
    {
        await using GatewayApp app = await GatewayApp.StartAsync(_guard);
        app.Backend = async context =>
        {
            using StreamReader reader = new(context.Request.Body);
            await context.Response.WriteAsync(await reader.ReadToEndAsync());
        };
        string body = new('b', 200_000);

        Assert.EndsWith("b\r\n0\r\n\r\n", (await app.SendAsync("POST", "/v1/files", body)).Body, StringComparison.Ordinal);
        _guard.Answer = _ => Task.FromResult(GuardStub.Closed());
        using HttpClient client = new(new SocketsHttpHandler { Expect100ContinueTimeout = Eventually.Patience });
        using HttpRequestMessage request = new(HttpMethod.Post, new Uri(app.Address, "/key/generate"));
        request.Headers.ExpectContinue = true;
        UnsentContent content = new();
        request.Content = content;
        using HttpResponseMessage refused = await client.SendAsync(request);
        Assert.Equal((503, false), ((int)refused.StatusCode, content.IsAskedFor));
    }

    [Fact]
    public async Task Counter_says_why_requests_passed()
    {
        await using GatewayApp app = await GatewayApp.StartAsync(_guard);
        using MetricCollector<long> requests = new(
            app.Services.GetRequiredService<IMeterFactory>(),
            "HxFunctions.AspNetCore",
            "hx.gateway.requests"
        );

        await app.SendAsync("GET", "/v1/models");
        await app.SendAsync("GET", "/v1/models");
        _guard.Answer = _ => Task.FromResult(GuardStub.Closed());
        await app.SendAsync("GET", "/key/info");
        _guard.Answer = GuardStub.Refuse;
        await app.SendAsync("GET", "/key/info");

        Assert.Equal(["open", "kept", "closed", "unreachable"], requests.GetMeasurementSnapshot().Select(one => one.Tags["outcome"]));
    }

    /// <summary>The page says so: the routing of a WebApplication stands before its middleware.</summary>
    [Theory]
    [InlineData("/guarded", 503)]
    [InlineData("/short", 200)]
    public async Task Endpoint_that_short_circuits_the_routing_is_not_asked_about(string path, int status)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddRouting().AddHxGuard(options => options.Url = $"http://127.0.0.1:{FreePort.Next()}");
        await using WebApplication app = builder.Build();
        app.UseHxGuard();
        app.MapGet("/guarded", () => "backend");
        app.MapGet("/short", () => "backend").ShortCircuit();
        await app.StartAsync();

        Assert.Equal(status, (await RawHttp.SendAsync(app.GetBoundAddress(), $"GET {path}")).Status);
    }

    private sealed class UnsentContent : HttpContent
    {
        public bool IsAskedFor { get; private set; }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            IsAskedFor = true;
            return Task.CompletedTask;
        }

        protected override bool TryComputeLength(out long length)
        {
            // HttpClient sends a short one after a refusal, too, to keep the connection.
            length = 5000;
            return true;
        }
    }
}
