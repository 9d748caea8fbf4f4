using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using HxFunctions.Core.Configuration.Connections;
using StackExchange.Redis;

namespace HxFunctions.Core.Dependencies;

/// <summary>
/// Finds the endpoint to connect to, by a write on a connection of its own, and what is wrong with the others. StackExchange.Redis waits
/// for the slowest of several endpoints; remembers how a connection was lost, not why none can be made since; drops what a server says
/// before its first command (the refusal of one client too many); goes on as the default user when the login fails; and takes a hanging
/// server for an absent one.
/// </summary>
/// <param name="tried">Is told of every step: what, and what came of it.</param>
internal sealed class RedisDiagnosis(ConfigurationOptions options, RedisTlsFiles files, Action<string, string>? tried = null)
{
    /// <summary>A server that refuses a client says so at once, and closes; what is written meanwhile may destroy the message.</summary>
    private static readonly TimeSpan RefusalPatience = TimeSpan.FromMilliseconds(100);

    /// <summary>How long endpoints that stand before one that works have to be found working, too: all instances should meet at the
    /// same.</summary>
    private static readonly TimeSpan OrderPatience = TimeSpan.FromMilliseconds(50);

    /// <summary>A server without TLS takes the handshake for a command that isn't complete, and waits for the rest.</summary>
    private static readonly TimeSpan HandshakePatience = TimeSpan.FromMilliseconds(300);

    private const string Ok = "ok";

    private volatile bool _isFound;

    /// <summary>Connects to every endpoint, logs in and writes.</summary>
    /// <param name="write">The write that is to be possible, as a command and its arguments.</param>
    /// <returns>The first endpoint that takes the write, or knows who does; else the first that answers; else the first.</returns>
    public async Task<RedisFinding> FindAsync(IReadOnlyList<EndPoint> endpoints, string[] write, CancellationToken cancellationToken)
    {
        using CancellationTokenSource found = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<RedisFinding>[] all =
        [
            .. endpoints.Select(
                (endpoint, i) =>
                    FindAsync(endpoint, endpoints.Count == 1 ? "the host" : $"host {i + 1} of {endpoints.Count}", write, found.Token)
            ),
        ];
        List<Task<RedisFinding>> asking = [.. all];
        while (asking.Count > 0)
        {
            Task<RedisFinding> ended = await Task.WhenAny(asking);
            asking.Remove(ended);
            if ((await ended).Failure is null)
            {
                Task before = Task.WhenAll(all.Take(Array.IndexOf(all, ended)));
                await Task.WhenAny(before, Task.Delay(OrderPatience, cancellationToken));
                break;
            }
        }

        RedisFinding[] findings = [.. all.Where(one => one.IsCompletedSuccessfully).Select(one => one.Result)];
        _isFound = true;
        await found.CancelAsync();
        return findings.FirstOrDefault(f => f.Failure is null) ?? findings.FirstOrDefault(f => f.Answered) ?? findings[0];
    }

    private async Task<RedisFinding> FindAsync(EndPoint endpoint, string place, string[] write, CancellationToken cancellationToken)
    {
        RedisFinding finding = await LookAsync(endpoint, place, write, isPatient: false, cancellationToken);
        return finding is { Answered: false, Failure.Reason: Reasons.ConnectionReset }
            ? await LookAsync(endpoint, place, write, isPatient: true, cancellationToken)
            : finding;
    }

    /// <param name="isPatient">Whether to wait for a refusal before anything is written.</param>
    private async Task<RedisFinding> LookAsync(
        EndPoint endpoint,
        string place,
        string[] write,
        bool isPatient,
        CancellationToken cancellationToken
    )
    {
        string step = $"connect to {place}";
        try
        {
            await using RespConnection connection = await RespConnection.ConnectAsync(endpoint, cancellationToken);
            if (options.Ssl)
            {
                tried?.Invoke(step, Ok);
                step = $"TLS with {place}";
                await EncryptAsync(connection, endpoint, cancellationToken);
            }

            tried?.Invoke(step, Ok);
            // Read from the start, for a refusal comes unasked.
            Task<string[]>? reply = connection.ReadAsync(cancellationToken);
            reply.Observe();
            if (isPatient)
            {
                await Task.WhenAny(reply, Task.Delay(RefusalPatience, cancellationToken));
            }

            foreach ((string what, string[] command) in Questions(write))
            {
                step = $"{what} at {place}";
                if (reply is not { IsCompleted: true })
                {
                    await connection.SendAsync(command, cancellationToken);
                }

                string answer = (await (reply ?? connection.ReadAsync(cancellationToken))).FirstOrDefault("");
                reply = null;
                tried?.Invoke(step, answer.StartsWith('+') ? Ok : answer);
                if (FailureIn(answer) is { } failure)
                {
                    return new(endpoint, failure, answer, Answered: what == WriteStep && LetsUsIn(failure))
                    {
                        Address = connection.Address,
                    };
                }
            }

            // The client comes next, and a server that has room for one more connection has none for two.
            await connection.EndAsync(RefusalPatience, cancellationToken);
            return new(endpoint, null, null, Answered: true) { Address = connection.Address };
        }
        catch (Exception exception)
        {
            string words =
                exception is not OperationCanceledException ? RedisFailures.WordsOf(exception)
                : _isFound ? "not waited for"
                : "no answer";
            tried?.Invoke(step, words);
            return new(endpoint, RedisFailures.Of(exception), words, Answered: false);
        }
    }

    private const string WriteStep = "write";

    private IEnumerable<(string What, string[] Command)> Questions(string[] write)
    {
        // A user without a password is logged in with an empty one, as by the client ("nopass":
        // https://redis.io/docs/latest/commands/acl-setuser/).
        if (options.User is { Length: > 0 } user)
        {
            yield return ("login", ["AUTH", user, options.Password ?? ""]);
        }
        else if (options.Password is { Length: > 0 } password)
        {
            yield return ("login", ["AUTH", password]);
        }

        if (options.DefaultDatabase is > 0 and int database)
        {
            yield return ("select the database", ["SELECT", database.ToString(CultureInfo.InvariantCulture)]);
        }

        yield return (WriteStep, write);
    }

    private async Task EncryptAsync(RespConnection connection, EndPoint endpoint, CancellationToken cancellationToken)
    {
        string host = options.SslHost ?? (endpoint is DnsEndPoint dns ? dns.Host : (endpoint as IPEndPoint)?.Address.ToString() ?? "");
        SslClientAuthenticationOptions tls = RedisTls.For(options, files, host);
        Task handshake = connection.EncryptAsync(tls, cancellationToken);
        handshake.Observe();
        await Task.WhenAny(handshake, Task.Delay(HandshakePatience, cancellationToken));
        if (!handshake.IsCompleted && await AnswersWithoutTlsAsync(connection.Address, cancellationToken))
        {
            throw new AuthenticationException("The server answers without TLS.");
        }

        await handshake;
    }

    /// <summary>Without credentials: whatever listens gets to see nothing but PING.</summary>
    private static async Task<bool> AnswersWithoutTlsAsync(EndPoint endpoint, CancellationToken cancellationToken)
    {
        try
        {
            await using RespConnection plain = await RespConnection.ConnectAsync(endpoint, cancellationToken);
            string[] answer = await plain.AskAsync(["PING"], cancellationToken).WaitAsync(HandshakePatience, cancellationToken);
            return answer is [['+' or '-', ..]];
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>Whether it refused the write, and not us.</summary>
    private static bool LetsUsIn(RedisFailure failure) =>
        failure.Reason is not (Reasons.TooManyConnections or Reasons.AuthenticationFailed) && failure.Detail != RedisFailures.ProtectedMode;

    private static RedisFailure? FailureIn(string answer) =>
        answer switch
        {
            ['+', ..] => null,
            // Another node of the cluster has the slot.
            _ when answer.StartsWith("-MOVED ", StringComparison.Ordinal) || answer.StartsWith("-ASK ", StringComparison.Ordinal) => null,
            // It may be renamed on this server, which the client has been told of.
            _ when answer.StartsWith("-ERR unknown command", StringComparison.Ordinal) => null,
            ['-', .. string message] => RedisFailures.Of(message),
            _ => new(Reasons.UnexpectedResponse),
        };
}

/// <summary>What was found at an endpoint.</summary>
/// <param name="Failure">What is wrong with it; <see langword="null"/> when it takes the write.</param>
/// <param name="Words">The server's, or those of what failed below; may hold a host.</param>
/// <param name="Answered">Whether it let us in and answered the write, whatever it said.</param>
internal sealed record RedisFinding(EndPoint Endpoint, RedisFailure? Failure, string? Words, bool Answered)
{
    /// <summary>The address that took the connection, where the endpoint is a name with several.</summary>
    public EndPoint Address { get; init; } = Endpoint;
}
