using System.Net;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Commands;
using HxFunctions.SystemTests.Gateways;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Integration;

/// <summary>What <c>DEPENDENCIES</c> adds is a dependency like ours, without a line of code.</summary>
public sealed class HttpDependencyTests : IAsyncLifetime
{
    private StandInServer? _embeddings;
    private int _status = 200;
    private string _asked = "";

    public async Task InitializeAsync()
    {
        _embeddings = await StandInServer.StartAsync();
        _embeddings.Answer = context =>
        {
            _asked = $"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}";
            context.Response.StatusCode = _status;
            context.Response.Headers.Location = "/elsewhere";
            return Task.CompletedTask;
        };
    }

    public async Task DisposeAsync() => await _embeddings!.DisposeAsync();

    [Fact]
    public async Task Added_dependency_closes_and_opens_its_route_and_is_shown_everywhere()
    {
        await using HxInstance hx = await HxInstance.StartAsync(Variables(Url));
        await hx.UntilAsync(HttpStatusCode.OK, Eventually.Patience, "/v1/rag");
        Assert.Equal("GET /health?key=made-up", _asked);
        Assert.True((await hx.GetAsync("healthz/deps")).Json.GetProperty("embeddings").GetBoolean());
        Assert.Equal(HttpStatusCode.OK, (await hx.GetAsync("health/embeddings")).Status);

        _status = 503;
        await hx.UntilAsync(HttpStatusCode.ServiceUnavailable, Eventually.Patience, "/v1/rag");
        Assert.Equal(
            "Gateway dependency unavailable: embeddings.",
            (await hx.GuardAsync("/v1/rag")).Json.GetProperty("detail").GetString()
        );
        Assert.False((await hx.GetAsync("healthz/deps")).Json.GetProperty("embeddings").GetBoolean());
        Assert.Equal("not_ready", (await hx.GuardAsync("/v1/rag")).Json.GetProperty("reasons").GetProperty("embeddings").GetString());
        Assert.Contains("embeddings", (await hx.GetAsync("status")).Body, StringComparison.Ordinal);
        Assert.Contains("\"embeddings\"", (await hx.GetAsync("health/all")).Body, StringComparison.Ordinal);

        _status = 204;
        await hx.UntilAsync(HttpStatusCode.OK, Eventually.Patience, "/v1/rag");
    }

    [Theory]
    [InlineData(302, "unexpected_response")]
    [InlineData(401, "authentication_failed")]
    [InlineData(404, "unexpected_response")]
    [InlineData(429, "too_many_connections")]
    [InlineData(500, "unexpected_response")]
    [InlineData(503, "not_ready")]
    public async Task Status_other_than_2xx_is_a_failure_with_its_reason(int status, string reason)
    {
        _status = status;
        HxProcess.Ending ending = await CheckAsync(Url);
        Assert.Equal(1, ending.Code);
        Assert.Contains($"\"reason\":\"{reason}\"", ending.Output.Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Address_that_nobody_listens_on_is_refused_and_not_told()
    {
        HxProcess.Ending ending = await CheckAsync($"http://127.0.0.1:{FreePort.Next()}/health");
        Assert.Contains("connection_refused", ending.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", ending.Output + ending.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Config_shows_the_url_without_its_query_and_names_what_is_wrong()
    {
        HxProcess.Ending ending = await HxProcess.RunAsync("config --json", [.. Variables(Url).Select(v => (v.Key, v.Value))]);
        Assert.Equal(0, ending.Code);
        Assert.Contains("/health?***", ending.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("made-up", ending.Output, StringComparison.Ordinal);

        ending = await HxProcess.RunAsync("config", ("DEPENDENCIES", "embeddings=ftp://x"), ("GUARD_ROUTES", "/v1/rag=embeddings"));
        Assert.Equal(2, ending.Code);
        Assert.Contains("DEPENDENCIES entry 1: the URL does not begin with http", ending.Error, StringComparison.Ordinal);
    }

    private string Url => _embeddings!.Url + "/health?key=made-up";

    private static Task<HxProcess.Ending> CheckAsync(string url) =>
        HxProcess.RunAsync("check --json", [.. Variables(url).Select(v => (v.Key, v.Value))]);

    private static Dictionary<string, string?> Variables(string url) =>
        new()
        {
            ["DEPENDENCIES"] = $"embeddings={url}",
            ["GUARD_ROUTES"] = "/v1/rag=embeddings",
            ["HEALTH_CHECK_TIMEOUT"] = "3",
            ["HEALTH_CHECK_INTERVAL"] = "4",
            ["GUARD_MAX_STALENESS"] = "0.2",
        };
}
