using System.Net;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace HxFunctions.Core.Dependencies;

/// <summary>
/// A write of our own with expiry, by the very commands that the snapshot store needs. PING alone is answered by read-only replicas and by
/// servers that refuse every write (OOM, MISCONF). In cluster mode the cluster must call itself whole besides.
/// </summary>
/// <remarks>
/// What fails on the connection that is open is asked once more on a fresh one before it counts. Opening a fresh one proves a plain write;
/// so what fails after that is the store's business alone: <see cref="Reasons.StoreUnusable"/>, which closes no route.
/// </remarks>
internal sealed partial class RedisCheck(
    RedisConnection connection,
    RedisQuestion question,
    TimeProvider time,
    Redactor redactor,
    ILogger<RedisCheck> logger
) : IProbeCheck
{
    /// <summary>What is kept back of the deadline, so that the answer is what was found and not that nothing was.</summary>
    private static readonly TimeSpan Reserve = TimeSpan.FromMilliseconds(50);

    public async Task<HealthCheckResult> CheckAsync(ProbeRun run, CancellationToken cancellationToken)
    {
        try
        {
            if (connection.Current is { } open && await PassesAsync(open, run, cancellationToken))
            {
                return CheckResults.Healthy();
            }

            using Deadline deadline = new(run.Left > 2 * Reserve ? run.Left - Reserve : run.Left, time, cancellationToken);
            RedisLink fresh = await connection.OpenAsync((what, found) => run.Tried(what, redactor.Redact(found)), deadline.Token);
            return ResultOf(await AskFreshAsync(fresh, run, deadline.Token));
        }
        catch (Exception exception)
        {
            RedisFailure failure = RedisFailures.Of(exception);
            Log(failure, exception);
            // What the connection found, it has told.
            if (exception is not RedisUnavailableException)
            {
                run.Tried("ask Redis", redactor.Redact(RedisFailures.WordsOf(exception)));
            }

            return ResultOf(failure);
        }
    }

    private static HealthCheckResult ResultOf(RedisFailure? failure) =>
        failure switch
        {
            null => CheckResults.Healthy(),
            { Reason: Reasons.StoreUnusable } unusable => CheckResults.Degraded(unusable.Reason, unusable.Detail),
            { } other => CheckResults.Unhealthy(other.Reason, other.Detail),
        };

    /// <summary>A server that refuses SET alone may yet take other writes, which the script finds out.</summary>
    private async Task<RedisFailure?> AskFreshAsync(RedisLink fresh, ProbeRun run, CancellationToken cancellationToken)
    {
        if (fresh.Failure is { } refused)
        {
            bool isSetAlone = refused is { Reason: Reasons.PermissionDenied, Detail: "+set" } || refused == RedisFailures.UnknownWrite;
            return isSetAlone && await AskAsync(fresh, run, cancellationToken) is { HasWritten: true, Failure: { } unusable }
                ? unusable
                : refused;
        }

        Answer answer = await AskAsync(fresh, run, cancellationToken);
        // Of a cluster, another node may have been asked than the one that has the key.
        return answer is { HasWritten: false, Failure.Reason: Reasons.StoreUnusable }
            ? await FindRefusalOfWriteAsync(fresh, cancellationToken) ?? answer.Failure
            : answer.Failure;
    }

    private async Task<RedisFailure?> FindRefusalOfWriteAsync(RedisLink link, CancellationToken cancellationToken)
    {
        try
        {
            // By its name: the client makes SETEX of a SET with expiry.
            Task writing = link.Database.ExecuteAsync("SET", [(RedisKey)question.Key, "1", "EX", "60"], CommandFlags.DemandMaster);
            writing.Observe();
            await writing.WaitAsync(cancellationToken);
            return null;
        }
        catch (RedisServerException exception)
        {
            return RedisFailures.Of(exception);
        }
    }

    /// <summary>Asks on the connection that is open, in a third of the time.</summary>
    private async Task<bool> PassesAsync(RedisLink open, ProbeRun run, CancellationToken cancellationToken)
    {
        using Deadline third = new(run.Left / 3, time, cancellationToken);
        try
        {
            Task<bool> isMaster = connection.IsMasterAsync(open, third.Token);
            isMaster.Observe();
            Task<RedisFailure?> refusal = connection.FindRefusalOfLoginAsync(open, third.Token);
            refusal.Observe();
            if ((await AskAsync(open, run, third.Token)).Failure is not null)
            {
                return false;
            }

            if (await refusal is { } refused)
            {
                run.Tried("log in again", refused.ToString());
                return false;
            }

            if (await isMaster)
            {
                return true;
            }

            run.Tried("ask the sentinels", "another server is the master now");
            return false;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            Log(RedisFailures.Of(exception), exception);
            run.Tried("ask on the open connection", redactor.Redact(RedisFailures.WordsOf(exception)));
            return false;
        }
    }

    private async Task<Answer> AskAsync(RedisLink link, ProbeRun run, CancellationToken cancellationToken)
    {
        Task<Answer> asking = AskAsync(link, run);
        asking.Observe();
        // The client's calls take no token; what is left of one ends with the client's own timeout.
        return await asking.WaitAsync(cancellationToken);
    }

    private async Task<Answer> AskAsync(RedisLink link, ProbeRun run)
    {
        long started = time.GetTimestamp();
        Task<RedisResult> running = link.Database.ScriptEvaluateAsync(
            question.Script,
            [question.Key],
            flags: CommandFlags.NoScriptCache | CommandFlags.DemandMaster
        );
        RedisResult[] answer;
        try
        {
            answer = (RedisResult[])(await running)!;
        }
        catch (Exception exception) when (exception is RedisServerException or RedisCommandException)
        {
            RedisFailure failure = RedisFailures.OfEval(exception);
            Log(failure, exception);
            run.Tried("run the store's commands", redactor.Redact(exception.Message));
            return new(failure);
        }

        if (answer is [var command, var words, var wrote])
        {
            RedisFailure failure = RedisFailures.OfScript((string)command!, (string)words!);
            LogFailed(failure.ToString(), "script", redactor.Redact((string)words!));
            run.Tried($"run the store's commands: {command}", redactor.Redact((string)words!));
            return new(failure, HasWritten: (string?)wrote == "1");
        }

        TimeSpan latency = time.GetElapsedTime(started);
        try
        {
            if (await ClusterIsWholeAsync(link) is { } trouble)
            {
                run.Tried("ask the cluster for its state", trouble);
                return new(new RedisFailure(Reasons.NotReady, RedisFailures.ClusterDown));
            }
        }
        catch (RedisServerException exception)
        {
            RedisFailure failure = RedisFailures.ForStore(RedisFailures.Of(exception));
            Log(failure, exception);
            run.Tried("ask the cluster for its state", redactor.Redact(exception.Message));
            return new(failure, HasWritten: true);
        }

        run.Answered("run the store's commands", latency);
        return new(null, HasWritten: true);
    }

    private async Task<string?> ClusterIsWholeAsync(RedisLink link)
    {
        EndPoint? endpoint = link.Multiplexer.GetServers() is [{ ServerType: not ServerType.Cluster }]
            ? null
            : await link.Database.IdentifyEndpointAsync(question.Key);
        if (endpoint is null || link.Multiplexer.GetServer(endpoint).ServerType != ServerType.Cluster)
        {
            return null;
        }

        RedisResult info = await link.Multiplexer.GetServer(endpoint).ExecuteAsync("CLUSTER", "INFO");
        return ((string?)info)?.Contains("cluster_state:ok", StringComparison.Ordinal) == true ? null : "cluster_state is not ok";
    }

    /// <summary>What the script came to.</summary>
    /// <param name="Failure"><see langword="null"/> when it works.</param>
    /// <param name="HasWritten">Whether a command of it has written.</param>
    private readonly record struct Answer(RedisFailure? Failure, bool HasWritten = false);

    private void Log(RedisFailure failure, Exception exception) =>
        LogFailed(failure.ToString(), exception.GetType().Name, redactor.Redact(RedisFailures.WordsOf(exception)));

    [LoggerMessage(1021, LogLevel.Debug, "Redis probe failed with {Reason}: {ExceptionType}: {Message}")]
    private partial void LogFailed(string reason, string exceptionType, string message);
}
