using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace HxFunctions.Core.Dependencies;

/// <summary>
/// Reads <c>result.NAME</c> of an answer of Qdrant's as a stream, and no further: a list of 25,000 collections has 1.4 MB (qdrant #2001),
/// of which only matters that it is one.
/// </summary>
/// <param name="member">The member of <c>result</c>.</param>
internal sealed class QdrantAnswer(string member)
{
    /// <summary>The most that is read, in bytes after decompression: 60,000 collections with the longest names.</summary>
    public const int MaxLength = 16 * 1024 * 1024;

    /// <summary>No name or number is longer than this.</summary>
    private const int MaxTokenLength = 64 * 1024;

    private JsonReaderState _state;
    private bool _inResult;
    private bool _isNext;
    private bool _inList;

    /// <summary>What the member is: <see cref="JsonTokenType.StartArray"/> for a list, which has been read to its end.</summary>
    public JsonTokenType Kind { get; private set; }

    /// <summary>Its value, when it is a string.</summary>
    public string? Text { get; private set; }

    /// <exception cref="JsonException">It isn't JSON, too long, or has no such member.</exception>
    /// <exception cref="InvalidDataException">It isn't compressed as it says.</exception>
    public static async Task<QdrantAnswer> ReadAsync(HttpContent content, string member, CancellationToken cancellationToken)
    {
        await using Stream sent = await content.ReadAsStreamAsync(cancellationToken);
        await using Stream body = Decompress(sent, content.Headers.ContentEncoding.LastOrDefault());
        QdrantAnswer answer = new(member);
        byte[] buffer = new byte[MaxTokenLength];
        // A byte order mark must not be sent and may be ignored (RFC 8259, section 8.1).
        int held = await body.ReadAtLeastAsync(buffer, Encoding.UTF8.Preamble.Length, throwOnEndOfStream: false, cancellationToken);
        int done = buffer.AsSpan(0, held).StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        int total = held;
        bool isEnd = held == 0;
        while (!answer.Advance(buffer.AsSpan(done, held - done), isEnd, out int used))
        {
            done += used;
            held -= done;
            buffer.AsSpan(done, held).CopyTo(buffer);
            done = 0;
            if (isEnd || held == buffer.Length || total > MaxLength)
            {
                throw new JsonException("The answer is too long, or lacks the expected member.");
            }

            int count = await body.ReadAsync(buffer.AsMemory(held), cancellationToken);
            isEnd = count == 0;
            held += count;
            total += count;
        }

        return answer;
    }

    /// <returns>Whether the member has been read.</returns>
    private bool Advance(ReadOnlySpan<byte> bytes, bool isEnd, out int used)
    {
        Utf8JsonReader reader = new(bytes, isEnd, _state);
        bool found = false;
        while (!found && reader.Read())
        {
            found = Take(ref reader);
        }

        _state = reader.CurrentState;
        used = (int)reader.BytesConsumed;
        return found;
    }

    private bool Take(ref Utf8JsonReader reader)
    {
        if (_inList)
        {
            return reader.TokenType == JsonTokenType.EndArray && reader.CurrentDepth == 2;
        }

        if (_isNext)
        {
            Kind = reader.TokenType;
            Text = Kind == JsonTokenType.String ? Encoding.UTF8.GetString(reader.ValueSpan) : null;
            _inList = Kind == JsonTokenType.StartArray;
            return !_inList;
        }

        if (reader.TokenType == JsonTokenType.PropertyName)
        {
            switch (reader.CurrentDepth)
            {
                case 1:
                    _inResult = reader.ValueTextEquals("result");
                    break;
                case 2:
                    _isNext = _inResult && reader.ValueTextEquals(member);
                    break;
            }
        }

        return false;
    }

    /// <summary>Some proxies compress what nobody asked them to.</summary>
    private static Stream Decompress(Stream sent, string? encoding) =>
        encoding?.ToLowerInvariant() switch
        {
            "gzip" or "x-gzip" => new GZipStream(sent, CompressionMode.Decompress),
            "deflate" => new ZLibStream(sent, CompressionMode.Decompress),
            "br" => new BrotliStream(sent, CompressionMode.Decompress),
            _ => sent,
        };
}
