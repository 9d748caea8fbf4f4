using System.Net;
using System.Net.Sockets;
using HxFunctions.Core.Dependencies;
using HxFunctions.Servers;

namespace HxFunctions.SystemTests.Integration;

/// <summary>What the probe says of Qdrant's answers (a simulator's: the same bytes), and that it passes by itself when the trouble is
/// over.</summary>
public sealed class QdrantProbeTests
{
    [Theory]
    [InlineData(nameof(QdrantMode.Hang), Reasons.Timeout)]
    [InlineData(nameof(QdrantMode.Slow), Reasons.Timeout)]
    [InlineData(nameof(QdrantMode.Garbage), Reasons.UnexpectedResponse)]
    [InlineData(nameof(QdrantMode.Redirect), Reasons.UnexpectedResponse)]
    [InlineData(nameof(QdrantMode.NotReady), Reasons.NotReady)]
    [InlineData(nameof(QdrantMode.HugeBody), Reasons.UnexpectedResponse)]
    [InlineData(nameof(QdrantMode.WrongJson), Reasons.UnexpectedResponse)]
    [InlineData(nameof(QdrantMode.ServerError), Reasons.UnexpectedResponse)]
    public async Task Fault_has_its_reason_and_passes_when_it_is_over(string mode, string reason)
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        qdrant.Delay = TimeSpan.FromSeconds(5);
        double timeout = reason == Reasons.Timeout ? ProbeRig.Short : ProbeRig.Ample;
        await using ProbeRig rig = ProbeRig.Qdrant(qdrant.Url, timeout: timeout);
        await rig.RecoversAsync();

        qdrant.Mode = Enum.Parse<QdrantMode>(mode);
        await rig.FailsAsync(reason);
        // A call that overran ends a moment after its cancellation.
        await rig.TurnsAsync(DependencyStatus.Fail, reason);
        Assert.Equal(0, qdrant.Requests("/moved/collections"));
        // 16 MiB is read of each of two, and what lies in the sockets' buffers besides.
        Assert.True(qdrant.HugeBodyBytes < 64 * 1024 * 1024, $"{qdrant.HugeBodyBytes} bytes of an endless answer were taken.");

        qdrant.Mode = QdrantMode.Healthy;
        await rig.RecoversAsync();
    }

    [Fact]
    public async Task List_of_25000_collections_passes()
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        for (int i = 0; i < 25_000; i++)
        {
            qdrant.Collections[$"tenant-{i:00000}-of-the-knowledge-base-with-a-long-name"] = "green";
        }

        await using ProbeRig rig = ProbeRig.Qdrant(qdrant.Url);
        await rig.PassesAsync();
        await rig.PassesAsync();
    }

    [Theory]
    [InlineData(nameof(QdrantMode.Gzip))]
    [InlineData(nameof(QdrantMode.ByteOrderMark))]
    public async Task Answer_that_a_proxy_has_wrapped_is_read(string mode)
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        qdrant.Mode = Enum.Parse<QdrantMode>(mode);
        await using ProbeRig rig = ProbeRig.Qdrant(qdrant.Url);
        await rig.PassesAsync();
    }

    [Fact]
    public async Task Server_error_names_its_status()
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        qdrant.Mode = QdrantMode.ServerError;
        await using ProbeRig rig = ProbeRig.Qdrant(qdrant.Url);
        Assert.Equal("HTTP 500", (await rig.ProbeAsync()).Detail);
    }

    [Fact]
    public async Task Slow_answer_within_the_deadline_passes()
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        qdrant.Mode = QdrantMode.Slow;
        qdrant.Delay = TimeSpan.FromMilliseconds(700);
        await using ProbeRig rig = ProbeRig.Qdrant(qdrant.Url);
        ProbeOutcome outcome = await rig.ProbeAsync();
        Assert.Equal(DependencyStatus.Pass, outcome.Status);
        Assert.InRange(outcome.Latency, TimeSpan.FromMilliseconds(690), TimeSpan.FromSeconds(ProbeRig.Ample));
    }

    [Fact]
    public async Task Server_that_needs_most_of_the_deadline_passes_every_time()
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using ProbeRig rig = ProbeRig.Qdrant(qdrant.Url, timeout: 6);
        qdrant.Mode = QdrantMode.Slow;
        qdrant.Delay = TimeSpan.FromSeconds(4.4);
        await rig.PassesAsync();
        await rig.PassesAsync();
    }

    [Fact]
    public async Task Proxy_that_cuts_idle_connections_causes_no_failure()
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using HAProxyServer proxy = await HAProxyServer.StartAsync(qdrant.Port, TimeSpan.FromMilliseconds(300));
        await using ProbeRig rig = ProbeRig.Qdrant($"http://127.0.0.1:{proxy.Port}");
        for (int i = 0; i < 25; i++)
        {
            await rig.PassesAsync();
            // On both sides of the proxy's patience, and right at it.
            await Task.Delay(TimeSpan.FromMilliseconds(200 + (8 * i)));
        }
    }

    [Fact]
    public async Task Firewall_that_forgets_idle_connections_causes_no_failure()
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using FaultProxy proxy = FaultProxy.Start(qdrant.Port);
        await using ProbeRig rig = ProbeRig.Qdrant($"http://127.0.0.1:{proxy.Port}");
        for (int i = 0; i < 5; i++)
        {
            await rig.PassesAsync();
            proxy.ForgetConnections();
        }

        Assert.Equal(5, proxy.Accepted);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("wrong", false)]
    [InlineData(null, true)]
    [InlineData("wrong", true)]
    public async Task Missing_or_wrong_key_is_an_authentication_failure(string? key, bool forbidden)
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync("right");
        qdrant.AnswersForbidden = forbidden;
        await using ProbeRig right = ProbeRig.Qdrant(qdrant.Url, "right");
        await right.PassesAsync();
        await using ProbeRig rig = ProbeRig.Qdrant(qdrant.Url, key);
        await rig.FailsAsync(Reasons.AuthenticationFailed);

        qdrant.ApiKey = key;
        await rig.PassesAsync();
    }

    [Theory]
    [InlineData("green", null)]
    [InlineData("yellow", null)]
    [InlineData("grey", null)]
    [InlineData("red", Reasons.CollectionRed)]
    [InlineData("purple", Reasons.UnexpectedResponse)]
    [InlineData(null, Reasons.CollectionMissing)]
    public async Task Status_of_the_collection_counts(string? status, string? reason)
    {
        const string Name = "docs of é %41?#";
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        qdrant.Collections["another"] = "red";
        if (status is not null)
        {
            qdrant.Collections[Name] = status;
        }

        await using ProbeRig rig = ProbeRig.Qdrant(qdrant.Url + "/", collection: Name);
        await (reason is null ? rig.PassesAsync() : rig.FailsAsync(reason));

        qdrant.Collections[Name] = "green";
        await rig.PassesAsync();
    }

    /// <summary>The list of collections, which they all answer, proves nothing of a collection.</summary>
    [Theory]
    [InlineData(nameof(QdrantMode.Recovery), Reasons.NotReady)]
    [InlineData(nameof(QdrantMode.OtherAccess), Reasons.PermissionDenied)]
    public async Task Collection_that_can_not_be_read_fails_with_its_own_reason(string mode, string reason)
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync("right");
        qdrant.Collections["docs"] = "green";
        await using ProbeRig rig = ProbeRig.Qdrant(qdrant.Url, "right", collection: "docs");
        await rig.PassesAsync();

        qdrant.Mode = Enum.Parse<QdrantMode>(mode);
        await rig.FailsAsync(reason);

        qdrant.Mode = QdrantMode.Healthy;
        await rig.PassesAsync();
    }

    [Fact]
    public async Task Stopped_server_refuses_and_passes_when_it_is_back()
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using ProbeRig rig = ProbeRig.Qdrant(qdrant.Url);
        await rig.PassesAsync();
        await qdrant.StopAsync();
        await rig.FailsAsync(Reasons.ConnectionRefused, Reasons.ConnectionReset);
        await rig.FailsAsync(Reasons.ConnectionRefused);
        await qdrant.StartAgainAsync();
        await rig.RecoversAsync();
    }

    [Fact]
    public async Task Wrong_path_is_an_unexpected_response()
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using ProbeRig rig = ProbeRig.Qdrant(qdrant.Url + "/no/such/base");
        await rig.FailsAsync(Reasons.UnexpectedResponse);
    }

    [Fact]
    public async Task Grpc_port_is_not_taken_for_an_answer()
    {
        // A gRPC server speaks first: an empty SETTINGS frame, then GOAWAY for the request line that it can't read (RFC 9113, sections 3.4
        // and 6.8). It has no line break, so that HttpClient calls it a response that ended early.
        byte[] answer = [0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
        using TcpListener listener = new(IPAddress.Loopback, FreePort.Next());
        listener.Start();
        Task serving = ServeAsync(listener, answer);
        await using ProbeRig rig = ProbeRig.Qdrant($"http://{listener.LocalEndpoint}");
        await rig.FailsAsync(Reasons.UnexpectedResponse, Reasons.ConnectionReset);
        listener.Stop();
        await serving;
    }

    [Fact]
    public async Task Tls_to_a_plain_server_is_a_tls_failure()
    {
        await using QdrantSimulator qdrant = await QdrantSimulator.StartAsync();
        await using ProbeRig rig = ProbeRig.Qdrant(qdrant.Url.Replace("http:", "https:", StringComparison.Ordinal));
        await rig.FailsAsync(Reasons.TlsFailure);
    }

    /// <summary>Qdrant's REST API with TLS speaks nothing else (qdrant's src/actix/mod.rs). For a record that it can't read, rustls sends
    /// an alert: fatal, decode_error (RFC 8446, section 6.2). OpenSSL in front of it closes.</summary>
    [Theory]
    [InlineData(new byte[] { 0x15, 3, 3, 0, 2, 2, 50 })]
    [InlineData(new byte[0])]
    public async Task Plain_request_to_a_server_with_TLS_is_a_dropped_connection(byte[] answer)
    {
        using TcpListener listener = new(IPAddress.Loopback, FreePort.Next());
        listener.Start();
        Task serving = ServeAsync(listener, answer);
        await using ProbeRig rig = ProbeRig.Qdrant($"http://{listener.LocalEndpoint}");
        await rig.FailsAsync(Reasons.ConnectionReset);
        listener.Stop();
        await serving;
    }

    [Fact]
    public async Task Unknown_host_is_a_dns_failure()
    {
        await using ProbeRig rig = ProbeRig.Qdrant("http://nonexistent.invalid:6333");
        await rig.FailsAsync(Reasons.DnsFailure);
    }

    [Fact]
    public async Task Host_that_drops_packets_times_out()
    {
        using BacklogHole hole = await BacklogHole.OpenAsync();
        await using ProbeRig rig = ProbeRig.Qdrant($"http://127.0.0.1:{hole.Port}", timeout: ProbeRig.Short);
        await rig.FailsAsync(Reasons.Timeout);
    }

    private static async Task ServeAsync(TcpListener listener, byte[] answer)
    {
        try
        {
            while (true)
            {
                using TcpClient client = await listener.AcceptTcpClientAsync();
                await client.GetStream().WriteAsync(answer);
                _ = await client.GetStream().ReadAsync(new byte[1024]);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }
}
