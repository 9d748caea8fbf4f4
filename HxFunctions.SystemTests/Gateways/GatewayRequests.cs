using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>A caller of a gateway.</summary>
internal static class GatewayRequests
{
    /// <summary>Sends a target and headers byte for byte, as UTF-8, over a connection of its own.</summary>
    /// <returns>Null: no answer, or one without a head, to what was no line of HTTP/1.1.</returns>
    public static async Task<RawResponse?> SendAsync(
        this IGateway gateway,
        string method,
        string target,
        string body = "",
        params string[] headers
    )
    {
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", gateway.Port);
        await using NetworkStream stream = client.GetStream();
        string length = string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n");
        string head = string.Concat(headers.Select(header => header + "\r\n"));
        await stream.WriteAsync(
            Encoding.UTF8.GetBytes($"{method} {target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{length}{head}\r\n{body}")
        );
        using StreamReader reader = new(stream, Encoding.UTF8);
        string text = await reader.ReadToEndAsync();
        return text.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? RawResponse.Parse(text) : null;
    }

    public static Uri Url(this IGateway gateway, string path) => new($"http://127.0.0.1:{gateway.Port}{path}");

    /// <summary>A client that follows no redirect and waits as long as a test does.</summary>
    public static HttpClient NewClient() =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = TimeSpan.FromMinutes(2) };
}

/// <summary>What arrived at the backend, as its echo says it.</summary>
internal sealed record Arrived(
    string Method,
    string Target,
    IReadOnlyList<KeyValuePair<string, string>> Headers,
    long Length,
    string Sha256
)
{
    public static Arrived Parse(string json)
    {
        JsonElement root = JsonDocument.Parse(json).RootElement;
        return new(
            root.GetProperty("method").GetString()!,
            root.GetProperty("target").GetString()!,
            [
                .. root.GetProperty("headers")
                    .EnumerateArray()
                    .Select(pair => KeyValuePair.Create(pair[0].GetString()!, pair[1].GetString()!)),
            ],
            root.GetProperty("length").GetInt64(),
            root.GetProperty("sha256").GetString()!
        );
    }

    public IEnumerable<string> Values(string header) =>
        Headers.Where(pair => pair.Key.Equals(header, StringComparison.OrdinalIgnoreCase)).Select(pair => pair.Value);
}

/// <summary>A backend for the tests of a class.</summary>
public sealed class ModelBackendFixture : IAsyncLifetime
{
    internal ModelBackend Backend { get; private set; } = null!;

    public async Task InitializeAsync() => Backend = await ModelBackend.StartAsync();

    public async Task DisposeAsync() => await Backend.DisposeAsync();
}
