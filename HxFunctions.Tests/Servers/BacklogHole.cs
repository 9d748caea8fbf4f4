using System.Net;
using System.Net.Sockets;
using HxFunctions.Cli.Demo;

namespace HxFunctions.Tests.Servers;

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

    public int Port { get; } = FreePort.Next();

    /// <summary>Opens a hole and returns when a connect has been seen to hang.</summary>
    public static async Task<BacklogHole> OpenAsync()
    {
        var hole = new BacklogHole();
        hole._listener.Bind(new IPEndPoint(IPAddress.Loopback, hole.Port));
        hole._listener.Listen(0);
        while (await hole.FillAsync())
        {
        }

        return hole;
    }

    public void Dispose()
    {
        _fillers.ForEach(filler => filler.Dispose());
        _listener.Dispose();
    }

    private async Task<bool> FillAsync()
    {
        var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _fillers.Add(filler);
        using var hanging = new CancellationTokenSource(Hanging);
        try
        {
            await filler.ConnectAsync(IPAddress.Loopback, Port, hanging.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
