using System.Net;
using System.Net.Sockets;

namespace HxFunctions.Servers;

/// <summary>Hands out loopback ports for throw-away servers.</summary>
/// <remarks>
/// The ports lie below the range that Linux takes for outgoing connections (32768 and up). So nobody is given the port
/// of a server that is down for the moment, and a connect to such a port is refused instead of meeting itself
/// (a TCP simultaneous open on loopback, RFC 9293 section 3.5).
/// </remarks>
internal static class FreePort
{
    private const int First = 20_000;
    private const int Count = 12_000;

    // A random start keeps processes that run side by side apart; within the process no port is given twice.
    private static int _last = Random.Shared.Next(Count);

    /// <summary>A TCP port on 127.0.0.1 that nobody listens on now.</summary>
    /// <exception cref="InvalidOperationException">None of the 12,000 ports is free.</exception>
    public static int Next()
    {
        for (int attempt = 0; attempt < Count; attempt++)
        {
            int port = First + (int)((uint)Interlocked.Increment(ref _last) % Count);
            if (IsFree(port))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"No free port between {First} and {First + Count - 1} on 127.0.0.1.");
    }

    private static bool IsFree(int port)
    {
        using Socket socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
