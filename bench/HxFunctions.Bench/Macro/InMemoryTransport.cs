using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace HxFunctions.Bench.Macro;

/// <summary>Kestrel's transport without sockets: a connection is two pipes, and the server runs on the thread of the client that writes.
/// What is left is the program.</summary>
internal sealed class InMemoryTransport : IConnectionListenerFactory, IConnectionListener, IMemoryPoolFeature
{
    private readonly PipeOptions _inline;
    private readonly Channel<ConnectionContext> _connections = Channel.CreateUnbounded<ConnectionContext>();

    /// <param name="pools">Kestrel writes into blocks of its own pool and takes their size for granted.</param>
    public InMemoryTransport(IMemoryPoolFactory<byte> pools)
    {
        MemoryPool = pools.Create();
        _inline = new(MemoryPool, PipeScheduler.Inline, PipeScheduler.Inline, useSynchronizationContext: false);
    }

    public MemoryPool<byte> MemoryPool { get; }

    public EndPoint EndPoint { get; private set; } = new IPEndPoint(IPAddress.Loopback, 0);

    /// <summary>A new connection, seen from the client.</summary>
    public IDuplexPipe Connect()
    {
        Pipe there = new(_inline),
            back = new(_inline);
        Duplex client = new(back.Reader, there.Writer);
        DefaultConnectionContext connection = new("bench", new Duplex(there.Reader, back.Writer), client)
        {
            LocalEndPoint = EndPoint,
            RemoteEndPoint = EndPoint,
        };
        connection.Features.Set<IMemoryPoolFeature>(this);
        _connections.Writer.TryWrite(connection);
        return client;
    }

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        EndPoint = endpoint;
        return new(this);
    }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
        await _connections.Reader.WaitToReadAsync(cancellationToken) && _connections.Reader.TryRead(out ConnectionContext? connection)
            ? connection
            : null;

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _connections.Writer.TryComplete();
        return default;
    }

    public ValueTask DisposeAsync() => UnbindAsync();

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
