using System.Net;
using System.Net.Sockets;
using System.Text;
using HxFunctions.Cli.Gateways;
using HxFunctions.Tests.Servers;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.Tests.Gateways;

/// <summary>Targets leave as they are, and whatever comes back is read within its bounds.</summary>
public class RawHttpClientTests
{
    private static readonly TimeSpan Patience = Eventually.Patience;

    [Theory]
    [InlineData("/.hx%2Fcanary")]
    [InlineData("/.HX//canary/../canary/.;p=1?x=/../")]
    [InlineData("\\.hx\\canary")]
    [InlineData(".hx/canary#y")]
    [InlineData("http://gateway.example:8443/.hx/canary")]
    [InlineData("/.hx\uFF0Fcanar\u200By")]
    [InlineData("/.hx/ canary. ")]
    public async Task Target_arrives_byte_for_byte(string target)
    {
        await using RawServer server = RawServer.Start(_ => RawServer.Say(200));

        await Client(server.Url).AskAsync("GET", target, default);

        Assert.Equal(target, Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(RawServer.TargetOf(server.Heads.Single()))));
    }

    [Fact]
    public async Task Request_names_its_host_and_carries_its_headers()
    {
        await using RawServer server = RawServer.Start(_ => RawServer.Say(200));
        RawHttpClient client = new(server.Url, [new("X-Gateway-Key", "made up key")], Patience, TimeProvider.System);

        await client.AskAsync("POST", "/x", default);

        string head = server.Heads.Single();
        Assert.Contains($"\r\nHost: 127.0.0.1:{server.Port}\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Gateway-Key: made up key\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Length: 0\r\n", head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://gateway.example/", "gateway.example")]
    [InlineData("https://gateway.example/api", "gateway.example")]
    [InlineData("https://gateway.example:8443", "gateway.example:8443")]
    [InlineData("http://[::1]:8080", "[::1]:8080")]
    [InlineData("http://[2001:db8::1]", "[2001:db8::1]")]
    public void Host_is_as_RFC_9110_wants_it(string url, string host) => Assert.Equal(host, RawHttpClient.AuthorityOf(new(url)));

    [Fact]
    public async Task Address_of_IPv6_is_asked()
    {
        await using RawServer server = RawServer.StartOn(IPAddress.IPv6Loopback, _ => RawServer.Say(204));

        RawAnswer answer = await Client(server.Url).AskAsync("GET", "/", default);

        Assert.Equal(204, answer.Status);
        Assert.Contains($"\r\nHost: [::1]:{server.Port}\r\n", server.Heads.Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nhello")]
    [InlineData("HTTP/1.0 200 OK\n\nhello")]
    [InlineData("HTTP/1.1 200\r\ntransfer-encoding: chunked\r\n\r\n2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nTrailer: x\r\n\r\n")]
    [InlineData(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    )]
    public async Task Body_is_read_however_it_is_framed(string answer)
    {
        await using RawServer server = RawServer.Start(_ => answer);

        RawAnswer read = await Client(server.Url).AskAsync("GET", "/", default);

        Assert.Equal((200, "hello", false), (read.Status, Encoding.UTF8.GetString(read.Answer.Body), read.Answer.Truncated));
    }

    [Fact]
    public async Task Answer_to_HEAD_has_no_body_whatever_its_length_says()
    {
        await using RawServer server = RawServer.Start(_ => "HTTP/1.1 503 X\r\nContent-Type: a/b; c=d\r\nContent-Length: 5\r\n\r\n");

        RawAnswer read = await Client(server.Url).AskAsync("HEAD", "/", default);

        Assert.Equal((503, "a/b", 0), (read.Status, read.Answer.MediaType, read.Answer.Body.Length));
    }

    /// <summary>What isn't whole is not believed, but its status stands.</summary>
    [Theory]
    [InlineData("HTTP/1.1 503 X\r\nContent-Length: 50\r\n\r\n{\"type\":1}")]
    [InlineData("HTTP/1.1 503 X\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{\"type\":1}")]
    [InlineData("HTTP/1.1 503 X\r\nTransfer-Encoding: chunked\r\n\r\nno size\r\n{\"type\":1}")]
    public async Task Broken_body_keeps_the_status(string answer)
    {
        await using RawServer server = RawServer.Start(_ => answer.Replace("Content-Length", "content-length", StringComparison.Ordinal));

        RawAnswer read = await Client(server.Url).AskAsync("GET", "/", default);

        Assert.Equal((503, true, null), (read.Status, read.Answer.Truncated, read.Answer.Json));
    }

    [Theory]
    [InlineData(RawHttpReader.MaxBodyLength, false)]
    [InlineData(RawHttpReader.MaxBodyLength + 1, true)]
    [InlineData(3_000_000, true)]
    public async Task Body_is_bounded(int length, bool truncated)
    {
        string body = new('x', length);
        await using RawServer server = RawServer.Start(head =>
            RawServer.TargetOf(head) switch
            {
                "/length" => RawServer.Say(200, body),
                "/chunked" => $"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n{length:x}\r\n{body}\r\n0\r\n\r\n",
                _ => $"HTTP/1.1 200 X\r\n\r\n{body}",
            }
        );

        foreach (string target in new[] { "/length", "/chunked", "/until-the-end" })
        {
            RawAnswer read = await Client(server.Url).AskAsync("GET", target, default);

            Assert.Equal(
                (target, 200, Math.Min(length, RawHttpReader.MaxBodyLength), truncated),
                (target, read.Status, read.Answer.Body.Length, read.Answer.Truncated)
            );
        }
    }

    [Theory]
    [InlineData("hello\r\n\r\n", Silence.NotHttp)]
    [InlineData("HTTP/2 200\r\n\r\n", Silence.NotHttp)]
    [InlineData("HTTP/1.1 2x0 OK\r\n\r\n", Silence.NotHttp)]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\r\n", Silence.NotHttp)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n", Silence.NotHttp)]
    [InlineData("<html>", Silence.NotHttp)]
    [InlineData(null, Silence.Closed)]
    internal async Task Other_answer_is_none(string? answer, Silence silence)
    {
        await using RawServer server = RawServer.Start(_ => answer);

        RawAnswer read = await Client(server.Url).AskAsync("GET", "/", default);

        Assert.Equal((0, silence), (read.Status, read.Silence));
        Assert.NotEqual("", read.Answer.Failure);
    }

    [Fact]
    public async Task Head_without_an_end_is_given_up()
    {
        await using RawServer server = RawServer.Start(_ => $"HTTP/1.1 200 OK\r\nX: {new string('x', 200_000)}");

        Assert.Equal(Silence.NotHttp, (await Client(server.Url).AskAsync("GET", "/", default)).Silence);
    }

    [Fact]
    public async Task Nobody_there_is_told()
    {
        TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();

        RawAnswer read = await Client(new($"http://127.0.0.1:{port}")).AskAsync("GET", "/", default);

        Assert.Equal((Silence.Unreachable, "the connection was refused or failed"), (read.Silence, read.Answer.Failure));
    }

    [Fact]
    public async Task Server_without_TLS_is_told()
    {
        await using RawServer server = RawServer.Start(_ => "nothing of TLS");

        RawAnswer read = await Client(new($"https://127.0.0.1:{server.Port}"), TimeSpan.FromSeconds(1)).AskAsync("GET", "/", default);

        Assert.True(read.Silence is Silence.Unreachable or Silence.Late, $"{read.Silence}");
    }

    [Theory]
    [InlineData("", Silence.Late)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: x\n\n", Silence.None)]
    internal async Task Ask_has_a_deadline_and_a_stream_has_a_status(string beginning, Silence silence)
    {
        FakeTimeProvider time = new();
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Task<TcpClient> accepting = AcceptAsync();
        RawHttpClient client = new(new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}"), [], TimeSpan.FromSeconds(5), time);

        Task<RawAnswer> asking = client.AskAsync("GET", "/", default);
        using TcpClient accepted = await accepting;
        await asked.Task;
        // Until it has read what there is, and reads on: then the time runs out.
        await Eventually.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(10));
            return asking.IsCompleted;
        });

        RawAnswer read = await asking;
        Assert.Equal(silence, read.Silence);
        Assert.Equal((silence == Silence.None ? 200 : 0, silence == Silence.None), (read.Status, read.Answer.Truncated));
        listener.Stop();

        async Task<TcpClient> AcceptAsync()
        {
            TcpClient one = await listener.AcceptTcpClientAsync();
            _ = await one.GetStream().ReadAsync(new byte[1000]);
            await one.GetStream().WriteAsync(Encoding.ASCII.GetBytes(beginning));
            asked.SetResult();
            return one;
        }
    }

    [Fact]
    public async Task Kept_connection_is_used_again_and_opened_anew_when_the_server_has_closed_it()
    {
        int answers = 0;
        await using RawServer server = RawServer.Start(_ => Interlocked.Increment(ref answers) == 3 ? null : RawServer.Say(200, "hello"));
        RawHttpClient client = Client(server.Url);
        await using RawHttpClient.Connection connection = new();

        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(200, (await client.AskAsync(connection, "GET", $"/{i}", default)).Status);
        }

        Assert.Equal((2, 5), (server.Connections, server.Heads.Count));
    }

    [Fact]
    public async Task Cancelled_ask_throws()
    {
        await using RawServer server = RawServer.Start(_ => new TaskCompletionSource<string?>().Task);
        using CancellationTokenSource stop = new();

        Task<RawAnswer> asking = Client(server.Url).AskAsync("GET", "/", stop.Token);
        await Eventually.TrueAsync(() => !server.Heads.IsEmpty);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    private static RawHttpClient Client(Uri server, TimeSpan? patience = null) =>
        new(server, [], patience ?? Patience, TimeProvider.System);
}
