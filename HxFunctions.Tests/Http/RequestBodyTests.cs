using System.Globalization;
using System.Text;
using System.Text.Json;
using HxFunctions.Core.Http;
using HxFunctions.Tests.Serving;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.Tests.Http;

/// <summary>How much of a body is read, whatever the server lets through.</summary>
public sealed class RequestBodyTests
{
    private const int Max = RequestBody.MaxLength;

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(Max, true)]
    [InlineData(Max + 1, false)]
    [InlineData(100 * Max, false)]
    public async Task Body_is_read_up_to_the_limit_whether_its_length_is_announced_or_not(int length, bool isRead)
    {
        foreach (bool announced in new[] { true, false })
        {
            CountingStream body = new(length);
            byte[]? read = await RequestBody.ReadAsync(RequestWith(body, announced ? length : null), CancellationToken.None);

            Assert.Equal(isRead ? length : null, read?.Length);
            // One buffer's worth beyond the limit may have been asked for.
            Assert.InRange(body.Given, 0, announced && !isRead ? 0 : Max + (16 * 1024));
        }
    }

    [Fact]
    public async Task Body_that_the_server_refuses_as_too_large_is_too_large()
    {
        HttpRequest request = RequestWith(new RefusedStream(StatusCodes.Status413PayloadTooLarge), null);
        Assert.Null(await RequestBody.ReadAsync(request, CancellationToken.None));
    }

    [Fact]
    public async Task Body_that_the_server_refuses_for_another_reason_is_refused_for_it()
    {
        HttpRequest request = RequestWith(new RefusedStream(StatusCodes.Status408RequestTimeout), null);
        BadHttpRequestException exception = await Assert.ThrowsAsync<BadHttpRequestException>(() =>
            RequestBody.ReadAsync(request, CancellationToken.None)
        );
        Assert.Equal(StatusCodes.Status408RequestTimeout, exception.StatusCode);
    }

    [Theory]
    [InlineData("Content-Length")]
    [InlineData("Transfer-Encoding")]
    public async Task Override_with_too_large_a_body_is_answered_413_with_the_limit(string by)
    {
        await using HxInstance hx = await Surface.StartAsync(new StubCheck());
        string body = new(' ', Max + 1);
        RawResponse answer =
            by == "Content-Length"
                ? await RawHttp.SendAsync(hx.Address, "POST /override", body)
                : await RawHttp.SendAsync(hx.Address, "POST /override", "", "Transfer-Encoding: chunked\r\n\r\n" + Chunked(body));

        Assert.Equal(
            (413, "application/problem+json", "no-store"),
            (answer.Status, answer.Headers["Content-Type"], answer.Headers["Cache-Control"])
        );
        JsonElement problem = JsonDocument.Parse(answer.Body).RootElement;
        Assert.Equal("urn:hxfunctions:problem:too-large", problem.GetProperty("type").GetString());
        Assert.Equal("The body must have at most 65536 bytes.", problem.GetProperty("detail").GetString());
    }

    [Theory]
    [InlineData("no size\r\n")]
    [InlineData("2\r\n{}no end\r\n")]
    public async Task Override_with_a_malformed_body_is_answered_400(string chunks)
    {
        await using HxInstance hx = await Surface.StartAsync(new StubCheck());
        RawResponse answer = await RawHttp.SendAsync(hx.Address, "POST /override", "", "Transfer-Encoding: chunked\r\n\r\n" + chunks);
        Assert.Equal((400, ""), (answer.Status, answer.Body));
    }

    [Fact]
    public async Task Override_may_begin_with_a_byte_order_mark()
    {
        await using HxInstance hx = await Surface.StartAsync(new StubCheck());
        using ByteArrayContent content = new([
            .. Encoding.UTF8.Preamble,
            .. """{"verdict":"open","durationSeconds":60,"reason":"test"}"""u8,
        ]);
        using HttpRequestMessage request = new(HttpMethod.Post, "/override") { Content = content };
        Assert.Equal(200, (int)(await hx.SendAsync(request)).Status);
    }

    private static HttpRequest RequestWith(Stream body, long? length)
    {
        DefaultHttpContext context = new();
        context.Request.Body = body;
        context.Request.ContentLength = length;
        return context.Request;
    }

    private static string Chunked(string body) =>
        string.Concat(
            body.Chunk(4096).Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Length:x}\r\n{new string(part)}\r\n"))
        ) + "0\r\n";

    /// <summary>So many spaces, which counts how many of them somebody read.</summary>
    private sealed class CountingStream(int length) : MemoryStream
    {
        public int Given { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = Math.Min(buffer.Length, length - Given);
            buffer[..count].Span.Fill((byte)' ');
            Given += count;
            return ValueTask.FromResult(count);
        }
    }

    private sealed class RefusedStream(int status) : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new BadHttpRequestException("Refused.", status);
    }
}
