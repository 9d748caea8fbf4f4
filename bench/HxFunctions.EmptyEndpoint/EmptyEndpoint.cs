using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Peers;

/// <summary>
/// The limit of what Kestrel does here: the same builder, limits and logging as <c>hx serve</c>, and one answer, of a guard's length, to
/// everything. No routing, no key, no header but type and length.
/// </summary>
internal static class EmptyEndpoint
{
    private const int KiB = 1024;

    /// <summary>What the guard says of an open route, fixed.</summary>
    private static readonly byte[] Body =
        """{"verdict":"open","rule":"/v1/keys","mode":"enforce","missing":[],"ageSeconds":0.123,"maxAgeSeconds":7}"""u8.ToArray();

    /// <param name="logsRequests">With the framework's own defaults instead: as soon as it may log, the server makes an activity and a
    /// logging scope for every request.</param>
    public static async Task<int> RunAsync(int port, bool logsRequests = false)
    {
        await using WebApplication app = Build(port, logsRequests);
        await app.RunAsync();
        return 0;
    }

    public static WebApplication Build(int port, bool logsRequests = false, Action<IServiceCollection>? more = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Configure(kestrel, port));
        builder.Logging.SetMinimumLevel(LogLevel.Warning).AddSimpleConsole();
        if (!logsRequests)
        {
            builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        }

        more?.Invoke(builder.Services);
        WebApplication app = builder.Build();
        app.Run(context =>
        {
            HttpResponse response = context.Response;
            response.ContentType = "application/json";
            response.ContentLength = Body.Length;
            response.BodyWriter.Write(Body);
            return Task.CompletedTask;
        });
        return app;
    }

    private static void Configure(KestrelServerOptions kestrel, int port)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestLineSize = 16 * KiB;
        kestrel.Limits.MaxRequestHeadersTotalSize = 32 * KiB;
        kestrel.Limits.MaxRequestBodySize = 64 * KiB;
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(120);
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http1);
    }
}
