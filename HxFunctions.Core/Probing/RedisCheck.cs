using System.Net;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace HxFunctions.Core.Probing;

/// <summary>
/// A write of our own with expiry. PING alone is answered by read-only replicas and by servers that refuse every write (OOM, MISCONF).
/// In cluster mode the cluster must call itself whole besides.
/// </summary>
internal sealed partial class RedisCheck(RedisConnection connection, string key, Redactor redactor, ILogger<RedisCheck> logger) : IHealthCheck
{
    private static readonly TimeSpan KeyExpiry = TimeSpan.FromMinutes(1);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            ConnectionMultiplexer multiplexer = await connection.GetAsync().ConfigureAwait(false);
            IDatabase database = multiplexer.GetDatabase();
            // SET key value PX ms: https://redis.io/docs/latest/commands/set/
            Task<bool> writing = database.StringSetAsync(key, "1", KeyExpiry, when: When.Always);
            Task proving = connection.ProveCredentialsAsync(database);
            proving.Observe();
            bool written = await writing.ConfigureAwait(false);
            await proving.ConfigureAwait(false);
            if (!written) return CheckResults.Unhealthy(Reasons.UnexpectedResponse);
            return await ClusterIsWholeAsync(multiplexer, database).ConfigureAwait(false)
                ? CheckResults.Healthy()
                : CheckResults.Unhealthy(Reasons.NotReady);
        }
        catch (Exception exception)
        {
            string reason = RedisFailures.Classify(exception);
            LogFailed(reason, exception.GetType().Name, redactor.Redact(exception.Message));
            return CheckResults.Unhealthy(reason);
        }
    }

    private async Task<bool> ClusterIsWholeAsync(ConnectionMultiplexer multiplexer, IDatabase database)
    {
        EndPoint? endpoint = multiplexer.GetServers() is [{ ServerType: not ServerType.Cluster }] ? null : await database.IdentifyEndpointAsync(key).ConfigureAwait(false);
        if (endpoint is null || multiplexer.GetServer(endpoint).ServerType != ServerType.Cluster) return true;
        RedisResult info = await multiplexer.GetServer(endpoint).ExecuteAsync("CLUSTER", "INFO").ConfigureAwait(false);
        return ((string?)info)?.Contains("cluster_state:ok", StringComparison.Ordinal) == true;
    }

    [LoggerMessage(1021, LogLevel.Debug, "Redis probe failed with {Reason}: {ExceptionType}: {Message}")]
    private partial void LogFailed(string reason, string exceptionType, string message);
}
