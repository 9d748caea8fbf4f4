using System.Net;
using HxFunctions.Cli.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>A server on 127.0.0.1 that answers as the test says: a guard that does what the real one never does, or what stands behind a
/// gateway.</summary>
internal sealed class StandInServer : IAsyncDisposable
{
    public const string Open = """{"verdict":"open","rule":"/v1/keys","mode":"enforce","missing":[],"ageSeconds":0.1,"maxAgeSeconds":7}""";

    public const string Closed =
        """{"type":"urn:hxfunctions:problem:dependency-unavailable","title":"Service Unavailable","status":503,"detail":"Gateway dependency unavailable: thing.","verdict":"closed","rule":"/v1/keys","mode":"enforce","missing":["thing"],"retryAfterSeconds":7}""";

    private readonly WebApplication _app;

    private StandInServer(WebApplication app)
    {
        _app = app;
        app.Run(context => Answer(context));
    }

    public int Port => _app.GetBoundAddress().Port;

    public string Url => $"http://127.0.0.1:{Port}";

    public RequestDelegate Answer { get; set; } = Abort;

    public static async Task<StandInServer> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        StandInServer server = new(builder.Build());
        await server._app.StartAsync();
        return server;
    }

    /// <summary>An answer with this status and body.</summary>
    public static RequestDelegate Say(int status, string body, string type = "application/json") =>
        context =>
        {
            context.Response.StatusCode = status;
            context.Response.ContentType = type;
            context.Response.Headers["x-hx-verdict"] = status == 200 ? "open" : "closed";
            return body.Length == 0 ? Task.CompletedTask : context.Response.WriteAsync(body);
        };

    /// <summary>No answer: the connection ends.</summary>
    public static Task Abort(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    /// <summary>No answer for as long as the gateway waits.</summary>
    public static async Task NeverAsync(HttpContext context)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The gateway has given up.
        }
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
