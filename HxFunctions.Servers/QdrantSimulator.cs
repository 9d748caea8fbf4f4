using System.Collections.Concurrent;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Servers;

/// <summary>
/// A stand-in for Qdrant's REST API on 127.0.0.1: the answers that a health check gets to see, byte for byte those of 1.19,
/// and faults on demand. It stores no vectors.
/// </summary>
internal sealed class QdrantSimulator : IAsyncDisposable
{
    private const string MovedPrefix = "/moved";

    // Qdrant escapes neither apostrophes nor backticks.

    private readonly ConcurrentDictionary<string, int> _requests = new();
    private WebApplication? _app;
    private CancellationTokenSource _stopping = new();
    private long _hugeBodyBytes;

    private QdrantSimulator(int port, string? apiKey)
    {
        Port = port;
        ApiKey = apiKey;
    }

    public int Port { get; }

    /// <summary>The REST base URL, without a trailing slash.</summary>
    public string Url => $"http://127.0.0.1:{Port}";

    /// <summary>The key that /collections asks for, as "api-key" or bearer token; null: none.</summary>
    public string? ApiKey { get; set; }

    /// <summary>Answer a missing or wrong key with 403, as versions up to 1.8 and Qdrant Cloud do, instead of 401.</summary>
    public bool AnswersForbidden { get; set; }

    public QdrantMode Mode { get; set; }

    /// <summary>How late <see cref="QdrantMode.Slow"/> answers.</summary>
    public TimeSpan Delay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The collections by name, each with its status: green, yellow, grey or red.</summary>
    public ConcurrentDictionary<string, string> Collections { get; } = new(StringComparer.Ordinal);

    /// <summary>How many bytes <see cref="QdrantMode.HugeBody"/> has got rid of, over all requests.</summary>
    public long HugeBodyBytes => Interlocked.Read(ref _hugeBodyBytes);

    /// <param name="apiKey">The key to ask for; null: none.</param>
    /// <param name="port">Null: a free port.</param>
    public static async Task<QdrantSimulator> StartAsync(string? apiKey = null, int? port = null)
    {
        QdrantSimulator qdrant = new QdrantSimulator(port ?? FreePort.Next(), apiKey);
        await qdrant.StartAgainAsync();
        return qdrant;
    }

    /// <summary>How many requests for exactly this path (without query) have come in.</summary>
    public int Requests(string path) => _requests.GetValueOrDefault(path);

    /// <summary>Closes all connections, answered or not, and frees the port.</summary>
    public async Task StopAsync()
    {
        if (_app is null)
        {
            return;
        }

        await _stopping.CancelAsync();
        await _app.DisposeAsync();
        _app = null;
        _stopping.Dispose();
    }

    /// <summary>Listens again on the same port with the same collections, key and mode.</summary>
    public async Task StartAgainAsync()
    {
        await StopAsync();
        _stopping = new CancellationTokenSource();
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new());
        builder.Logging.ClearProviders();
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.Listen(IPAddress.Loopback, Port);
                kestrel.AddServerHeader = false;
                kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(5);
            });
        _app = builder.Build();
        _app.Run(AnswerAsync);
        await _app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "/";
        _requests.AddOrUpdate(path, 1, (_, count) => count + 1);
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stopping.Token);
        try
        {
            await AnswerAsync(context, path, ended.Token);
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
    }

    private Task AnswerAsync(HttpContext context, string path, CancellationToken cancellationToken)
    {
        if (path.StartsWith(MovedPrefix, StringComparison.Ordinal))
        {
            return HealthyAsync(context, path[MovedPrefix.Length..], keyNeeded: false);
        }

        return Mode switch
        {
            QdrantMode.Healthy => HealthyAsync(context, path),
            QdrantMode.Hang => Task.Delay(Timeout.Infinite, cancellationToken),
            QdrantMode.Slow => SlowAsync(context, path, cancellationToken),
            QdrantMode.Garbage => JsonAsync(context, 200, "{\"result\":{\"collections\":[{\"na\0\u0001 not json"),
            QdrantMode.Redirect => RedirectAsync(context, path),
            QdrantMode.NotReady => ProxyPageAsync(context, 503),
            QdrantMode.Recovery => ListedAsync(
                context,
                path,
                500,
                "Service internal error: Failed to Get Info,  Qdrant is in recovery mode"
            ),
            QdrantMode.OtherAccess => ListedAsync(context, path, 403, $"Forbidden: Access to collection {NameIn(path)} is required"),
            QdrantMode.HugeBody => HugeBodyAsync(context, cancellationToken),
            QdrantMode.ServerError => ErrorAsync(context, 500, "Service internal error: disk full"),
            QdrantMode.Gzip => GzipAsync(context),
            QdrantMode.ByteOrderMark => JsonAsync(context, 200, '\uFEFF' + ListOfCollections()),
            QdrantMode.WrongJson => JsonAsync(context, 200, """{"result":{"collections":"none"},"status":"ok","time":2.1e-05}"""),
            _ => throw new InvalidOperationException($"No such mode: {Mode}"),
        };
    }

    private Task HealthyAsync(HttpContext context, string path, bool keyNeeded = true)
    {
        switch (path)
        {
            case "/healthz" or "/livez":
                return TextAsync(context, 200, "healthz check passed");
            case "/readyz":
                return TextAsync(context, 200, "all shards are ready");
        }

        if (keyNeeded && ApiKey is not null && SentKey(context.Request) is var key && !IsRight(key))
        {
            // Bare bytes: Qdrant sends no Content-Type with these two.
            context.Response.StatusCode = AnswersForbidden ? 403 : 401;
            return context.Response.WriteAsync(
                key is null ? "Must provide an API key or an Authorization bearer token" : "Invalid API key or JWT"
            );
        }

        if (path == "/collections")
        {
            return JsonAsync(context, 200, ListOfCollections());
        }

        if (NameIn(path) is { Length: > 0 } collection)
        {
            return Collections.TryGetValue(collection, out string? status)
                ? JsonAsync(
                    context,
                    200,
                    $$"""{"result":{"status":{{Quoted(status)}},"optimizer_status":"ok","points_count":0,"segments_count":1},"status":"ok","time":3.2e-05}"""
                )
                : ErrorAsync(context, 404, $"Not found: Collection `{collection}` doesn't exist!");
        }

        context.Response.StatusCode = 404;
        return Task.CompletedTask;
    }

    /// <summary>Of the collection that a path asks about, or blank.</summary>
    private static string NameIn(string path)
    {
        const string Collections = "/collections/";
        string name = path.StartsWith(Collections, StringComparison.Ordinal) ? path[Collections.Length..] : "";
        return name.Contains('/') ? "" : name;
    }

    private string ListOfCollections()
    {
        IEnumerable<string> names = Collections.Keys.Order(StringComparer.Ordinal).Select(name => $$"""{"name":{{Quoted(name)}}}""");
        return $$"""{"result":{"collections":[{{string.Join(',', names)}}]},"status":"ok","time":2.1e-05}""";
    }

    private async Task GzipAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        context.Response.Headers.ContentEncoding = "gzip";
        await using GZipStream gzip = new(context.Response.Body, CompressionLevel.Fastest);
        await gzip.WriteAsync(Encoding.UTF8.GetBytes(ListOfCollections()));
    }

    private async Task SlowAsync(HttpContext context, string path, CancellationToken cancellationToken)
    {
        await Task.Delay(Delay, cancellationToken);
        await HealthyAsync(context, path);
    }

    private static Task ProxyPageAsync(HttpContext context, int status) =>
        WriteAsync(context, status, "text/html", $"<html><head><title>{status} Service Temporarily Unavailable</title></head></html>");

    /// <summary>The list as ever, and this for a collection.</summary>
    private Task ListedAsync(HttpContext context, string path, int status, string message) =>
        NameIn(path).Length > 0 ? ErrorAsync(context, status, message) : HealthyAsync(context, path);

    private async Task HugeBodyAsync(HttpContext context, CancellationToken cancellationToken)
    {
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync("""{"result":{"collections":[{"name":"a"}""", cancellationToken);
        string more = string.Concat(Enumerable.Repeat(""",{"name":"another"}""", 3000));
        while (true)
        {
            await context.Response.WriteAsync(more, cancellationToken);
            Interlocked.Add(ref _hugeBodyBytes, more.Length);
            // Where nobody reads any more a write ends at once and goes nowhere, until the request is told that it was aborted: those would
            // be counted, too.
            await Task.Delay(1, cancellationToken);
        }
    }

    private static Task RedirectAsync(HttpContext context, string path)
    {
        context.Response.StatusCode = 307;
        context.Response.Headers.Location = MovedPrefix + path;
        return Task.CompletedTask;
    }

    private static string? SentKey(HttpRequest request) =>
        request.Headers["api-key"].FirstOrDefault()
        ?? (
            request.Headers.Authorization.FirstOrDefault() is { } header && header.StartsWith("Bearer ", StringComparison.Ordinal)
                ? header["Bearer ".Length..]
                : null
        );

    private bool IsRight(string? key) =>
        key is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(ApiKey!));

    private static string Quoted(string text) => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    private static Task ErrorAsync(HttpContext context, int status, string message) =>
        JsonAsync(context, status, $$"""{"status":{"error":{{Quoted(message)}}},"time":1.9e-05}""");

    private static Task JsonAsync(HttpContext context, int status, string json) => WriteAsync(context, status, "application/json", json);

    private static Task TextAsync(HttpContext context, int status, string text) =>
        WriteAsync(context, status, "text/plain; charset=utf-8", text);

    private static Task WriteAsync(HttpContext context, int status, string type, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        context.Response.ContentLength = Encoding.UTF8.GetByteCount(body);
        return context.Response.WriteAsync(body);
    }
}
