using System.Net.Sockets;
using HxFunctions.Tests.Servers;

namespace HxFunctions.SystemTests.Servers;

/// <summary>Whether a process still takes connections.</summary>
internal static class Listening
{
    /// <summary>Returns when connections to the address are refused; fails the test after <see cref="Eventually.Patience"/>.</summary>
    public static Task UntilRefusedAsync(Uri address) => Eventually.TrueAsync(() => IsRefusedAsync(address));

    private static async Task<bool> IsRefusedAsync(Uri address)
    {
        using TcpClient client = new();
        try
        {
            await client.ConnectAsync(address.Host, address.Port);
            return false;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionReset)
        {
            // The listener closed while this connection stood in its queue: the next one is refused.
            return false;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return true;
        }
    }
}
