using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.Core.Http;

/// <summary>Reads a request's body up to a limit that is the same in every host. The Functions host lets 100 MB and more through.</summary>
internal static class RequestBody
{
    /// <summary>In bytes.</summary>
    public const int MaxLength = 64 * 1024;

    /// <returns>
    /// The body, or <see langword="null"/> when it is larger than <see cref="MaxLength"/>. Then only as much is read as it takes to know.
    /// </returns>
    /// <exception cref="BadHttpRequestException">The server refuses the body: it came too slowly or is malformed.</exception>
    public static async Task<byte[]?> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (request.ContentLength > MaxLength)
        {
            return null;
        }

        try
        {
            ArrayBufferWriter<byte> body = new();
            while (true)
            {
                ReadResult read = await request.BodyReader.ReadAsync(cancellationToken);
                foreach (ReadOnlyMemory<byte> part in read.Buffer)
                {
                    body.Write(part.Span);
                }

                // All of it: should the caller end the connection now, Kestrel would log a warning about what was seen and left in place.
                request.BodyReader.AdvanceTo(read.Buffer.End);
                if (body.WrittenCount > MaxLength)
                {
                    return null;
                }

                if (read.IsCompleted)
                {
                    return body.WrittenSpan.ToArray();
                }
            }
        }
        catch (BadHttpRequestException exception) when (exception.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            // A server's own limit, which counts the framing of chunks, too.
            return null;
        }
    }
}
