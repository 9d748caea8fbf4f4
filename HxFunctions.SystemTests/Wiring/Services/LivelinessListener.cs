using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HxFunctions.SystemTests.Wiring.Services;

/// <summary>Answers every request with one status, and nothing else.</summary>
internal sealed class LivelinessListener : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public LivelinessListener()
    {
        _listener.Start();
        _ = AnswerAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>What the next request gets, from the number of those before it.</summary>
    public Func<int, string> Answer { get; set; } = _ => "200 OK";

    public string? LastRequestLine { get; private set; }

    public void Dispose() => _listener.Dispose();

    private async Task AnswerAsync()
    {
        try
        {
            for (int served = 0; ; served++)
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync();
                byte[] request = new byte[4096];
                int length = await client.GetStream().ReadAsync(request);
                LastRequestLine = Encoding.ASCII.GetString(request, 0, length).Split('\r')[0];
                await client
                    .GetStream()
                    .WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {Answer(served)}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            // Disposed.
        }
    }
}
