using System.Net;
using HxFunctions.Core.Configuration.Connections;
using StackExchange.Redis;

namespace HxFunctions.Core.Dependencies;

/// <summary>
/// Asks Redis's sentinels where the master of a service is: https://redis.io/docs/latest/develop/reference/sentinel-clients/. Every time
/// anew, which follows every failover.
/// </summary>
/// <param name="url">With a service; its hosts are the sentinels.</param>
/// <param name="options">The same URL's, for TLS and the login.</param>
internal sealed class RedisSentinels(RedisUrl url, ConfigurationOptions options, Redactor redactor)
{
    /// <summary>How long the others have after the first: one that is cut off from the rest may name a master from before.</summary>
    private static readonly TimeSpan OthersPatience = TimeSpan.FromMilliseconds(100);

    /// <summary>The address that most of those name who answer.</summary>
    /// <param name="tried">Is told of every step.</param>
    /// <exception cref="RedisUnavailableException">No sentinel answers, or none knows the service.</exception>
    /// <exception cref="OperationCanceledException">No sentinel has answered yet.</exception>
    public async Task<EndPoint> FindMasterAsync(Action<string, string>? tried, CancellationToken cancellationToken)
    {
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<Answer>[] all =
        [
            .. url.Endpoints.Select((host, i) => AskAsync(host, $"ask sentinel {i + 1} of {url.Endpoints.Count}", tried, enough.Token)),
        ];
        List<Task<Answer>> asking = [.. all];
        while (asking.Count > 0)
        {
            Task<Answer> ended = await Task.WhenAny(asking);
            asking.Remove(ended);
            if ((await ended).Master is not null)
            {
                await Task.WhenAny(Task.WhenAll(asking), Task.Delay(OthersPatience, cancellationToken));
                break;
            }
        }

        Answer[] answers = [.. all.Where(one => one.IsCompletedSuccessfully).Select(one => one.Result)];
        await enough.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
        IGrouping<EndPoint, Answer>? most = answers.Where(a => a.Master is not null).GroupBy(a => a.Master!).MaxBy(group => group.Count());
        if (most is null)
        {
            Answer told = answers.FirstOrDefault(a => a.Failure.Reason == Reasons.DatabaseMissing) ?? answers[0];
            throw new RedisUnavailableException(told.Failure, told.Words);
        }

        if (most.Key is DnsEndPoint name)
        {
            redactor.Learn(name.Host);
        }

        return most.Key;
    }

    private async Task<Answer> AskAsync(HostPort host, string step, Action<string, string>? tried, CancellationToken cancellationToken)
    {
        Answer answer;
        try
        {
            answer = await AskAsync(host, cancellationToken);
        }
        catch (Exception exception)
        {
            answer = new(null, RedisFailures.Of(exception), RedisFailures.WordsOf(exception));
        }

        tried?.Invoke(step, answer.Words);
        return answer;
    }

    private async Task<Answer> AskAsync(HostPort host, CancellationToken cancellationToken)
    {
        await using RespConnection connection = await RespConnection.ConnectAsync(host.ToEndPoint(), cancellationToken);
        if (options.Ssl)
        {
            await RedisTls.EncryptAsync(connection, RedisTls.For(options, url.TlsFiles, url.SslHost ?? host.Host), cancellationToken);
        }

        if (url.SentinelPassword is { } password)
        {
            await LoginAsync(connection, url.SentinelUsername, password, cancellationToken);
        }

        string[] question = ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", url.Service!];
        string[] answer = await connection.AskAsync(question, cancellationToken);
        // Without a login of its own a sentinel that wants one gets Redis's, as many set them up.
        if (
            answer is [['-', 'N', 'O', 'A', 'U', 'T', 'H', ..]]
            && url.SentinelPassword is null
            && options.Password is { Length: > 0 } redis
        )
        {
            await LoginAsync(connection, options.User, redis, cancellationToken);
            answer = await connection.AskAsync(question, cancellationToken);
        }

        return answer switch
        {
            [var address, var port]
                when HostPort.TryParse(Bracketed(address) + ":" + port, RedisUrl.DefaultPort, out HostPort? master, out _) => new(
                master.ToEndPoint(),
                default,
                "ok"
            ),
            [] => new(null, new(Reasons.DatabaseMissing, "no such service"), "the sentinel knows no such service"),
            [['-', .. string error]] => new(null, FailureOf(error), $"-{error}"),
            _ => new(null, new(Reasons.UnexpectedResponse), "not a sentinel's answer"),
        };
    }

    private static string Bracketed(string address) => address.Contains(':') ? $"[{address}]" : address;

    private static async Task LoginAsync(RespConnection connection, string? user, string password, CancellationToken cancellationToken)
    {
        (string answer, _) = await RedisLogin.AskAsync(
            async command => (await connection.AskAsync(command, cancellationToken)).FirstOrDefault(""),
            user,
            password
        );
        if (answer is ['-', .. string error])
        {
            RedisFailure failure = RedisFailures.Of(error);
            // Sentinels before Redis 5.0.1 know no login.
            throw new RedisUnavailableException(
                failure.Reason == Reasons.StoreUnusable ? failure with { Reason = Reasons.AuthenticationFailed } : failure,
                $"-{error}"
            );
        }
    }

    /// <summary>Any Redis answers; only a sentinel knows the question.</summary>
    private static RedisFailure FailureOf(string error) =>
        RedisFailures.Of(error) is { Reason: not Reasons.StoreUnusable } failure
            ? failure
            : new(Reasons.UnexpectedResponse, RedisFailures.NotASentinel);

    /// <param name="Master">Where it is, or <see langword="null"/> with the reason.</param>
    private sealed record Answer(EndPoint? Master, RedisFailure Failure, string Words);
}
