using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.Core.Http;

/// <summary>An answer in JSON: the one way in which this product writes any.</summary>
/// <remarks>The body is written whole before anything is sent, so that it has a length and a failure to write it can still become a
/// 500.</remarks>
internal abstract class JsonAnswer : IResult
{
    private const int KeptBuffer = 64 * 1024;

    [ThreadStatic]
    private static Buffers? _buffers;

    private bool _isGivenAgain;
    private byte[]? _body;

    public const string Json = "application/json";
    public const string Problem = "application/problem+json";
    public const string Health = "application/health+json";

    protected abstract int Status { get; }

    protected virtual string ContentType => Json;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        HttpResponse response = httpContext.Response;
        ReadOnlySpan<byte> body = _body ?? WriteBody();
        response.StatusCode = Status;
        response.ContentType = ContentType;
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        WriteHeaders(response.Headers);
        if (!HttpMethods.IsHead(httpContext.Request.Method))
        {
            response.BodyWriter.Write(body);
        }
        // The server flushes what was written when the request ends.
        return Task.CompletedTask;
    }

    /// <summary>The body alone, for where there is no response.</summary>
    public string ToJson() => Encoding.UTF8.GetString(WriteBody());

    protected abstract void Write(Utf8JsonWriter writer);

    protected virtual void WriteHeaders(IHeaderDictionary headers) { }

    /// <returns>The body, until this thread writes another.</returns>
    private ReadOnlySpan<byte> WriteBody()
    {
        Buffers buffers = _buffers ??= new();
        buffers.Body.ResetWrittenCount();
        buffers.Writer.Reset(buffers.Body);
        Write(buffers.Writer);
        buffers.Writer.Flush();
        if (buffers.Body.Capacity > KeptBuffer)
        {
            _buffers = null;
        }

        ReadOnlySpan<byte> body = buffers.Body.WrittenSpan;
        // Most answers are given once. One that is given a second time is likely to be given a third.
        if (_isGivenAgain)
        {
            _body = body.ToArray();
        }

        _isGivenAgain = true;
        return body;
    }

    private sealed class Buffers
    {
        public ArrayBufferWriter<byte> Body { get; } = new(1024);
        public Utf8JsonWriter Writer { get; } = new(Stream.Null);
    }
}
