using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using HxFunctions.Servers;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>A refusal comes at once, whatever the caller or the guard is still to send.</summary>
public abstract partial class GatewayMatrixTests
{
    private const int AnnouncedBody = 2_000_000;

    /// <summary>With "Expect" a client waits for a word before it sends anything. One that stops half way is a client of ours on a bad
    /// line, or a stranger's who would fill a disk. nginx waits for a minute.</summary>
    [Theory]
    [InlineData("POST /v1/keys", "Expect: 100-continue", 0)]
    [InlineData("POST /v1/keys", "X-Sends: half", AnnouncedBody / 2)]
    [InlineData("POST /.hx/canary", "X-Sends: half", AnnouncedBody / 2)]
    [InlineData("GET /v1/keys", "X-Sends: half", AnnouncedBody / 2)]
    public async Task Refusal_does_not_wait_for_the_body(string request, string header, int sent)
    {
        await using HxInstance guard = await StartGuardAsync(StubCheck.Failing());
        await using IGateway gateway = await StartGatewayAsync(guard);

        (RawResponse refused, TimeSpan took) = await RefusedAsync(gateway, request, header, sent);

        output.WriteLine($"refused after {took.TotalSeconds:0.00} s");
        if (request.EndsWith("canary", StringComparison.Ordinal))
        {
            Assert.Contains("urn:hxfunctions:problem:canary", refused.Body, StringComparison.Ordinal);
        }
        else
        {
            AssertGuardsWords(refused);
        }
    }

    [Theory]
    [InlineData("Expect: 100-continue", 0)]
    [InlineData("X-Sends: half", AnnouncedBody / 2)]
    public async Task Refusal_without_the_guard_does_not_wait_for_the_body(string header, int sent)
    {
        await using IGateway gateway = await StartGatewayAsync(FreePort.Next());

        (RawResponse refused, _) = await RefusedAsync(gateway, "POST /v1/keys", header, sent);

        AssertOwnWords(refused);
    }

    /// <summary>Nobody listens on its port: that is known at once. HAProxy would wait for a second before it tried once more.</summary>
    [Fact]
    public async Task Guard_that_is_down_closes_at_once()
    {
        await using IGateway gateway = await StartGatewayAsync(FreePort.Next());
        long since = Stopwatch.GetTimestamp();

        for (int i = 0; i < 10; i++)
        {
            AssertOwnWords(await gateway.SendAsync("POST", $"/v1/keys/{i}"));
        }

        TimeSpan took = Stopwatch.GetElapsedTime(since);
        output.WriteLine($"10 refusals in {took.TotalSeconds:0.00} s");
        Assert.InRange(took.TotalSeconds, 0, 8);
    }

    /// <summary>Sends a head, and what there is of its body, and waits for the last answer to it.</summary>
    private static async Task<(RawResponse Answer, TimeSpan Took)> RefusedAsync(IGateway gateway, string request, string header, int sent)
    {
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", gateway.Port);
        await using NetworkStream stream = client.GetStream();
        long since = Stopwatch.GetTimestamp();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"{request} HTTP/1.1\r\nHost: test\r\nContent-Length: {AnnouncedBody}\r\n{header}\r\n\r\n")
        );
        // Beside reading: a gateway needn't take it.
        Task body = sent == 0 ? Task.CompletedTask : stream.WriteAsync(new byte[sent]).AsTask();
        StringBuilder text = new();
        byte[] buffer = new byte[16 * 1024];
        while (LastAnswer(text.ToString()) is null)
        {
            int read = await stream.ReadAsync(buffer).AsTask().WaitAsync(Eventually.Patience);
            Assert.True(read > 0, $"closed without an answer: {text} {gateway.Log}");
            text.Append(Encoding.ASCII.GetString(buffer, 0, read));
        }

        TimeSpan took = Stopwatch.GetElapsedTime(since);
        client.Close();
        await body.ContinueWith(_ => { }, TaskScheduler.Default);
        return (LastAnswer(text.ToString())!, took);
    }

    /// <summary>The answer, once its body is there as far as its length says; without "100 Continue" before it.</summary>
    private static RawResponse? LastAnswer(string text)
    {
        const string Interim = "HTTP/1.1 100 Continue\r\n\r\n";
        string last = text.StartsWith(Interim, StringComparison.Ordinal) ? text[Interim.Length..] : text;
        if (!last.Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            return null;
        }

        RawResponse answer = RawResponse.Parse(last);
        return answer.Headers.TryGetValue("Content-Length", out string? length) && answer.Body.Length < int.Parse(length, null)
            ? null
            : answer;
    }
}
