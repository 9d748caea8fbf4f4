using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace HxFunctions.SystemTests.Worker;

/// <summary>A request that a test sends to the worker piece by piece, and whose answer it reads before the request has ended.</summary>
internal sealed class RawRequest : IDisposable
{
    private readonly TcpClient _client;

    private RawRequest(TcpClient client, Invocation invocation)
    {
        _client = client;
        Invocation = invocation;
    }

    public Invocation Invocation { get; }

    /// <summary>Invokes the function and sends the head of the request.</summary>
    public static async Task<RawRequest> BeginAsync(PlayedHost host, string method, string target, params string[] headers)
    {
        TcpClient client = new();
        await client.ConnectAsync(host.Address.Host, host.Address.Port);
        RawRequest request = new(client, host.Invoke(method, target));
        string[] all = ["Host: test", $"{Invocation.Header}: {request.Invocation.Id}", .. headers];
        await request.WriteAsync($"{method} {target} HTTP/1.1\r\n{string.Join("\r\n", all)}\r\n\r\n");
        return request;
    }

    public async Task WriteAsync(string text) => await _client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text));

    /// <summary>Sends a chunk of a body whose length isn't known.</summary>
    public Task WriteChunkAsync(string text) => WriteAsync(string.Create(CultureInfo.InvariantCulture, $"{text.Length:x}\r\n{text}\r\n"));

    /// <summary>Reads until this has come.</summary>
    /// <returns>All that was read since the last call.</returns>
    public async Task<string> ReadUntilAsync(string end)
    {
        using CancellationTokenSource deadline = new(PlayedHost.Patience);
        StringBuilder text = new();
        byte[] buffer = new byte[4096];
        while (!text.ToString().Contains(end, StringComparison.Ordinal))
        {
            int count = await _client.GetStream().ReadAsync(buffer, deadline.Token);
            Assert.True(count > 0, $"The connection ended after: {text}");
            text.Append(Encoding.UTF8.GetString(buffer, 0, count));
        }

        return text.ToString();
    }

    public void Dispose() => _client.Dispose();
}
