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
    public const string Json = "application/json";
    public const string Problem = "application/problem+json";
    public const string Health = "application/health+json";

    /// <summary>In bytes. A verdict has 150 to 400; from here the buffer grows by itself.</summary>
    private const int FirstBuffer = 512;

    /// <summary>In bytes: a thread doesn't keep a buffer that has grown larger.</summary>
    private const int LargestKeptBuffer = 8 * 1024;

    // The thread's own, for one body after the other: new ones for each are 700 bytes, half of what a request allocates, and 3 % of its
    // time (bench/run request).
    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Body, Utf8JsonWriter Writer)? _buffer;

    protected abstract int Status { get; }

    protected virtual string ContentType => Json;

    public Task ExecuteAsync(HttpContext httpContext)
    {
        HttpResponse response = httpContext.Response;
        ReadOnlySpan<byte> body = WriteBody();
        response.StatusCode = Status;
        response.ContentType = ContentType;
        response.ContentLength = body.Length;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        WriteHeaders(response.Headers, body);
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

    /// <param name="body">As it is sent.</param>
    protected virtual void WriteHeaders(IHeaderDictionary headers, ReadOnlySpan<byte> body) { }

    /// <returns>The body, until this thread writes the next one.</returns>
    private ReadOnlySpan<byte> WriteBody()
    {
        (ArrayBufferWriter<byte> body, Utf8JsonWriter writer) = _buffer ?? CreateBuffer();

        // An answer that could not be written may have left its beginning in both.
        body.ResetWrittenCount();
        writer.Reset();
        Write(writer);
        writer.Flush();
        _buffer = body.Capacity <= LargestKeptBuffer ? (body, writer) : null;
        return body.WrittenSpan;
    }

    private static (ArrayBufferWriter<byte> Body, Utf8JsonWriter Writer) CreateBuffer()
    {
        ArrayBufferWriter<byte> body = new(FirstBuffer);
        return (body, new(body));
    }
}
