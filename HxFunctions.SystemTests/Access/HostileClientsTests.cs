using HxFunctions.SystemTests.Servers;
using HxFunctions.Tests.Access;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace HxFunctions.SystemTests.Access;

/// <summary>Clients that send too much, too slowly, or never to an end are sent away, and the guard answers everyone else
/// meanwhile.</summary>
[Collection(MeasuredCollection.Name)]
public class HostileClientsTests(PassingSurface surface) : IClassFixture<PassingSurface>
{
    private const int MiB = 1024 * 1024;

    /// <summary>docs/guard.md has the same numbers.</summary>
    [Fact]
    public void Limits_are_set_deliberately()
    {
        KestrelServerLimits limits = surface.Instance.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;

        Assert.Equal(16 * 1024, limits.MaxRequestLineSize);
        Assert.Equal(32 * 1024, limits.MaxRequestHeadersTotalSize);
        Assert.Equal(100, limits.MaxRequestHeaderCount);
        Assert.Equal(64 * 1024, limits.MaxRequestBodySize);
        Assert.Equal(TimeSpan.FromSeconds(10), limits.RequestHeadersTimeout);
        Assert.Equal(TimeSpan.FromSeconds(120), limits.KeepAliveTimeout);
        Assert.Equal(
            (240, TimeSpan.FromSeconds(5)),
            (limits.MinRequestBodyDataRate?.BytesPerSecond, limits.MinRequestBodyDataRate?.GracePeriod)
        );
        Assert.Equal((240, TimeSpan.FromSeconds(5)), (limits.MinResponseDataRate?.BytesPerSecond, limits.MinResponseDataRate?.GracePeriod));
        // ConnectionGate's work: Kestrel would write a line for each connection that it closes.
        Assert.Null(limits.MaxConcurrentConnections);
    }

    public static TheoryData<string, string, string> TooMuch =>
        new()
        {
            {
                "one header of 1 MB",
                $"GET /guard?path=/v1/keys HTTP/1.1\r\nHost: test\r\nX-Original-URI: /{new string('a', MiB)}\r\n\r\n",
                "431"
            },
            {
                "1 MB of headers",
                $"GET /guard?path=/v1/keys HTTP/1.1\r\nHost: "
                    + $"test\r\n{string.Concat(Enumerable.Range(0, 10_000).Select(i => $"X-{i}: {new string('b', 95)}\r\n"))}\r\n",
                "431"
            },
            {
                "10,000 empty headers",
                $"GET /guard?path=/v1/keys HTTP/1.1\r\nHost: test\r\n{string.Concat(Enumerable.Repeat("A:\r\n", 10_000))}\r\n",
                "431"
            },
            { "a target of 1 MB", $"GET /guard/check/{new string('a', MiB)} HTTP/1.1\r\nHost: test\r\n\r\n", "414" },
            { "a method of 1 MB", $"{new string('A', MiB)} / HTTP/1.1\r\nHost: test\r\n\r\n", "4" },
            { "a body of 1 MB", $"POST /override HTTP/1.1\r\nHost: test\r\nContent-Length: {MiB}\r\n\r\n", "413" },
            {
                "an endless chunked body",
                $"POST /override HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: "
                    + $"chunked\r\n\r\n{string.Concat(Enumerable.Repeat($"1000\r\n{new string(' ', 4096)}\r\n", 40))}",
                "413"
            },
        };

    /// <summary>A reset is an answer, too: the server had not read all of it.</summary>
    [Theory]
    [MemberData(nameof(TooMuch))]
    public async Task Request_that_is_too_large_is_refused_and_others_are_answered(string what, string request, string status)
    {
        using RawConnection client = new(surface.Instance.Address);
        try
        {
            await client.SendAsync(request);
        }
        catch (IOException)
        {
            // Refused before all was sent.
        }

        string head = await client.ReadHeadAsync();

        Assert.True(head.Length == 0 || head.StartsWith($"HTTP/1.1 {status}", StringComparison.Ordinal), $"{what}: {head}");
        Assert.Equal(200, (await surface.Instance.RawAsync("GET /guard?path=/v1/keys")).Status);
    }

    /// <summary>8 KB of path, twice encoded, in the question's query or header: it must reach the guard, which knows what to do with
    /// it.</summary>
    [Theory]
    [InlineData(8_000, 200)]
    [InlineData(8_190, 200)]
    [InlineData(14_000, 200)]
    public async Task Longest_path_that_is_read_fits_into_the_limits(int length, int status)
    {
        string path = "/" + new string('a', Math.Min(length, 8_000)) + (length > 8_000 ? "?" + new string('q', length - 8_001) : "");

        Assert.Equal(status, (await surface.Instance.RawAsync("GET /guard", $"X-Original-URI: {path}")).Status);
        Assert.Equal(status, (await surface.Instance.RawAsync($"GET /guard/check{path}")).Status);
        Assert.Equal(status, (await surface.Instance.RawAsync($"GET /guard?path={Uri.EscapeDataString(path)}")).Status);
    }

    /// <summary>A byte a second, in the headers and in a body, and one that sends half and waits.</summary>
    [Fact]
    public async Task Slow_clients_are_cut_off_and_others_are_answered()
    {
        using CancellationTokenSource enough = new(2 * Eventually.Patience);
        using RawConnection headers = new(surface.Instance.Address),
            body = new(surface.Instance.Address),
            half = new(surface.Instance.Address);
        await body.SendAsync("POST /override HTTP/1.1\r\nHost: test\r\nContent-Length: 1000\r\n\r\n");
        await half.SendAsync("GET /guard?path=/v1/keys HTTP/1.1\r\nHost: te");

        Task<string> slowHeaders = headers.TrickleAsync("GET /guard?path=/v1/keys HTTP/1.1\r\n" + new string('x', 1000), enough.Token);
        Task<string> slowBody = body.TrickleAsync("{" + new string(' ', 999), enough.Token);
        Task ended = half.EndedAsync();
        Task all = Task.WhenAll(slowHeaders, slowBody, ended);
        while (!all.IsCompleted)
        {
            RawResponse answer = await surface.Instance.RawAsync("GET /guard?path=/v1/keys").WaitAsync(Eventually.Patience);
            Assert.Equal(200, answer.Status);
            await Task.WhenAny(all, Task.Delay(100));
        }

        await all;
        Assert.False(enough.IsCancellationRequested);
        // 408, or an end without a word.
        foreach (string head in new[] { await slowHeaders, await slowBody })
        {
            Assert.True(head.Length == 0 || head.StartsWith("HTTP/1.1 408 ", StringComparison.Ordinal), head);
        }
    }
}
