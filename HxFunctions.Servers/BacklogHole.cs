using System.Net;
using System.Net.Sockets;

namespace HxFunctions.Servers;

/// <summary>
/// A port on which connects hang: its listener's backlog is full and nobody accepts, so Linux drops further SYNs (listen(2), tcp(7)).
/// Looks to a client like a host behind a firewall that drops packets.
/// </summary>
internal sealed class BacklogHole : IDisposable
{
    // A connect on loopback takes well under a millisecond; one that takes this long hangs.
    private static readonly TimeSpan Hanging = TimeSpan.FromMilliseconds(250);

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _fillers = [];

    private readonly IPAddress _address;

    private BacklogHole(IPAddress address, int port)
    {
        _address = address;
        Port = port;
    }

    public int Port { get; }

    /// <summary>Opens a hole on a free port of 127.0.0.1 and returns when a connect has been seen to hang.</summary>
    public static Task<BacklogHole> OpenAsync() => OpenAsync(IPAddress.Loopback, FreePort.Next());

    /// <summary>The same where a server listened until now.</summary>
    public static async Task<BacklogHole> OpenAsync(IPAddress address, int port)
    {
        BacklogHole hole = new BacklogHole(address, port);
        hole._listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        hole._listener.Bind(new IPEndPoint(address, port));
        hole._listener.Listen(0);
        while (await hole.FillAsync()) { }

        return hole;
    }

    public void Dispose()
    {
        _fillers.ForEach(filler => filler.Dispose());
        _listener.Dispose();
    }

    private async Task<bool> FillAsync()
    {
        Socket filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _fillers.Add(filler);
        using CancellationTokenSource hanging = new CancellationTokenSource(Hanging);
        try
        {
            await filler.ConnectAsync(_address, Port, hanging.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
