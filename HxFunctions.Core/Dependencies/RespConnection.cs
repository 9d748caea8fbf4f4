using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;

namespace HxFunctions.Core.Dependencies;

/// <summary>A connection that speaks Redis's protocol by itself, for questions that are asked past the client: one at a time.</summary>
internal sealed class RespConnection : IAsyncDisposable
{
    /// <summary>Errors and short answers are all that is asked for; of a longer line the beginning is enough.</summary>
    private const int MaxLine = 512;

    private const int MaxElements = 16;

    /// <summary>What an answer begins with.</summary>
    private const string Signs = "+-:$*_";

    /// <summary>The type of a TLS record with an alert (RFC 8446, section 5.1).</summary>
    private const byte TlsAlert = 0x15;

    private readonly byte[] _buffer = new byte[1024];
    private Stream _stream;
    private int _start;
    private int _end;

    private RespConnection(Stream stream, EndPoint address)
    {
        _stream = stream;
        Address = address;
    }

    /// <summary>Where it leads: of a name with several addresses, the one that took the connection.</summary>
    public EndPoint Address { get; }

    /// <exception cref="SocketException">Nobody listens, or the name is not known.</exception>
    public static async Task<RespConnection> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken)
    {
        (Socket socket, EndPoint taken) = await AddressRace.ConnectAsync(endpoint, cancellationToken);
        return new(new NetworkStream(socket, ownsSocket: true), taken);
    }

    public async Task EncryptAsync(SslClientAuthenticationOptions options, CancellationToken cancellationToken)
    {
        SslStream encrypted = new(_stream);
        _stream = encrypted;
        await encrypted.AuthenticateAsClientAsync(options, cancellationToken);
    }

    /// <summary>Sends a command as an array of bulk strings:
    /// https://redis.io/docs/latest/develop/reference/protocol-spec/#sending-commands-to-a-redis-server.</summary>
    public async Task SendAsync(string[] command, CancellationToken cancellationToken)
    {
        IEnumerable<string> parts = command.Select(part => $"${Encoding.UTF8.GetByteCount(part)}\r\n{part}\r\n");
        await _stream.WriteAsync(Encoding.UTF8.GetBytes($"*{command.Length}\r\n{string.Concat(parts)}"), cancellationToken);
    }

    /// <summary>Sends a command and reads the answer.</summary>
    public async Task<string[]> AskAsync(string[] command, CancellationToken cancellationToken)
    {
        await SendAsync(command, cancellationToken);
        return await ReadAsync(cancellationToken);
    }

    /// <summary>Reads one answer.</summary>
    /// <returns>A simple answer or an error as one line with its sign, <c>+OK</c>; of a string or an array the values, without a sign and
    /// empty when there is none.</returns>
    /// <exception cref="EndOfStreamException">The server closed instead.</exception>
    /// <exception cref="InvalidDataException">It is no answer of Redis's, or longer than any that is asked for.</exception>
    public async Task<string[]> ReadAsync(CancellationToken cancellationToken)
    {
        string line = await LineAsync(cancellationToken);
        switch (line[0])
        {
            case '+' or '-' or ':':
                return [line];
            case '$':
                return await BulkAsync(line, cancellationToken) is { } value ? [value] : [];
            default:
                int count = line[0] == '_' ? 0 : CountOf(line, MaxElements);
                List<string> elements = [];
                for (int i = 0; i < count; i++)
                {
                    elements.AddRange(await ReadAsync(cancellationToken));
                }

                return [.. elements];
        }
    }

    /// <summary>Says goodbye, and waits until the server has closed, so that it no longer counts this connection.</summary>
    public async Task EndAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            await SendAsync(["QUIT"], cancellationToken);
            Task closing = UntilClosedAsync(cancellationToken);
            closing.Observe();
            await closing.WaitAsync(patience, cancellationToken);
        }
        catch (Exception exception) when (exception is IOException or SocketException or TimeoutException or OperationCanceledException)
        {
            // What was asked has been answered.
        }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task UntilClosedAsync(CancellationToken cancellationToken)
    {
        while (await _stream.ReadAsync(_buffer, cancellationToken) > 0)
        {
            // Its farewell.
        }
    }

    private async Task<string?> BulkAsync(string head, CancellationToken cancellationToken)
    {
        int length = CountOf(head, MaxLine);
        if (length < 0)
        {
            return null;
        }

        byte[] value = new byte[length + 2];
        for (int i = 0; i < value.Length; i++)
        {
            value[i] = await ByteAsync(cancellationToken);
        }

        return Encoding.UTF8.GetString(value, 0, length);
    }

    /// <summary>A line without its end; the beginning of one that is too long.</summary>
    private async Task<string> LineAsync(CancellationToken cancellationToken)
    {
        List<byte> line = [];
        while (line.Count < MaxLine)
        {
            byte next = await ByteAsync(cancellationToken);
            // Not read to its end: something else has no lines.
            if (line.Count == 0 && !Signs.Contains((char)next))
            {
                throw next == TlsAlert
                    ? new AuthenticationException("The server answers with TLS.")
                    : new InvalidDataException("The answer is not from Redis.");
            }

            if (next == '\n' && line.Count > 1)
            {
                break;
            }

            line.Add(next);
        }

        return Encoding.UTF8.GetString([.. line]).TrimEnd('\r');
    }

    private async ValueTask<byte> ByteAsync(CancellationToken cancellationToken)
    {
        if (_start == _end)
        {
            _start = 0;
            _end = await _stream.ReadAsync(_buffer, cancellationToken);
            if (_end == 0)
            {
                throw new EndOfStreamException("The server closed the connection.");
            }
        }

        return _buffer[_start++];
    }

    private static int CountOf(string line, int most) =>
        int.TryParse(line.AsSpan(1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int count) && count <= most
            ? count
            : throw new InvalidDataException("The answer is longer than expected.");
}
