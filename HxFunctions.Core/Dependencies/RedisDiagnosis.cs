using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using StackExchange.Redis;

namespace HxFunctions.Core.Dependencies;

/// <summary>
/// Finds out why the client can't write, by a write on a connection of its own. StackExchange.Redis remembers how a connection was lost,
/// not why none can be made since, nor that there is one to a replica now; it drops what a server says before its first command (the
/// refusal of one client too many); and it takes a hanging server for an absent one.
/// </summary>
internal static class RedisDiagnosis
{
    /// <summary>A server that refuses a client says so at once, and closes; what is written meanwhile may destroy the message.</summary>
    private static readonly TimeSpan RefusalPatience = TimeSpan.FromMilliseconds(100);

    private const int MaxReplyLength = 512;

    /// <summary>Connects to every endpoint, logs in and writes.</summary>
    /// <param name="write">The write that is to be possible, as a command and its arguments.</param>
    /// <returns>The reason for what is wrong with the first; <see langword="null"/> when one of them takes the write, or knows who
    /// does.</returns>
    public static async Task<string?> FindAsync(ConfigurationOptions options, string[] write, CancellationToken cancellationToken)
    {
        string?[] troubles = await Task.WhenAll(options.EndPoints.Select(e => FindAsync(e, options, write, cancellationToken)));
        return troubles.Contains(null) ? null : troubles.FirstOrDefault();
    }

    private static async Task<string?> FindAsync(
        EndPoint endpoint,
        ConfigurationOptions options,
        string[] write,
        CancellationToken cancellationToken
    )
    {
        try
        {
            using Socket socket =
                endpoint is UnixDomainSocketEndPoint
                    ? new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
                    : new(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(endpoint, cancellationToken);
            await using Stream stream = await OpenAsync(socket, endpoint, options, cancellationToken);

            // Read from the start, for a refusal comes unasked.
            Task<string>? reply = ReadAsync(stream, cancellationToken);
            reply.Observe();
            if (!options.Ssl)
            {
                await Task.WhenAny(reply, Task.Delay(RefusalPatience, cancellationToken));
            }

            if (reply.IsCompletedSuccessfully)
            {
                return TroubleIn(await reply);
            }

            string? trouble = null;
            foreach (string[] command in Commands(options, write))
            {
                await SendAsync(stream, command, cancellationToken);
                trouble = TroubleIn(await (reply ?? ReadAsync(stream, cancellationToken)));
                if (trouble is not null)
                {
                    break;
                }

                reply = null;
            }

            return trouble;
        }
        catch (Exception exception)
        {
            return NetworkFailures.Classify(exception) ?? Reasons.Error;
        }
    }

    private static IEnumerable<string[]> Commands(ConfigurationOptions options, string[] write)
    {
        // A user without a password is logged in with an empty one, as by the client ("nopass":
        // https://redis.io/docs/latest/commands/acl-setuser/).
        if (options.User is { Length: > 0 } user)
        {
            yield return ["AUTH", user, options.Password ?? ""];
        }
        else if (options.Password is { Length: > 0 } password)
        {
            yield return ["AUTH", password];
        }

        if (options.DefaultDatabase is > 0 and int database)
        {
            yield return ["SELECT", database.ToString(CultureInfo.InvariantCulture)];
        }

        yield return write;
    }

    private static async Task<Stream> OpenAsync(
        Socket socket,
        EndPoint endpoint,
        ConfigurationOptions options,
        CancellationToken cancellationToken
    )
    {
        NetworkStream plain = new(socket);
        if (!options.Ssl)
        {
            return plain;
        }

        SslStream encrypted = new(plain);
        string host = options.SslHost ?? (endpoint is DnsEndPoint dns ? dns.Host : (endpoint as IPEndPoint)?.Address.ToString() ?? "");
        await encrypted.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = host }, cancellationToken);
        return encrypted;
    }

    /// <summary>An array of bulk strings:
    /// https://redis.io/docs/latest/develop/reference/protocol-spec/#sending-commands-to-a-redis-server.</summary>
    private static async Task SendAsync(Stream stream, string[] command, CancellationToken cancellationToken)
    {
        IEnumerable<string> parts = command.Select(part => $"${Encoding.UTF8.GetByteCount(part)}\r\n{part}\r\n");
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"*{command.Length}\r\n{string.Concat(parts)}"), cancellationToken);
    }

    /// <returns>A line, or what there is of one when it is no simple reply.</returns>
    /// <exception cref="EndOfStreamException">The server closed instead.</exception>
    private static async Task<string> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] reply = new byte[MaxReplyLength];
        int length = 0;
        do
        {
            int count = await stream.ReadAsync(reply.AsMemory(length), cancellationToken);
            if (count == 0)
            {
                throw new EndOfStreamException();
            }

            length += count;
        } while (reply[0] is (byte)'+' or (byte)'-' && length < MaxReplyLength && reply[length - 1] != '\n');

        return Encoding.Latin1.GetString(reply, 0, length);
    }

    private static string? TroubleIn(string reply) =>
        reply[0] switch
        {
            '+' => null,
            // Another node of the cluster has the slot.
            '-' when reply.StartsWith("-MOVED ", StringComparison.Ordinal) || reply.StartsWith("-ASK ", StringComparison.Ordinal) => null,
            // It may be renamed on this server, which the client has been told of.
            '-' when reply.StartsWith("-ERR unknown command", StringComparison.Ordinal) => null,
            '-' => RedisFailures.ByPrefix(reply[1..]),
            _ => Reasons.UnexpectedResponse,
        };
}
