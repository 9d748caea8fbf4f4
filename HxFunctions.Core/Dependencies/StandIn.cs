using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HxFunctions.Core.Dependencies;

/// <summary>A server on loopback that says what a healthy one would, for <see cref="ProbeWarmUp"/>: enough of a protocol for one login and
/// one question.</summary>
internal sealed class StandIn : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private int _accepted;

    private StandIn(Func<NetworkStream, CancellationToken, Task> answer)
    {
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        AcceptAsync(answer).Observe();
    }

    public int Port { get; }

    /// <summary>How many connections it has accepted.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    public static StandIn Postgres() => new(PostgresAsync);

    public static StandIn Redis() => new(RedisAsync);

    public static StandIn Http() => new(HttpAsync);

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync(Func<NetworkStream, CancellationToken, Task> answer)
    {
        while (true)
        {
            TcpClient client = await _listener.AcceptTcpClientAsync(_end.Token);
            Interlocked.Increment(ref _accepted);
            ServeAsync(client, answer).Observe();
        }
    }

    private async Task ServeAsync(TcpClient client, Func<NetworkStream, CancellationToken, Task> answer)
    {
        using (client)
        {
            client.NoDelay = true;
            await answer(client.GetStream(), _end.Token);
        }
    }

    /// <summary>A server that trusts everybody, is no standby and takes writes.
    /// https://www.postgresql.org/docs/current/protocol-message-formats.html</summary>
    private static async Task PostgresAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        const int startUp = 196608;
        byte[] head = new byte[8];
        do
        {
            await stream.ReadExactlyAsync(head, cancellationToken);
            if (BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(4)) != startUp)
            {
                // TLS or GSS encryption is asked for first.
                await stream.WriteAsync("N"u8.ToArray(), cancellationToken);
            }
        } while (BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(4)) != startUp);

        await SkipAsync(stream, BinaryPrimitives.ReadInt32BigEndian(head) - head.Length, cancellationToken);
        byte[] welcome =
        [
            .. Message('R', new byte[4]),
            .. Message('S', "server_version\015.0\0"u8),
            .. Message('S', "client_encoding\0UTF8\0"u8),
            .. Message('S', "standard_conforming_strings\0on\0"u8),
            .. Message('S', "integer_datetimes\0on\0"u8),
            .. Message('K', new byte[8]),
            .. Message('Z', "I"u8),
        ];
        await stream.WriteAsync(welcome, cancellationToken);

        // Two columns of type bool (object id 16, one byte, binary).
        byte[] column = [.. "b\0"u8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 1, 255, 255, 255, 255, 0, 1];
        byte[] answer =
        [
            .. Message('1', []),
            .. Message('2', []),
            .. Message('T', [0, 2, .. column, .. column]),
            .. Message('D', [0, 2, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]),
            .. Message('C', "SELECT 1\0"u8),
            .. Message('Z', "I"u8),
        ];
        byte[] type = new byte[5];
        while (true)
        {
            await stream.ReadExactlyAsync(type, cancellationToken);
            await SkipAsync(stream, BinaryPrimitives.ReadInt32BigEndian(type.AsSpan(1)) - 4, cancellationToken);
            if (type[0] == 'S')
            {
                await stream.WriteAsync(answer, cancellationToken);
            }
        }
    }

    /// <summary>A master that takes everything. https://redis.io/docs/latest/develop/reference/protocol-spec/</summary>
    private static async Task RedisAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        using StreamReader reader = new(stream, Encoding.Latin1);
        while (await reader.ReadLineAsync(cancellationToken) is ['*', .. var count])
        {
            string[] words = new string[int.Parse(count, CultureInfo.InvariantCulture)];
            for (int i = 0; i < words.Length; i++)
            {
                char[] word = new char[int.Parse((await reader.ReadLineAsync(cancellationToken))![1..], CultureInfo.InvariantCulture)];
                await reader.ReadBlockAsync(word, cancellationToken);
                await reader.ReadLineAsync(cancellationToken);
                words[i] = new string(word);
            }

            const string info = "redis_version:7.0.0\r\nredis_mode:standalone\r\nrole:master\r\n";
            string reply = words[0].ToUpperInvariant() switch
            {
                "PING" => "+PONG\r\n",
                "ECHO" => Bulk(words[^1]),
                "INFO" => Bulk(info),
                "HELLO" => "-ERR unknown command\r\n",
                "CONFIG" or "COMMAND" => "*0\r\n",
                "TIME" => "*2\r\n" + Bulk("1") + Bulk("0"),
                // The probe's script (SnapshotScripts.Probe).
                "EVAL" => "*1\r\n" + Bulk("ok"),
                "EXISTS" or "DEL" => ":1\r\n",
                _ => "+OK\r\n",
            };
            await stream.WriteAsync(Encoding.Latin1.GetBytes(reply), cancellationToken);
        }
    }

    /// <summary>A Qdrant without collections.</summary>
    private static async Task HttpAsync(NetworkStream stream, CancellationToken cancellationToken)
    {
        const string body = """{"result":{"collections":[]},"status":"ok","time":0.0}""";
        using StreamReader reader = new(stream, Encoding.Latin1);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Length == 0)
            {
                string answer = $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}";
                await stream.WriteAsync(Encoding.Latin1.GetBytes(answer), cancellationToken);
            }
        }
    }

    private static string Bulk(string text) => $"${text.Length}\r\n{text}\r\n";

    private static byte[] Message(char type, ReadOnlySpan<byte> body)
    {
        byte[] message = new byte[1 + 4 + body.Length];
        message[0] = (byte)type;
        BinaryPrimitives.WriteInt32BigEndian(message.AsSpan(1), 4 + body.Length);
        body.CopyTo(message.AsSpan(5));
        return message;
    }

    private static async Task SkipAsync(Stream stream, int count, CancellationToken cancellationToken) =>
        await stream.ReadExactlyAsync(new byte[count], cancellationToken);
}
