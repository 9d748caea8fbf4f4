using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using HxFunctions.SystemTests.Gateways;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.SystemTests.Worker;

/// <summary>Receives what is exported, by OTLP or to Azure Monitor, and keeps the bytes, so that every string can be found.</summary>
internal sealed class TelemetrySink : IAsyncDisposable
{
    private readonly StandInServer _server;
    private readonly ConcurrentQueue<(string Path, string Body)> _taken = new();

    private TelemetrySink(StandInServer server)
    {
        _server = server;
        server.Answer = TakeAsync;
    }

    public Uri Address => new(_server.Url);

    /// <summary>A connection string of Azure Monitor that leads here.</summary>
    /// <remarks>With a key of its own: what an earlier process could not send waits on disk for one with the same key.</remarks>
    public string AzureMonitor { get; private init; } = "";

    /// <summary>What came for Azure Monitor so far, an envelope each.</summary>
    public IReadOnlyList<JsonObject> Envelopes =>
        [
            .. Taken
                .Where(sent => sent.Path == "/v2.1/track")
                .SelectMany(sent =>
                    Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(sent.Body)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                )
                .Select(line => JsonNode.Parse(line)!.AsObject()),
        ];

    /// <summary>The bodies, a character for each byte.</summary>
    public IReadOnlyCollection<(string Path, string Body)> Taken => _taken;

    public static async Task<TelemetrySink> StartAsync()
    {
        StandInServer server = await StandInServer.StartAsync();
        return new(server)
        {
            AzureMonitor = $"InstrumentationKey={Guid.NewGuid()};IngestionEndpoint={server.Url}/;LiveEndpoint={server.Url}/",
        };
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        await using Stream body =
            context.Request.Headers.ContentEncoding == "gzip"
                ? new GZipStream(context.Request.Body, CompressionMode.Decompress)
                : context.Request.Body;
        using StreamReader reader = new(body, Encoding.Latin1);
        string text = await reader.ReadToEndAsync();
        _taken.Enqueue((context.Request.Path, text));
        bool isOtlp = context.Request.Path.StartsWithSegments("/v1");
        context.Response.ContentType = isOtlp ? "application/x-protobuf" : "application/json";
        if (!isOtlp)
        {
            int lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
            await context.Response.WriteAsync($$"""{"itemsReceived":{{lines}},"itemsAccepted":{{lines}},"errors":[]}""");
        }
    }
}
