using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using HxFunctions.Cli.Demo;
using HxFunctions.Servers;
using HxFunctions.Tests.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.Tests.Demo;

/// <summary>The stand-in gateway lets nothing pass but what the guard positively calls open.</summary>
public sealed class StandInGatewayTests
{
    private const string Problem = """{"type":"about:blank","status":503,"detail":"The guard's words.","verdict":"closed"}""";
    private const string OwnWords = "The guard gave no usable answer.";

    [Theory]
    [InlineData(200, "application/json", """{"verdict":"open","rule":null}""", 200, null)]
    [InlineData(503, "application/problem+json", Problem, 503, "The guard's words.")]
    [InlineData(503, "text/html", "<html>", 503, OwnWords)]
    [InlineData(200, "application/json", """{"verdict":"closed"}""", 503, OwnWords)]
    [InlineData(200, "application/json", """{"verdict":"Open"}""", 503, OwnWords)]
    [InlineData(200, "application/json", """{"verdict":{"open":true}}""", 503, OwnWords)]
    [InlineData(200, "application/json", "[\"open\"]", 503, OwnWords)]
    [InlineData(200, "text/html", "open", 503, OwnWords)]
    [InlineData(200, "application/json", "", 503, OwnWords)]
    [InlineData(201, "application/json", """{"verdict":"open"}""", 503, OwnWords)]
    [InlineData(302, "application/json", """{"verdict":"open"}""", 503, OwnWords)]
    [InlineData(401, "application/json", "", 503, OwnWords)]
    [InlineData(500, "application/problem+json", Problem, 503, OwnWords)]
    public async Task Answer_of_the_guard_becomes_the_right_answer_to_the_caller(
        int guardStatus,
        string type,
        string body,
        int status,
        string? detail
    )
    {
        await using Rig rig = await Rig.StartAsync(async context =>
        {
            context.Response.StatusCode = guardStatus;
            context.Response.ContentType = type;
            context.Response.Headers.RetryAfter = "7";
            context.Response.Headers.Location = "/open";
            await context.Response.WriteAsync(body);
        });
        using HttpResponseMessage response = await rig.Client.PostAsync(new Uri("/key/generate", UriKind.Relative), null);

        Assert.Equal(status, (int)response.StatusCode);
        using JsonDocument answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        if (detail is null)
        {
            Assert.Equal("ok", answer.RootElement.GetProperty("backend").GetString());
            return;
        }

        Assert.Equal(new MediaTypeHeaderValue("application/problem+json"), response.Content.Headers.ContentType);
        Assert.Equal(detail, answer.RootElement.GetProperty("detail").GetString());
        Assert.Equal(detail == OwnWords ? null : TimeSpan.FromSeconds(7), response.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task Guard_is_asked_for_the_path_as_received_in_one_header_family_with_the_key()
    {
        Dictionary<string, string?> seen = [];
        await using Rig rig = await Rig.StartAsync(context =>
        {
            foreach ((string? name, Microsoft.Extensions.Primitives.StringValues value) in context.Request.Headers)
            {
                seen[name] = value;
            }

            seen["target"] = context.Request.Path + context.Request.QueryString.ToString();
            return context.Response.WriteAsync("""{"verdict":"open"}""");
        });
        using HttpRequestMessage request = new(
            HttpMethod.Patch,
            new Uri(
                rig.Client.BaseAddress + "v1//Keys%2F..;a=b?secret=1",
                new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }
            )
        );
        request.Headers.Add("X-Original-URI", "/v1/models");
        request.Headers.Add("X-Forwarded-Uri", "/v1/models");
        using HttpResponseMessage response = await rig.Client.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("/guard", seen["target"]);
        Assert.Equal("/v1//Keys%2F..;a=b", seen["X-Original-URI"]);
        Assert.Equal("PATCH", seen["X-Original-Method"]);
        Assert.Equal(Rig.Key, seen["x-functions-key"]);
        Assert.DoesNotContain("X-Forwarded-Uri", seen.Keys);
    }

    [Fact]
    public async Task Guard_that_does_not_answer_closes()
    {
        await using Rig rig = await Rig.StartAsync(context => Task.Delay(Timeout.Infinite, context.RequestAborted));
        string answer = await (await rig.Client.GetAsync(new Uri("/v1/models", UriKind.Relative))).Content.ReadAsStringAsync();
        Assert.Contains(OwnWords, answer, StringComparison.Ordinal);
        Assert.InRange(rig.Gateway.SlowestGuardAnswer, StandInGateway.Patience * 0.9, StandInGateway.Patience + Eventually.Patience);
    }

    [Fact]
    public async Task Guard_that_is_not_there_closes()
    {
        await using Rig rig = await Rig.StartAsync(null);
        using HttpResponseMessage response = await rig.Client.GetAsync(new Uri("/v1/models", UriKind.Relative));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains(OwnWords, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    /// <summary>The gateway before a guard that answers as told.</summary>
    private sealed record Rig(WebApplication? Guard, StandInGateway Gateway, HttpClient Client) : IAsyncDisposable
    {
        public const string Key = "for-this-test-only";

        /// <param name="guard">How the guard answers; null: it isn't there.</param>
        public static async Task<Rig> StartAsync(RequestDelegate? guard)
        {
            int port = FreePort.Next();
            WebApplication? app = null;
            if (guard is not null)
            {
                WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
                builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
                app = builder.Build();
                app.Run(guard);
                await app.StartAsync();
            }

            StandInGateway gateway = await StandInGateway.StartAsync(new Uri($"http://127.0.0.1:{port}"), Key);
            return new(app, gateway, new() { BaseAddress = gateway.Address });
        }

        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            await Gateway.DisposeAsync();
            if (Guard is not null)
            {
                await Guard.DisposeAsync();
            }
        }
    }
}
