using System.Globalization;
using System.Net;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace HxFunctions.Core.Dependencies;

/// <summary>
/// A write of our own with expiry. PING alone is answered by read-only replicas and by servers that refuse every write (OOM, MISCONF).
/// In cluster mode the cluster must call itself whole besides.
/// </summary>
internal sealed partial class RedisCheck(RedisConnection connection, string key, Redactor redactor, ILogger<RedisCheck> logger)
    : IHealthCheck
{
    private static readonly TimeSpan KeyExpiry = TimeSpan.FromMinutes(1);

    /// <summary>A connection that is not there after this long is looked into.</summary>
    private static readonly TimeSpan QuickConnect = TimeSpan.FromMilliseconds(250);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            Task<ConnectionMultiplexer> connecting = connection.GetAsync();
            await Task.WhenAny(connecting, Task.Delay(QuickConnect, cancellationToken));
            // The client's first connect takes its whole timeout, whatever has failed meanwhile.
            if (!connecting.IsCompleted && await DiagnoseAsync(cancellationToken) is { } trouble)
            {
                return CheckResults.Unhealthy(trouble);
            }

            string answer = await AskAsync(await connecting.WaitAsync(cancellationToken), cancellationToken);
            return answer == Reasons.Ok ? CheckResults.Healthy() : CheckResults.Unhealthy(answer);
        }
        catch (Exception exception)
        {
            string reason = RedisFailures.Classify(exception);
            LogFailed(reason, exception.GetType().Name, redactor.Redact(exception.Message));
            return CheckResults.Unhealthy(reason);
        }
    }

    /// <returns>The reason; <see cref="Reasons.Ok"/> when it works.</returns>
    private async Task<string> AskAsync(ConnectionMultiplexer multiplexer, CancellationToken cancellationToken)
    {
        try
        {
            return await WriteAsync(multiplexer, cancellationToken);
        }
        catch (RedisConnectionException exception)
        {
            string reason = RedisFailures.Classify(exception);
            if (reason != Reasons.ReadOnly && await DiagnoseAsync(cancellationToken) is { } trouble)
            {
                return trouble;
            }
        }
        catch (Exception exception) when (RedisFailures.Classify(exception) == Reasons.ReadOnly) { }

        // The server takes writes, and the client goes by what it knows from before: it has not connected again, or takes a server that was
        // promoted for a replica. By itself it looks twice a second for the one and once a minute for the other.
        await multiplexer.ConfigureAsync().WaitAsync(cancellationToken);
        return await WriteAsync(multiplexer, cancellationToken);
    }

    private Task<string?> DiagnoseAsync(CancellationToken cancellationToken) =>
        connection.DiagnoseAsync(["SETEX", key, KeyExpiry.TotalSeconds.ToString(CultureInfo.InvariantCulture), "1"], cancellationToken);

    private async Task<string> WriteAsync(ConnectionMultiplexer multiplexer, CancellationToken cancellationToken)
    {
        Task<string> writing = WriteAsync(multiplexer);
        writing.Observe();
        // The client's calls take no token; what is left of one ends with the client's own timeout.
        return await writing.WaitAsync(cancellationToken);
    }

    private async Task<string> WriteAsync(ConnectionMultiplexer multiplexer)
    {
        IDatabase database = multiplexer.GetDatabase();
        // The client makes it SETEX key seconds value: https://redis.io/docs/latest/commands/setex/
        Task<bool> writing = database.StringSetAsync(key, "1", KeyExpiry, when: When.Always);
        Task proving = connection.ProveCredentialsAsync(database);
        proving.Observe();
        if (!await writing)
        {
            return Reasons.UnexpectedResponse;
        }

        await proving;
        return await ClusterIsWholeAsync(multiplexer, database) ? Reasons.Ok : Reasons.NotReady;
    }

    private async Task<bool> ClusterIsWholeAsync(ConnectionMultiplexer multiplexer, IDatabase database)
    {
        EndPoint? endpoint = multiplexer.GetServers() is [{ ServerType: not ServerType.Cluster }]
            ? null
            : await database.IdentifyEndpointAsync(key);
        if (endpoint is null || multiplexer.GetServer(endpoint).ServerType != ServerType.Cluster)
        {
            return true;
        }

        RedisResult info = await multiplexer.GetServer(endpoint).ExecuteAsync("CLUSTER", "INFO");
        return ((string?)info)?.Contains("cluster_state:ok", StringComparison.Ordinal) == true;
    }

    [LoggerMessage(1021, LogLevel.Debug, "Redis probe failed with {Reason}: {ExceptionType}: {Message}")]
    private partial void LogFailed(string reason, string exceptionType, string message);
}
