using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using HxFunctions.Servers;

namespace HxFunctions.Tests.Servers;

public sealed class FaultProxyTests : IAsyncLifetime
{
    private const string Question = "how are you?";
    private readonly TcpListener _echo = new(IPAddress.Loopback, FreePort.Next());
    private readonly CancellationTokenSource _end = new();
    private FaultProxy _proxy = null!;
    private Task _serving = Task.CompletedTask;

    public Task InitializeAsync()
    {
        _echo.Start();
        _serving = EchoAsync();
        _proxy = FaultProxy.Start(((IPEndPoint)_echo.LocalEndpoint).Port);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _proxy.DisposeAsync();
        await _end.CancelAsync();
        await _serving;
        _echo.Dispose();
    }

    [Fact]
    public async Task Pass_lets_bytes_through_both_ways_and_ends_too()
    {
        using TcpClient client = await ConnectAsync();
        Assert.Equal(Question, await AskAsync(client));
        NetworkStream stream = client.GetStream();
        client.Client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await stream.ReadAsync(new byte[1]).AsTask().WaitAsync(Eventually.Patience));
        Assert.Equal(1, _proxy.Accepted);
    }

    [Fact]
    public async Task Refuse_refuses_new_connections_and_cuts_open_ones_until_passed_again()
    {
        using TcpClient open = await ConnectAsync();
        await AskAsync(open);
        await _proxy.SetAsync(FaultMode.Refuse);
        Assert.Equal(0, await open.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(Eventually.Patience));
        SocketException refused = await Assert.ThrowsAsync<SocketException>(ConnectAsync);
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);

        await _proxy.SetAsync(FaultMode.Pass);
        using TcpClient again = await ConnectAsync();
        Assert.Equal(Question, await AskAsync(again));
    }

    [Fact]
    public async Task Reset_resets_new_and_open_connections()
    {
        using TcpClient open = await ConnectAsync();
        await AskAsync(open);
        await _proxy.SetAsync(FaultMode.Reset);
        await AssertResetAsync(open);

        using TcpClient fresh = await ConnectAsync();
        await fresh.GetStream().WriteAsync(new byte[1]);
        await AssertResetAsync(fresh);

        await _proxy.SetAsync(FaultMode.Pass);
        using TcpClient kept = await ConnectAsync();
        await AskAsync(kept);
        await _proxy.SetAsync(FaultMode.Reset, keepConnections: true);
        await kept.GetStream().WriteAsync(new byte[1]);
        await AssertResetAsync(kept);
    }

    [Fact]
    public async Task Silent_holds_back_until_passed_again()
    {
        using TcpClient open = await ConnectAsync();
        await AskAsync(open);
        await _proxy.SetAsync(FaultMode.Silent, keepConnections: true);
        using TcpClient fresh = await ConnectAsync();
        Task<string[]> answers = Task.WhenAll(AskAsync(open), AskAsync(fresh));
        await Eventually.NotEndedAsync(answers);

        await _proxy.SetAsync(FaultMode.Pass, keepConnections: true);
        Assert.Equal([Question, Question], await answers.WaitAsync(Eventually.Patience));
    }

    [Fact]
    public async Task Stall_lets_so_many_bytes_through()
    {
        _proxy.StallAfter = 5;
        await _proxy.SetAsync(FaultMode.Stall);
        using TcpClient client = await ConnectAsync();
        await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(Question));
        Assert.Equal(Question[..5], await ReadAsync(client, 5));
        Task<string> more = ReadAsync(client, Question.Length - 5);
        await Eventually.NotEndedAsync(more);

        await _proxy.SetAsync(FaultMode.Pass, keepConnections: true);
        Assert.Equal(Question[5..], await more.WaitAsync(Eventually.Patience));
    }

    [Fact]
    public async Task Drip_brings_byte_after_byte()
    {
        _proxy.DripDelay = TimeSpan.FromMilliseconds(20);
        await _proxy.SetAsync(FaultMode.Drip);
        using TcpClient client = await ConnectAsync();
        long since = Stopwatch.GetTimestamp();
        Assert.Equal(Question, await AskAsync(client));
        Assert.InRange(Stopwatch.GetElapsedTime(since), _proxy.DripDelay * (Question.Length - 1), Eventually.Patience);
    }

    [Fact]
    public async Task Garbage_brings_other_bytes()
    {
        await _proxy.SetAsync(FaultMode.Garbage);
        using TcpClient client = await ConnectAsync();
        await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(Question));
        byte[] answer = new byte[Question.Length];
        await client.GetStream().ReadExactlyAsync(answer).AsTask().WaitAsync(Eventually.Patience);
        Assert.All(answer, read => Assert.Equal(0xF5, read));
    }

    [Fact]
    public async Task Server_that_refuses_ends_the_connection()
    {
        await using FaultProxy proxy = FaultProxy.Start(FreePort.Next());
        using TcpClient client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", proxy.Port);
        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(Eventually.Patience));
    }

    [Fact]
    public async Task Port_that_is_released_late_is_waited_for()
    {
        using TcpListener holder = new(IPAddress.Loopback, FreePort.Next());
        holder.Start();
        int port = ((IPEndPoint)holder.LocalEndpoint).Port;
        Task<FaultProxy> starting = Task.Run(() => FaultProxy.Start(port, port: port));
        await Eventually.NotEndedAsync(starting);

        holder.Stop();
        await using FaultProxy proxy = await starting.WaitAsync(Eventually.Patience);
    }

    [Fact]
    public async Task BacklogHole_hangs_connects()
    {
        using BacklogHole hole = await BacklogHole.OpenAsync();
        using TcpClient client = new TcpClient();
        await Eventually.NotEndedAsync(client.ConnectAsync("127.0.0.1", hole.Port));
    }

    private static async Task AssertResetAsync(TcpClient client)
    {
        IOException error = await Assert.ThrowsAsync<IOException>(() =>
            client.GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(Eventually.Patience)
        );
        Assert.Equal(SocketError.ConnectionReset, Assert.IsType<SocketException>(error.InnerException).SocketErrorCode);
    }

    private static async Task<string> AskAsync(TcpClient client)
    {
        await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(Question));
        return await ReadAsync(client, Question.Length);
    }

    private static async Task<string> ReadAsync(TcpClient client, int count)
    {
        byte[] bytes = new byte[count];
        await client.GetStream().ReadExactlyAsync(bytes);
        return System.Text.Encoding.ASCII.GetString(bytes);
    }

    private async Task<TcpClient> ConnectAsync()
    {
        TcpClient client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", _proxy.Port);
        return client;
    }

    private async Task EchoAsync()
    {
        try
        {
            while (true)
            {
                _ = EchoAsync(await _echo.AcceptTcpClientAsync(_end.Token));
            }
        }
        catch (OperationCanceledException) { }
    }

    private async Task EchoAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                await client.GetStream().CopyToAsync(client.GetStream(), _end.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException) { }
    }
}
