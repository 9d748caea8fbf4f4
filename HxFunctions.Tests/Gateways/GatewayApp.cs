using System.Collections.Concurrent;
using System.Net;
using HxFunctions.AspNetCore;
using HxFunctions.Cli.Serving;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Primitives;

namespace HxFunctions.Tests.Gateways;

/// <summary>An app with the guard before its only endpoint, on Kestrel, so that targets and headers are real.</summary>
internal sealed class GatewayApp : IAsyncDisposable
{
    private readonly WebApplication _app;

    private GatewayApp(WebApplication app, FakeLoggerProvider log)
    {
        _app = app;
        Log = log;
        app.UseHxGuard();
        app.Run(context =>
        {
            Arrived.Enqueue((context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, context.Request.Headers.ToDictionary()));
            return Backend(context);
        });
    }

    /// <summary>What got past the guard.</summary>
    public ConcurrentQueue<(string Target, Dictionary<string, StringValues> Headers)> Arrived { get; } = [];

    public RequestDelegate Backend { get; set; } = context => context.Response.WriteAsync("backend");

    public FakeLoggerProvider Log { get; }

    public IServiceProvider Services => _app.Services;

    public Uri Address => _app.GetBoundAddress();

    /// <param name="guard">In the place of the network; <see langword="null"/>: the network.</param>
    public static async Task<GatewayApp> StartAsync(GuardStub? guard, Action<HxGuardOptions>? configure = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        FakeLoggerProvider log = new();
        builder.Services.AddLogging(logging => logging.AddProvider(log));
        HxGuardOptions options = new()
        {
            Url = "http://guard.example/base/",
            Key = "made-up-function-key",
            Timeout = Eventually.Patience,
        };
        configure?.Invoke(options);
        builder.Services.AddHxGuard(bound =>
        {
            (bound.Url, bound.Key, bound.Timeout) = (options.Url, options.Key, options.Timeout);
        });
        if (guard is not null)
        {
            builder.Services.AddSingleton(new GuardClient(options, TimeProvider.System, guard));
        }

        GatewayApp app = new(builder.Build(), log);
        await app._app.StartAsync();
        return app;
    }

    public Task<RawResponse> SendAsync(string method, string target, string body = "", params string[] headers) =>
        RawHttp.SendAsync(Address, $"{method} {target}", body, headers);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
