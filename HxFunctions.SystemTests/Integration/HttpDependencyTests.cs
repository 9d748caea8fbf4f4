using System.Net;
using System.Security.Cryptography.X509Certificates;
using HxFunctions.Cli.Serving;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Commands;
using HxFunctions.SystemTests.Gateways;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace HxFunctions.SystemTests.Integration;

/// <summary>What <c>DEPENDENCIES</c> adds is a dependency like ours, without a line of code.</summary>
[Trait(HxProgram.Trait, HxProgram.Any)]
public sealed class HttpDependencyTests : IAsyncLifetime
{
    private StandInServer? _embeddings;
    private int _status = 200;
    private string _asked = "";
    private string _authorization = "";

    public async Task InitializeAsync()
    {
        _embeddings = await StandInServer.StartAsync();
        _embeddings.Answer = context =>
        {
            _authorization = context.Request.Headers.Authorization.ToString();
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

    [Theory]
    [InlineData(204, "status:200,204", null)]
    [InlineData(401, "status:401", null)]
    [InlineData(302, "status:300-399", null)]
    [InlineData(200, "status:204", "unexpected_response")]
    [InlineData(503, "status:200", "not_ready")]
    public async Task Expected_status_passes_and_no_other(int status, string option, string? reason)
    {
        _status = status;
        HxProcess.Ending ending = await CheckAsync($"{Url} {option}");
        Assert.Equal(reason is null ? 0 : 1, ending.Code);
        Assert.Contains(reason ?? "\"pass\"", ending.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Header_from_a_variable_is_sent_and_shown_nowhere()
    {
        const string Token = "Bearer canary-of-the-header";
        Dictionary<string, string?> variables = Variables($"{Url} header:Authorization=$EMBEDDINGS_TOKEN");
        variables["EMBEDDINGS_TOKEN"] = Token;
        variables["WRAPPER_LOG_LEVEL"] = "DEBUG";
        (string, string?)[] all = [.. variables.Select(v => (v.Key, v.Value))];
        HxProcess.Ending checkedOnce = await HxProcess.RunAsync("check --json", all);
        Assert.Equal(0, checkedOnce.Code);
        Assert.Equal(Token, _authorization);

        _status = 302;
        HxProcess.Ending redirected = await HxProcess.RunAsync("check", all);
        Assert.Equal(1, redirected.Code);
        Assert.Equal("GET /health?key=made-up", _asked);

        HxProcess.Ending config = await HxProcess.RunAsync("config", all);
        HxProcess.Ending json = await HxProcess.RunAsync("config --json", all);
        Assert.Contains("header:Authorization=$EMBEDDINGS_TOKEN", config.Output.ReplaceLineEndings(""), StringComparison.Ordinal);
        Assert.All(
            [checkedOnce, redirected, config, json],
            ending => Assert.DoesNotContain("canary", ending.Output + ending.Error, StringComparison.Ordinal)
        );

        variables.Remove("EMBEDDINGS_TOKEN");
        HxProcess.Ending unset = await HxProcess.RunAsync("config", [.. variables.Select(v => (v.Key, v.Value))]);
        Assert.Equal(2, unset.Code);
        Assert.Contains("names a variable that is not set", unset.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HttpProtocols.Http2, true, "")]
    [InlineData(HttpProtocols.Http2, true, "http:2")]
    [InlineData(HttpProtocols.Http2, false, "http:2")]
    [InlineData(HttpProtocols.Http1AndHttp2, true, "http:2")]
    [InlineData(HttpProtocols.Http1, true, "")]
    public async Task Protocol_that_the_server_speaks_is_spoken(HttpProtocols protocols, bool tls, string option)
    {
        using ThrowAwayDirectory directory = new("hx-http2-");
        TlsFiles files = TlsFiles.Write(directory.Path);
        using X509Certificate2 certificate = X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);
        string spoken = "";
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder
            .WebHost.UseKestrelCore()
            .UseKestrelHttpsConfiguration()
            .ConfigureKestrel(kestrel =>
                kestrel.Listen(
                    IPAddress.Loopback,
                    0,
                    listen =>
                    {
                        listen.Protocols = protocols;
                        if (tls)
                        {
                            listen.UseHttps(certificate);
                        }
                    }
                )
            );
        await using WebApplication server = builder.Build();
        server.Run(context =>
        {
            spoken = context.Request.Protocol;
            return Task.CompletedTask;
        });
        await server.StartAsync();

        // .NET on Linux trusts what OpenSSL's variable names.
        Dictionary<string, string?> variables = Variables($"{server.GetBoundAddress()} {option}");
        variables["SSL_CERT_FILE"] = files.Authority;
        HxProcess.Ending ending = await HxProcess.RunAsync("check --json", [.. variables.Select(v => (v.Key, v.Value))]);
        Assert.True(ending.Code == 0, ending.Output + ending.Error);
        Assert.Equal(protocols == HttpProtocols.Http1 ? "HTTP/1.1" : "HTTP/2", spoken);
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
