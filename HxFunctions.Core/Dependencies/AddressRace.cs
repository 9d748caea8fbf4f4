using System.Net;
using System.Net.Sockets;

namespace HxFunctions.Core.Dependencies;

/// <summary>
/// Connects to one of a name's addresses. .NET tries one after the other, and one that hangs takes all the time there is. Here the next one
/// is tried beside it before long, as in RFC 8305 (Happy Eyeballs), section 5. The first that connects is taken.
/// </summary>
internal static class AddressRace
{
    /// <summary>How far ahead of the next an address is. RFC 8305, section 8 recommends it.</summary>
    private static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(250);

    /// <returns>The connection, and the address that took it where there was a choice; else the endpoint.</returns>
    /// <exception cref="SocketException">The name is not known, or no address takes the connection: what the first one said.</exception>
    /// <exception cref="UnauthorizedAccessException">It is a Unix socket that this user may not use.</exception>
    public static async Task<(Socket Socket, EndPoint Taken)> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken)
    {
        EndPoint[] addresses = endpoint is DnsEndPoint name ? await AddressesAsync(name, cancellationToken) : [endpoint];
        if (addresses.Length == 1)
        {
            return (await ConnectToAsync(addresses[0], cancellationToken), endpoint);
        }

        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<Task<Socket>> connecting = [];
        Exception? failure = null;
        int next = 0;
        while (next < addresses.Length || connecting.Count > 0)
        {
            if (next < addresses.Length)
            {
                connecting.Add(ConnectToAsync(addresses[next], over.Token));
                next++;
            }

            await Task.WhenAny(next < addresses.Length ? [.. connecting, Task.Delay(HeadStart, over.Token)] : connecting.ToArray());
            if (connecting.Find(attempt => attempt.IsCompleted) is not { } ended)
            {
                continue;
            }

            connecting.Remove(ended);
            if (ended.IsCompletedSuccessfully)
            {
                await over.CancelAsync();
                connecting.ForEach(slower => DisposeWhenThereAsync(slower).Observe());
                return (ended.Result, ended.Result.RemoteEndPoint!);
            }

            failure ??= ended.Exception?.InnerException;
        }

        throw failure ?? new OperationCanceledException(cancellationToken);
    }

    private static async Task<EndPoint[]> AddressesAsync(DnsEndPoint name, CancellationToken cancellationToken)
    {
        IPAddress[] found = await Dns.GetHostAddressesAsync(name.Host, name.AddressFamily, cancellationToken).WaitAsync(cancellationToken);
        return [.. found.Select(address => new IPEndPoint(address, name.Port))];
    }

    private static async Task<Socket> ConnectToAsync(EndPoint address, CancellationToken cancellationToken)
    {
        Socket socket =
            address is UnixDomainSocketEndPoint
                ? new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
                : new(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancellationToken);
            return socket;
        }
        catch (SocketException exception) when (address is UnixDomainSocketEndPoint && NetworkFailures.IsForbidden(exception))
        {
            socket.Dispose();
            throw new UnauthorizedAccessException("This user may not use the Unix socket.", exception);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task DisposeWhenThereAsync(Task<Socket> connecting)
    {
        await ((Task)connecting).Ended();
        if (connecting.IsCompletedSuccessfully)
        {
            connecting.Result.Dispose();
        }
    }
}
