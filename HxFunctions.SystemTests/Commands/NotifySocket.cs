using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using HxFunctions.Servers;
using HxFunctions.Tests.Servers;

namespace HxFunctions.SystemTests.Commands;

/// <summary>Where systemd listens for what a service says of itself: a datagram socket (sd_notify(3)).</summary>
internal sealed class NotifySocket : IDisposable
{
    private readonly ThrowAwayDirectory _directory = new("hx-notify-");
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly Channel<string> _messages = Channel.CreateUnbounded<string>();

    /// <param name="isAbstract">A name instead of a file (unix(7)), which <c>NOTIFY_SOCKET</c> begins with an @ for.</param>
    public NotifySocket(bool isAbstract)
    {
        Variable = isAbstract ? $"@{Path.GetFileName(_directory.Path)}" : Path.Combine(_directory.Path, "notify");
        _socket.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + Variable[1..] : Variable));
        _ = ReceiveAsync();
    }

    /// <summary>The value of <c>NOTIFY_SOCKET</c>.</summary>
    public string Variable { get; }

    /// <summary>The next message.</summary>
    public async Task<string> NextAsync() => await _messages.Reader.ReadAsync().AsTask().WaitAsync(Eventually.Patience);

    /// <summary>A message that came and was not asked for yet.</summary>
    public bool HasMore => _messages.Reader.Count > 0;

    public void Dispose()
    {
        _socket.Dispose();
        _directory.Dispose();
    }

    private async Task ReceiveAsync()
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (true)
            {
                int length = await _socket.ReceiveAsync(buffer);
                await _messages.Writer.WriteAsync(Encoding.UTF8.GetString(buffer, 0, length));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The end of the test.
        }
    }
}
