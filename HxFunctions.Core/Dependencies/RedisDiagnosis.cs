using System.Globalization;
using System.Net;
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

    private const string Ok = "ok";

    private const string LoginStep = "login";
    private const string SelectStep = "select the database";
    private const string WriteStep = "write";
    private const string PingStep = "ping";

    private readonly Dictionary<string, string> _names = NamesIn(options.CommandMap);
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

            async Task<string> AskAsync(string[] command)
            {
                if (reply is not { IsCompleted: true })
                {
                    await connection.SendAsync(Named(command), cancellationToken);
                }

                string answer = (await (reply ?? connection.ReadAsync(cancellationToken))).FirstOrDefault("");
                reply = null;
                return answer;
            }

            bool withoutUser = false;
            foreach ((string what, string[] command) in Questions(write))
            {
                step = $"{what} at {place}";
                string answer;
                if (what == LoginStep)
                {
                    (answer, withoutUser) = await RedisLogin.AskAsync(AskAsync, options.User, options.Password ?? "");
                }
                else
                {
                    answer = await AskAsync(command);
                }

                tried?.Invoke(step, answer.StartsWith('+') ? Ok : answer);
                if (FailureIn(what, answer) is { } failure)
                {
                    return new(endpoint, failure, answer, Answered: what is WriteStep or PingStep && LetsUsIn(failure))
                    {
                        Address = connection.Address,
                        WithoutUser = withoutUser,
                    };
                }
            }

            // The client comes next, and a server that has room for one more connection has none for two.
            await connection.EndAsync(RefusalPatience, cancellationToken);
            return new(endpoint, null, null, Answered: true) { Address = connection.Address, WithoutUser = withoutUser };
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

    private IEnumerable<(string What, string[] Command)> Questions(string[] write)
    {
        // A user without a password is logged in with an empty one, as by the client ("nopass":
        // https://redis.io/docs/latest/commands/acl-setuser/).
        if (options.User is { Length: > 0 } || options.Password is { Length: > 0 })
        {
            yield return (LoginStep, []);
        }

        if (options.DefaultDatabase is > 0 and int database)
        {
            yield return (SelectStep, ["SELECT", database.ToString(CultureInfo.InvariantCulture)]);
        }

        yield return (WriteStep, write);
        // The client's last question when it connects; without an answer it waits until its time is over.
        if (_names.GetValueOrDefault("PING") is not "")
        {
            yield return (PingStep, ["PING"]);
        }
    }

    /// <summary>Logs in on a connection of its own, and does nothing else.</summary>
    /// <param name="address">Where to; the certificate is that of the endpoint.</param>
    /// <returns>How the server refuses the login; <see langword="null"/> when it doesn't, or could not be asked.</returns>
    public async Task<RedisFailure?> FindRefusalOfLoginAsync(EndPoint endpoint, EndPoint address, CancellationToken cancellationToken)
    {
        try
        {
            await using RespConnection connection = await RespConnection.ConnectAsync(address, cancellationToken);
            if (options.Ssl)
            {
                await EncryptAsync(connection, endpoint, cancellationToken);
            }

            (string answer, _) = await RedisLogin.AskAsync(
                async command => (await connection.AskAsync(Named(command), cancellationToken)).FirstOrDefault(""),
                options.User,
                options.Password ?? ""
            );
            return FailureIn(LoginStep, answer) is { Reason: Reasons.AuthenticationFailed } refusal ? refusal : null;
        }
        catch (Exception exception) when (exception is not RedisTlsFileException)
        {
            // Whether the server can be reached, the connection that is open shows.
            return null;
        }
    }

    private Task EncryptAsync(RespConnection connection, EndPoint endpoint, CancellationToken cancellationToken)
    {
        string host =
            options.SslHost is { Length: > 0 } given ? given
            : endpoint is DnsEndPoint dns ? dns.Host
            : (endpoint as IPEndPoint)?.Address.ToString() ?? "";
        return RedisTls.EncryptAsync(connection, RedisTls.For(options, files, host), cancellationToken);
    }

    /// <summary>Whether it refused the write, and not us.</summary>
    private static bool LetsUsIn(RedisFailure failure) =>
        failure.Reason is not (Reasons.TooManyConnections or Reasons.AuthenticationFailed) && failure.Detail != RedisFailures.ProtectedMode;

    private static RedisFailure? FailureIn(string what, string answer) =>
        answer switch
        {
            ['+', ..] => null,
            // Another node of the cluster has the slot.
            _ when answer.StartsWith("-MOVED ", StringComparison.Ordinal) || answer.StartsWith("-ASK ", StringComparison.Ordinal) => null,
            ['-', .. string message] => FailureOf(what, RedisFailures.Of(message)),
            _ => new(Reasons.UnexpectedResponse),
        };

    /// <summary>What a refusal means depends on what was asked: the client goes on after a failing login or SELECT, as another user or in
    /// database 0.</summary>
    private static RedisFailure FailureOf(string what, RedisFailure failure) =>
        (what, failure.Reason) switch
        {
            (LoginStep, Reasons.StoreUnusable) => failure with { Reason = Reasons.AuthenticationFailed },
            (SelectStep, Reasons.StoreUnusable or Reasons.UnexpectedResponse) => new(Reasons.DatabaseMissing, "SELECT"),
            // The probe's script may find another command that writes.
            (WriteStep, Reasons.StoreUnusable) => RedisFailures.UnknownWrite,
            (PingStep, _) => RedisFailures.ForStore(failure),
            _ => failure,
        };

    private string[] Named(string[] command) =>
        _names.GetValueOrDefault(command[0]) is { Length: > 0 } name ? [name, .. command[1..]] : command;

    /// <summary>The names that commands have on this server, where they differ from their own; empty for one that is not to be sent.
    /// </summary>
    private static Dictionary<string, string> NamesIn(CommandMap map) =>
        map.ToString()
            .Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(item => item.TrimStart('$').Split('=', 2))
            .ToDictionary(item => item[0], item => item[1], StringComparer.OrdinalIgnoreCase);
}

/// <summary>What was found at an endpoint.</summary>
/// <param name="Failure">What is wrong with it; <see langword="null"/> when it takes the write.</param>
/// <param name="Words">The server's, or those of what failed below; may hold a host.</param>
/// <param name="Answered">Whether it let us in and answered the write, whatever it said.</param>
internal sealed record RedisFinding(EndPoint Endpoint, RedisFailure? Failure, string? Words, bool Answered)
{
    /// <summary>The address that took the connection, where the endpoint is a name with several.</summary>
    public EndPoint Address { get; init; } = Endpoint;

    /// <summary>Whether the server knows no users, and took the password alone.</summary>
    public bool WithoutUser { get; init; }
}
