using System.Net.Sockets;
using System.Text;
using HxFunctions.Tests.Gateways;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>Changes of the protocol: websockets alone. Through any other, requests would reach the backend that the guard never hears
/// of.</summary>
public abstract partial class GatewayMatrixTests
{
    /// <summary>Before a backend that takes every <c>Upgrade: h2c</c>, as hypercorn does, whatever else the request says.</summary>
    [Theory]
    [InlineData("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c")]
    [InlineData("Connection: Upgrade", "Connection: HTTP2-Settings", "Upgrade: H2C")]
    [InlineData("Connection: keep-alive, upgrade, http2-settings", "upgrade:h2c")]
    [InlineData("Connection: Upgrade", "Upgrade: websocket", "Upgrade: h2c")]
    [InlineData("Connection: Upgrade", "Upgrade: h2c", "Upgrade: websocket")]
    [InlineData("Connection: Upgrade", "Upgrade: websocket, h2c")]
    [InlineData("Connection: Upgrade", "Upgrade: h2c, websocket")]
    [InlineData("Upgrade: h2c")]
    [InlineData("Connection: Upgrade", "Upgrade: TLS/1.2")]
    public async Task Upgrade_to_anything_but_a_websocket_never_reaches_the_backend(params string[] headers)
    {
        await using HxInstance guard = await StartGuardAsync(StubCheck.Failing());
        await using RawServer backend = RawServer.Start(head =>
            UpgradesOf(head).Any(protocol => protocol != "websocket")
                ? "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"
                : RawServer.Say(200, more: "x-backend: model\r\n")
        );
        await using IGateway gateway = await StartGatewayAsync(new GatewaySetup(guard.Address.Port, backend.Port));

        string status = await StatusAsync(
            gateway.Port,
            ["GET /v1/models HTTP/1.1", "Host: test", .. headers, "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA"]
        );

        output.WriteLine($"{status}; the backend saw: {string.Join(" | ", backend.Heads)}");
        // A gateway may also refuse such a request by itself.
        Assert.Contains(status, (string[])["200", "400", "403"]);
        Assert.DoesNotContain(backend.Heads, head => UpgradesOf(head).Any(protocol => protocol != "websocket"));
        Assert.Equal(status == "200" ? 1 : 0, backend.Heads.Count);
    }

    /// <summary>However a client writes it.</summary>
    [Theory]
    [InlineData("Connection: Upgrade", "Upgrade: WebSocket")]
    [InlineData("Connection: keep-alive, upgrade", "Upgrade: websocket")]
    public async Task Upgrade_to_a_websocket_reaches_the_backend(params string[] headers)
    {
        await using HxInstance guard = await StartGuardAsync(StubCheck.Failing());
        await using IGateway gateway = await StartGatewayAsync(guard);

        string status = await StatusAsync(
            gateway.Port,
            [
                "GET /v1/realtime HTTP/1.1",
                "Host: test",
                .. headers,
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            ]
        );

        Assert.Equal("101", status);
    }

    private static IEnumerable<string> UpgradesOf(string head) =>
        head.Split("\r\n")
            .Where(line => line.StartsWith("upgrade:", StringComparison.OrdinalIgnoreCase))
            .SelectMany(line => line["upgrade:".Length..].Split(','))
            .Select(protocol => protocol.Trim().ToLowerInvariant());

    /// <summary>Sends a head as it stands there, over a connection of its own, and waits for the first line of the answer.</summary>
    /// <returns>The answer's status; empty: the connection was closed.</returns>
    private static async Task<string> StatusAsync(int port, string[] lines)
    {
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", port);
        await using NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(string.Join("\r\n", lines) + "\r\n\r\n"));
        using StreamReader reader = new(stream, Encoding.ASCII);
        return (await reader.ReadLineAsync().WaitAsync(Eventually.Patience))?.Split(' ')[1] ?? "";
    }
}
