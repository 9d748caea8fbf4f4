using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace HxFunctions.Servers;

/// <summary>A TCP proxy on a loopback address whose network can be broken at will.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    /// <summary>How long a closed listener may keep its port: a program that is started just then has a copy of the socket, between its
    /// fork and its exec.</summary>
    private static readonly TimeSpan ReleaseTime = TimeSpan.FromSeconds(5);

    private readonly IPAddress _address;
    private readonly Lock _lock = new();
    private readonly List<Connection> _connections = [];
    private Socket? _listener;
    private BacklogHole? _hole;
    private Task _accepting = Task.CompletedTask;
    private volatile FaultMode _mode;
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _accepted;

    private FaultProxy(int target, IPAddress address, int port)
    {
        Port = port;
        Target = target;
        _address = address;
    }

    public int Port { get; }

    /// <summary>The port on 127.0.0.1 of the server behind, for connections made from now on.</summary>
    public int Target { get; set; }

    /// <summary>How many of the server's bytes <see cref="FaultMode.Stall"/> lets through on each connection.</summary>
    public int StallAfter { get; set; }

    /// <summary>The time before each byte of <see cref="FaultMode.Drip"/>.</summary>
    public TimeSpan DripDelay { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How many connections have been accepted so far.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <param name="targetPort">The port on 127.0.0.1 of the server behind.</param>
    /// <param name="address">Where it listens: any of 127.0.0.0/8. Null: 127.0.0.1.</param>
    /// <param name="port">Its own. Null: a free one.</param>
    public static FaultProxy Start(int targetPort, IPAddress? address = null, int? port = null)
    {
        FaultProxy proxy = new FaultProxy(targetPort, address ?? IPAddress.Loopback, port ?? FreePort.Next());
        proxy.Listen();
        return proxy;
    }

    /// <summary>Changes what happens to connections.</summary>
    /// <param name="mode">From now on.</param>
    /// <param name="keepConnections">
    /// Open connections live on, in the new mode, as when a cable breaks. False: they are cut, by RST in <see cref="FaultMode.Reset"/> and
    /// by FIN else. </param>
    public async Task SetAsync(FaultMode mode, bool keepConnections = false)
    {
        _mode = mode;
        Interlocked.Exchange(ref _changed, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        if (mode is FaultMode.Refuse or FaultMode.Unaccepted)
        {
            await StopListeningAsync();
        }

        if (!keepConnections)
        {
            await CutAsync(byReset: mode == FaultMode.Reset);
        }

        if (mode == FaultMode.Unaccepted)
        {
            _hole ??= await BacklogHole.OpenAsync(_address, Port);
        }
        else
        {
            CloseHole();
        }

        if (mode is not (FaultMode.Refuse or FaultMode.Unaccepted) && _listener is null)
        {
            Listen();
        }
    }

    /// <summary>Drops what comes on the connections that are open now, as a firewall does that has forgotten them. Later ones
    /// pass.</summary>
    public void ForgetConnections()
    {
        lock (_lock)
        {
            _connections.ForEach(connection => connection.Forget());
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopListeningAsync();
        await CutAsync(byReset: false);
        CloseHole();
    }

    private void CloseHole()
    {
        _hole?.Dispose();
        _hole = null;
    }

    private void Listen()
    {
        long begun = Stopwatch.GetTimestamp();
        while (!TryListen(isLast: Stopwatch.GetElapsedTime(begun) > ReleaseTime))
        {
            Thread.Sleep(5);
        }
    }

    private bool TryListen(bool isLast)
    {
        Socket listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // Connections of the time before that linger in TIME_WAIT must not keep the port.
            listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            listener.Bind(new IPEndPoint(_address, Port));
            listener.Listen();
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse && !isLast)
        {
            listener.Dispose();
            return false;
        }

        _listener = listener;
        _accepting = AcceptAsync(listener);
        return true;
    }

    private async Task StopListeningAsync()
    {
        _listener?.Dispose();
        _listener = null;
        await _accepting;
    }

    private async Task CutAsync(bool byReset)
    {
        Connection[] cut;
        lock (_lock)
        {
            cut = [.. _connections];
            _connections.Clear();
        }

        foreach (Connection connection in cut)
        {
            connection.Cut(byReset);
        }

        await Task.WhenAll(cut.Select(connection => connection.Running));
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await listener.AcceptAsync();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            Interlocked.Increment(ref _accepted);
            Connection connection = new Connection(this, client);
            lock (_lock)
            {
                _connections.Add(connection);
            }

            connection.Run();
        }
    }

    /// <summary>One client's connection and the one to the server behind it. <see cref="Cut"/> disposes of both.</summary>
    [System.Diagnostics.CodeAnalysis.SuppressMessage(
        "Design",
        "CA1001",
        Justification = "Cut disposes of the sockets; a cancelled source holds nothing."
    )]
    private sealed class Connection(FaultProxy proxy, Socket client)
    {
        private const byte GarbageByte = 0xF5;

        private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly CancellationTokenSource _cut = new();
        private int _broughtBack;
        private int _isCut;
        private volatile bool _forgotten;

        public Task Running { get; private set; } = Task.CompletedTask;

        public void Forget() => _forgotten = true;

        public void Run() => Running = UntilCutAsync(RunAsync);

        /// <summary>The first call says how: what it cancels comes here, too.</summary>
        public void Cut(bool byReset)
        {
            if (Interlocked.Exchange(ref _isCut, 1) != 0)
            {
                return;
            }

            Close(client, byReset);
            Close(_server, byReset);
            _cut.Cancel();
        }

        private async Task RunAsync()
        {
            await WaitWhileSilentAsync();
            if (proxy._mode == FaultMode.Reset)
            {
                await SendOnAsync();
                return;
            }

            await _server.ConnectAsync(IPAddress.Loopback, proxy.Target, _cut.Token);
            await Task.WhenAll(UntilCutAsync(SendOnAsync), UntilCutAsync(BringBackAsync));
            Cut(byReset: false);
        }

        /// <summary>An end by error on one side becomes the same end on the other.</summary>
        private async Task UntilCutAsync(Func<Task> work)
        {
            try
            {
                await work();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                Cut(byReset: e is SocketException { SocketErrorCode: SocketError.ConnectionReset });
            }
        }

        private async Task SendOnAsync()
        {
            byte[] buffer = new byte[16 * 1024];
            while (await client.ReceiveAsync(buffer, _cut.Token) is > 0 and var count)
            {
                await WaitWhileSilentAsync();
                if (_forgotten)
                {
                    continue;
                }

                if (proxy._mode == FaultMode.Reset)
                {
                    Cut(byReset: true);
                    return;
                }

                await _server.SendAsync(buffer.AsMemory(0, count), _cut.Token);
            }

            _server.Shutdown(SocketShutdown.Send);
        }

        private async Task BringBackAsync()
        {
            byte[] buffer = new byte[16 * 1024];
            while (await _server.ReceiveAsync(buffer, _cut.Token) is > 0 and var count)
            {
                await BringBackAsync(buffer.AsMemory(0, count));
            }

            client.Shutdown(SocketShutdown.Send);
        }

        private async Task BringBackAsync(Memory<byte> bytes)
        {
            while (bytes.Length > 0)
            {
                TaskCompletionSource changed = proxy._changed;
                FaultMode mode = proxy._mode;
                int allowed = mode switch
                {
                    FaultMode.Silent => 0,
                    FaultMode.Stall => Math.Clamp(proxy.StallAfter - _broughtBack, 0, bytes.Length),
                    FaultMode.Drip => 1,
                    _ => bytes.Length,
                };
                if (allowed == 0)
                {
                    await changed.Task.WaitAsync(_cut.Token);
                    continue;
                }

                if (mode == FaultMode.Drip)
                {
                    await Task.Delay(proxy.DripDelay, _cut.Token);
                }

                if (mode == FaultMode.Garbage)
                {
                    bytes.Span.Fill(GarbageByte);
                }

                await client.SendAsync(bytes[..allowed], _cut.Token);
                _broughtBack += allowed;
                bytes = bytes[allowed..];
            }
        }

        private async Task WaitWhileSilentAsync()
        {
            while (true)
            {
                // Read first: a change after it completes this very task.
                TaskCompletionSource changed = proxy._changed;
                if (proxy._mode != FaultMode.Silent)
                {
                    return;
                }

                await changed.Task.WaitAsync(_cut.Token);
            }
        }
    }

    private static void Close(Socket socket, bool byReset)
    {
        try
        {
            // A close without lingering throws away what is unsent and resets the connection (socket(7), SO_LINGER).
            if (byReset)
            {
                socket.LingerState = new LingerOption(true, 0);
            }
            // Disposing a socket in the middle of a receive resets its connection on Linux, unless its end was sent before.
            else
            {
                socket.Shutdown(SocketShutdown.Both);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed already.
        }

        socket.Dispose();
    }
}
