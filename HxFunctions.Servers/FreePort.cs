using System.Net.NetworkInformation;

namespace HxFunctions.Servers;

/// <summary>Hands out loopback ports for throw-away servers.</summary>
/// <remarks>
/// The ports lie below the range that Linux takes for outgoing connections (32768 and up). So nobody is given the port
/// of a server that is down for the moment, and a connect to such a port is refused instead of meeting itself
/// (a TCP simultaneous open on loopback, RFC 9293 section 3.5). The system's table tells which are taken: a socket that tries a port
/// would keep it when a program is started just then, which has a copy until its exec.
/// </remarks>
internal static class FreePort
{
    private const int First = 20_000;
    private const int Count = 12_000;

    // A random start keeps processes that run side by side apart; within the process no port is given twice.
    private static int _last = Random.Shared.Next(Count);

    /// <summary>A TCP port that nobody listens on now, on any address.</summary>
    /// <exception cref="InvalidOperationException">None of the 12,000 ports is free.</exception>
    public static int Next()
    {
        HashSet<int> taken = [.. IPGlobalProperties.GetIPGlobalProperties().GetActiveTcpListeners().Select(listener => listener.Port)];
        for (int attempt = 0; attempt < Count; attempt++)
        {
            int port = First + (int)((uint)Interlocked.Increment(ref _last) % Count);
            if (!taken.Contains(port))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"No free port between {First} and {First + Count - 1}.");
    }
}
