using System.Net.Sockets;
using System.Text;
using HxFunctions.Tests.Servers;

namespace HxFunctions.Tests.Access;

/// <summary>A connection over which a client sends what it likes, when it likes.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly TcpClient _client;

    // From the start: after a write that failed, the client gives none.
    private readonly NetworkStream _stream;

    public RawConnection(Uri address)
    {
        _client = new TcpClient(address.Host, address.Port) { NoDelay = true };
        _stream = _client.GetStream();
    }

    public async Task SendAsync(string text) => await _stream.WriteAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Ends the connection with a reset.</summary>
    public void Reset() => _client.Client.Close(timeout: 0);

    /// <summary>Ends it as a program does that has nothing more to send. What the server says can still be read.</summary>
    public void End() => _client.Client.Shutdown(SocketShutdown.Send);

    /// <summary>What comes until the headers end, or the connection does; nothing when it was reset.</summary>
    public async Task<string> ReadHeadAsync()
    {
        byte[] buffer = new byte[4096];
        StringBuilder head = new();
        try
        {
            while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
            {
                int read = await _stream.ReadAsync(buffer).AsTask().WaitAsync(Eventually.Patience);
                if (read == 0)
                {
                    break;
                }

                head.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }
        }
        catch (IOException)
        {
            // Reset: the server had more to read than it wanted.
        }

        return head.ToString();
    }

    /// <summary>Returns when the server has ended the connection.</summary>
    public async Task EndedAsync()
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (await _stream.ReadAsync(buffer).AsTask().WaitAsync(Eventually.Patience) > 0)
            {
                continue;
            }
        }
        catch (IOException) { }
    }

    /// <summary>Sends the text a byte a second until the server ends the connection.</summary>
    public async Task<string> TrickleAsync(string text, CancellationToken cancellationToken)
    {
        Task<string> head = ReadHeadAsync();
        try
        {
            foreach (char c in text)
            {
                await SendAsync(c.ToString());
                await Task.WhenAny(head, Task.Delay(TimeSpan.FromSeconds(1), cancellationToken));
                if (head.IsCompleted || cancellationToken.IsCancellationRequested)
                {
                    break;
                }
            }
        }
        catch (IOException) { }

        return await head;
    }

    public void Dispose() => _client.Dispose();
}
