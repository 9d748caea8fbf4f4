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
    /// <summary>In bytes. A verdict has 150 to 400; from here the buffer grows by itself.</summary>
    private const int FirstBuffer = 512;

    public const string Json = "application/json";
    public const string Problem = "application/problem+json";
    public const string Health = "application/health+json";

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

    private ReadOnlySpan<byte> WriteBody()
    {
        ArrayBufferWriter<byte> body = new(FirstBuffer);
        using (Utf8JsonWriter writer = new(body))
        {
            Write(writer);
        }

        return body.WrittenSpan;
    }
}
