using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HxFunctions.Tests.Gateways;

/// <summary>A server that takes any line for a request and answers with the bytes that the test says. Nothing is normalised.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Func<string, Task<string?>> _answer;
    private readonly Task _accepting;
    private int _connectionCount;

    private RawServer(IPAddress address, Func<string, Task<string?>> answer)
    {
        _answer = answer;
        _listener = new(address, 0);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public Uri Url =>
        new($"http://{(_listener.LocalEndpoint.AddressFamily == AddressFamily.InterNetworkV6 ? "[::1]" : "127.0.0.1")}:{Port}");

    /// <summary>The heads of all requests, each as it came: one character is one byte.</summary>
    public ConcurrentQueue<string> Heads { get; } = [];

    /// <summary>Method and target of all requests, as UTF-8.</summary>
    public IEnumerable<string> Lines =>
        Heads.Select(head => Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(head.Split("\r\n")[0])).Replace(" HTTP/1.1", ""));

    public int Connections => _connectionCount;

    /// <param name="answer">From a request's head to the answer as it is sent; <see langword="null"/>: the connection ends.</param>
    public static RawServer Start(Func<string, Task<string?>> answer) => new(IPAddress.Loopback, answer);

    public static RawServer Start(Func<string, string?> answer) => Start(head => Task.FromResult(answer(head)));

    public static RawServer StartOn(IPAddress address, Func<string, string?> answer) => new(address, head => Task.FromResult(answer(head)));

    /// <summary>An answer with its length.</summary>
    public static string Say(int status, string body = "", string type = "application/json", string more = "") =>
        $"HTTP/1.1 {status} X\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\n{more}\r\n{body}";

    /// <summary>The target of a request's head, one character a byte.</summary>
    public static string TargetOf(string head)
    {
        string line = head.Split("\r\n")[0];
        return line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..line.LastIndexOf(" HTTP/", StringComparison.Ordinal)];
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        // Before the listener ends: it may be about to accept, which is refused once it has.
        await _accepting;
        _listener.Stop();
        await Task.WhenAll(_connections);
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        Interlocked.Increment(ref _connectionCount);
        try
        {
            using (client)
            {
                await TalkAsync(client.GetStream());
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException)
        {
            // The client has gone, or the test is over.
        }
    }

    private async Task TalkAsync(NetworkStream stream)
    {
        byte[] buffer = new byte[64 * 1024];
        StringBuilder received = new();
        while (true)
        {
            int end;
            while ((end = received.ToString().IndexOf("\r\n\r\n", StringComparison.Ordinal)) < 0)
            {
                int count = await stream.ReadAsync(buffer, _end.Token);
                if (count == 0)
                {
                    return;
                }

                received.Append(Encoding.Latin1.GetString(buffer, 0, count));
            }

            string head = received.ToString(0, end);
            received.Remove(0, end + 4);
            Heads.Enqueue(head);
            if (await _answer(head).WaitAsync(_end.Token) is not { } answer)
            {
                return;
            }

            await stream.WriteAsync(Encoding.Latin1.GetBytes(answer), _end.Token);
            if (
                head.Contains("Connection: close", StringComparison.Ordinal) || !answer.Contains("Content-Length", StringComparison.Ordinal)
            )
            {
                return;
            }
        }
    }
}
