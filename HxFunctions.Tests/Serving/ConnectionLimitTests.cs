using System.Net;
using HxFunctions.Cli.Serving;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.Tests.Serving;

public class ConnectionLimitTests
{
    private const long MiB = 1024 * 1024;

    [Theory]
    [InlineData(null, 16_384, 26_214, "memory")]
    [InlineData(1024, 16_384, 704, "open files is 1024")]
    [InlineData(20_000, 16_384, 19_680, "open files is 20000")]
    [InlineData(20_000, 112, 179, "112 MB of memory")]
    [InlineData(384, 112, 64, "open files is 384")]
    [InlineData(64, 112, 64, "open files is 64")]
    [InlineData(null, 1, 64, "1 MB of memory")]
    public void Count_leaves_descriptors_and_memory_for_the_rest(int? openFiles, long memory, int count, string cause)
    {
        ConnectionLimit limit = ConnectionLimit.For(openFiles, memory * MiB);
        Assert.Equal(count, limit.Count);
        Assert.Contains(cause, limit.Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void This_process_has_a_limit_that_can_be_read()
    {
        Assert.True(!OperatingSystem.IsLinux() || OpenFiles.Limit() is null or > 0);
        Assert.InRange(ConnectionLimit.OfThisProcess().Count, ConnectionLimit.Least, int.MaxValue);
    }

    [Fact]
    public void Connections_beyond_the_limit_are_counted_and_told_once_a_minute()
    {
        FakeTimeProvider time = new();
        FakeLogger logger = new();
        ConnectionGate gate = new(2, time, logger);
        Assert.True(gate.TryEnter());
        Assert.True(gate.TryEnter());
        Assert.False(gate.TryEnter());
        Assert.False(gate.TryEnter());
        Assert.False(gate.TryEnter());
        Assert.Equal(["Closed 1 new connections: 2 are open, which is the limit."], Messages(logger));

        time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(gate.TryEnter());
        Assert.Equal("Closed 3 new connections: 2 are open, which is the limit.", Messages(logger)[^1]);

        gate.Leave();
        Assert.True(gate.TryEnter());
        Assert.False(gate.TryEnter());
    }

    /// <summary>Accepting goes on only when the one too many is closed, and an ended one counts until its descriptor is free.</summary>
    [Fact]
    public async Task Transport_closes_one_too_many_before_it_accepts_the_next()
    {
        PlayedTransport transport = new();
        IConnectionListener listener = await new LimitedTransport(
            transport,
            new ConnectionGate(1, new FakeTimeProvider(), new FakeLogger())
        ).BindAsync(new IPEndPoint(IPAddress.Loopback, 0));
        ConnectionContext first = (await listener.AcceptAsync())!;
        Task<ConnectionContext?> second = listener.AcceptAsync().AsTask();
        Assert.Equal(2, transport.Accepted.Count);
        transport.Accepted[1].Ended.SetResult();
        Assert.Equal(3, transport.Accepted.Count);

        Task ending = first.DisposeAsync().AsTask();
        transport.Accepted[2].Ended.SetResult();
        Assert.False(second.IsCompleted);
        Assert.Equal(4, transport.Accepted.Count);
        transport.Accepted[0].Ended.SetResult();
        await ending;
        transport.Accepted[3].Ended.SetResult();
        Assert.NotNull(await second);
        Assert.Equal(5, transport.Accepted.Count);
    }

    /// <summary>Has always one more connection, whose end waits for the test.</summary>
    private sealed class PlayedTransport : IConnectionListenerFactory, IConnectionListener
    {
        public List<PlayedConnection> Accepted { get; } = [];

        public EndPoint EndPoint { get; } = new IPEndPoint(IPAddress.Loopback, 0);

        public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) => new(this);

        public ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            PlayedConnection connection = new();
            Accepted.Add(connection);
            return new(connection);
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => default;

        public ValueTask DisposeAsync() => default;
    }

    private sealed class PlayedConnection : DefaultConnectionContext
    {
        public TaskCompletionSource Ended { get; } = new();

        public override async ValueTask DisposeAsync()
        {
            await Ended.Task;
            await base.DisposeAsync();
        }
    }

    private static string[] Messages(FakeLogger logger) => [.. logger.Collector.GetSnapshot().Select(record => record.Message)];
}
