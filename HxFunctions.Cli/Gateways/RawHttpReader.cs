using System.Globalization;
using System.Net.Mime;
using System.Text;

namespace HxFunctions.Cli.Gateways;

/// <summary>Reads answers of HTTP/1.1 (RFC 9112) from a stream, each with a bound.</summary>
internal sealed class RawHttpReader(Stream stream)
{
    public const int MaxBodyLength = 64 * 1024;
    private const int MaxHeadLength = 32 * 1024;
    private const int MaxInterim = 8;

    private readonly byte[] _buffer = new byte[16 * 1024];
    private int _start;
    private int _end;
    private int _headLength;

    /// <summary>Whether anything has come since the reader was made or the last answer was read.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Status line and headers of the next answer that is final: 101 is, too, for what follows it isn't HTTP/1.1 any more (RFC
    /// 9110 section 15.2.2).</summary>
    /// <returns><see langword="null"/>: the stream ended before one was there.</returns>
    /// <exception cref="FormatException">What came is no answer of HTTP/1.</exception>
    public async Task<RawHttpHead?> ReadHeadAsync(CancellationToken cancellationToken)
    {
        HasBegun = _start < _end;
        for (int i = 0; i < MaxInterim; i++)
        {
            _headLength = 0;
            if (await ReadLineAsync(cancellationToken) is not { } first)
            {
                return HasBegun ? throw new FormatException("It ends within its head.") : null;
            }

            RawHttpHead head = RawHttpHead.Begin(first);
            while (await ReadLineAsync(cancellationToken) is { } line)
            {
                if (line.Length > 0)
                {
                    head.Add(line);
                }
                else if (head.Status is 101 or >= 200)
                {
                    return head;
                }
                else
                {
                    break;
                }
            }
        }

        throw new FormatException("It has no final status.");
    }

    /// <summary>The body of an answer, as far as it is read.</summary>
    /// <returns>The bytes, and whether the body is longer, endless or broken off.</returns>
    public async Task<(byte[] Body, bool Truncated)> ReadBodyAsync(RawHttpHead head, CancellationToken cancellationToken)
    {
        using MemoryStream body = new();
        bool whole = false;
        try
        {
            whole =
                head.IsChunked ? await ReadChunksAsync(body, cancellationToken)
                : head.Length is { } length ? await CopyAsync(body, length, cancellationToken)
                : !await CopyAsync(body, long.MaxValue, cancellationToken) && body.Length <= MaxBodyLength;
        }
        catch (Exception exception) when (exception is IOException or FormatException or OperationCanceledException)
        {
            // The status stands; what is said of the body is that it isn't whole.
        }

        return body.Length <= MaxBodyLength ? (body.ToArray(), !whole) : (body.ToArray()[..MaxBodyLength], true);
    }

    private async Task<bool> ReadChunksAsync(MemoryStream body, CancellationToken cancellationToken)
    {
        while (true)
        {
            _headLength = 0;
            string line = await ReadLineAsync(cancellationToken) ?? throw new FormatException("It ends within a chunk.");
            if (!long.TryParse(line.Split(';')[0].Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long length))
            {
                throw new FormatException("A chunk has no size.");
            }

            if (length == 0)
            {
                while (await ReadLineAsync(cancellationToken) is { Length: > 0 }) { }

                return true;
            }

            if (!await CopyAsync(body, length, cancellationToken) || await ReadLineAsync(cancellationToken) is not { Length: 0 })
            {
                return false;
            }
        }
    }

    /// <summary>Copies so many bytes, but not many more than the bound.</summary>
    /// <returns>Whether all came.</returns>
    private async Task<bool> CopyAsync(MemoryStream body, long length, CancellationToken cancellationToken)
    {
        while (length > 0)
        {
            if (body.Length > MaxBodyLength || (_start == _end && !await FillAsync(cancellationToken)))
            {
                return false;
            }

            int count = (int)Math.Min(length, _end - _start);
            body.Write(_buffer, _start, count);
            _start += count;
            length -= count;
        }

        return true;
    }

    /// <summary>A line without its end; <see langword="null"/>: the stream ended first.</summary>
    private async Task<string?> ReadLineAsync(CancellationToken cancellationToken)
    {
        StringBuilder line = new();
        while (_start < _end || await FillAsync(cancellationToken))
        {
            char c = (char)_buffer[_start++];
            if (++_headLength > MaxHeadLength)
            {
                throw new FormatException("Its head is too long.");
            }

            if (c == '\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append(c);
        }

        return null;
    }

    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        _start = 0;
        _end = await stream.ReadAsync(_buffer, cancellationToken);
        HasBegun |= _end > 0;
        return _end > 0;
    }
}

/// <summary>What an answer's head says, as far as it matters here.</summary>
internal sealed class RawHttpHead
{
    private readonly Dictionary<string, string> _headers = new(StringComparer.OrdinalIgnoreCase);

    private RawHttpHead(int status) => Status = status;

    public int Status { get; }

    public bool IsChunked => Value("Transfer-Encoding").EndsWith("chunked", StringComparison.OrdinalIgnoreCase);

    public long? Length =>
        long.TryParse(Value("Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out long length) ? length : null;

    public string MediaType => ContentTypeOf(Value("Content-Type"));

    public bool IsLast => Value("Connection").Contains("close", StringComparison.OrdinalIgnoreCase) || (!IsChunked && Length is null);

    public TimeSpan? RetryAfter =>
        int.TryParse(Value("Retry-After"), NumberStyles.None, CultureInfo.InvariantCulture, out int seconds)
            ? TimeSpan.FromSeconds(seconds)
            : null;

    /// <exception cref="FormatException">It is no status line of HTTP/1.</exception>
    public static RawHttpHead Begin(string line) =>
        line.StartsWith("HTTP/1.", StringComparison.Ordinal)
        && line.Length >= 12
        && line[8] == ' '
        && int.TryParse(line.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out int status)
        && status >= 100
            ? new(status)
            : throw new FormatException("It has no status line.");

    public void Add(string line)
    {
        int colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0)
        {
            _headers[line[..colon]] = line[(colon + 1)..].Trim();
        }
    }

    private static string ContentTypeOf(string text)
    {
        try
        {
            return text.Length == 0 ? "" : new ContentType(text).MediaType;
        }
        catch (FormatException)
        {
            return "";
        }
    }

    private string Value(string name) => _headers.GetValueOrDefault(name, "");
}
