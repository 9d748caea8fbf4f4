using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using HxFunctions.Tests.Servers;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>A caller that speaks HTTP/2 by prior knowledge and writes what no library would: any <c>:path</c> and <c>:authority</c>, byte
/// for byte (RFC 9113; fields as literals, RFC 7541, section 6.2.2).</summary>
internal static class RawHttp2
{
    private const byte Data = 0,
        Headers = 1,
        Reset = 3,
        Settings = 4,
        GoAway = 7;

    private const byte EndStream = 1,
        Acknowledges = 1,
        EndHeaders = 4;

    private const int HeadLength = 9;

    /// <summary>Sends one request without a body, over a connection of its own, and returns when it is answered or refused.</summary>
    public static async Task SendAsync(int port, string method, string path, string authority)
    {
        using TcpClient client = new() { NoDelay = true };
        await client.ConnectAsync("127.0.0.1", port);
        await using NetworkStream stream = client.GetStream();
        byte[] fields =
        [
            .. Field(":method", method),
            .. Field(":scheme", "http"),
            .. Field(":path", path),
            .. Field(":authority", authority),
        ];
        byte[] request =
        [
            .. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8,
            .. Frame(Settings, 0, 0, []),
            .. Frame(Headers, EndStream | EndHeaders, 1, fields),
        ];
        try
        {
            await stream.WriteAsync(request);
            await AnsweredAsync(stream).WaitAsync(Eventually.Patience);
        }
        catch (IOException)
        {
            // It ends the connection, which is an answer, too.
        }
    }

    private static async Task AnsweredAsync(NetworkStream stream)
    {
        byte[] head = new byte[HeadLength];
        while (await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false) == head.Length)
        {
            byte[] payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
            await stream.ReadExactlyAsync(payload);
            (byte type, byte flags) = (head[3], head[4]);
            if (type == Settings && (flags & Acknowledges) == 0)
            {
                await stream.WriteAsync(Frame(Settings, Acknowledges, 0, []));
            }

            if (type is Reset or GoAway || (type is Data or Headers && (flags & EndStream) != 0))
            {
                return;
            }
        }
    }

    private static byte[] Frame(byte type, int flags, uint stream, byte[] payload)
    {
        byte[] frame = new byte[HeadLength + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        (frame[3], frame[4]) = (type, (byte)flags);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, HeadLength);
        return frame;
    }

    private static byte[] Field(string name, string value) => [0, .. Text(name), .. Text(value)];

    /// <summary>Its length in seven bits and, if need be, seven bits at a time (RFC 7541, section 5.1), then its bytes.</summary>
    private static byte[] Text(string text)
    {
        const int inPrefix = 127;
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        List<byte> encoded = [(byte)Math.Min(bytes.Length, inPrefix)];
        if (bytes.Length >= inPrefix)
        {
            int rest = bytes.Length - inPrefix;
            for (; rest > inPrefix; rest >>= 7)
            {
                encoded.Add((byte)(rest | 0x80));
            }

            encoded.Add((byte)rest);
        }

        return [.. encoded, .. bytes];
    }
}
