using HxFunctions.Core.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace HxFunctions.Core.Dependencies;

/// <summary>
/// One round trip that proves the server answers, that we are authenticated, and whether it accepts writes.
/// <c>SELECT 1</c> would pass on a standby and on a server that turned read-only because its disk is full.
/// </summary>
/// <remarks>
/// The pool's connections live one interval at most, so that new logins are proved as often. An instance that has not probed for one
/// interval closes them: only the instance that probes holds any.
/// </remarks>
internal sealed partial class PostgresCheck : IHealthCheck, IAsyncDisposable
{
    // https://www.postgresql.org/docs/current/functions-admin.html (pg_is_in_recovery), runtime-config-client.html (transaction_read_only)
    private const string Question = "SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool";

    private readonly NpgsqlDataSource _pool;
    private readonly TimeSpan _interval;
    private readonly ITimer _closeIdle;
    private readonly EntraTokens? _tokens;
    private readonly Redactor _redactor;
    private readonly ILogger<PostgresCheck> _logger;

    /// <param name="settings">With a PostgreSQL. The driver's own timeouts are set just above the probe's.</param>
    /// <param name="tokens">Where the password comes from when it is not in the URL.</param>
    public PostgresCheck(
        HxSettings settings,
        TimeProvider time,
        Redactor redactor,
        ILogger<PostgresCheck> logger,
        [FromKeyedServices(EntraTokens.PostgresScope)] EntraTokens? tokens = null
    )
    {
        NpgsqlConnectionStringBuilder connection = settings.Postgres!.ToConnectionStringBuilder();
        TimeSpan interval = settings.Interval;
        _tokens = tokens;
        _interval = interval;
        _redactor = redactor;
        _logger = logger;

        int seconds = (int)Math.Ceiling(settings.PostgresTimeout.TotalSeconds) + 1;
        connection.ApplicationName ??= "hx";
        connection.Pooling = true;
        connection.MinPoolSize = settings.PostgresMinConnections;
        connection.MaxPoolSize = settings.PostgresMaxConnections;
        connection.ConnectionLifetime = Math.Max(1, (int)interval.TotalSeconds);
        connection.ConnectionIdleLifetime = Math.Max(1, (int)interval.TotalSeconds);
        connection.ConnectionPruningInterval = Math.Min(10, connection.ConnectionIdleLifetime);
        connection.Timeout = seconds;
        // None of the driver's own: what it does then blocks a thread of the pool, see DependencyProbe.
        connection.CommandTimeout = 0;
        // Don't wait for the answer to a cancel request: the connection is broken and dropped at once (npgsql #3696).
        connection.CancellationTimeout = -1;
        // No DISCARD at return: nothing is set on the connection, and pgbouncer would stumble over it.
        connection.NoResetOnClose = true;
        connection.Multiplexing = false;
        // With several hosts the driver remembers for ten seconds which are down, and would confirm a failure, or deny a recovery, from
        // that memory.
        connection.HostRecheckSeconds = 0;
        connection.IncludeErrorDetail = false;
        connection.PersistSecurityInfo = false;

        NpgsqlSlimDataSourceBuilder builder = new NpgsqlSlimDataSourceBuilder(connection.ConnectionString);
        builder.EnableTransportSecurity();
        // One statement of a built-in type: no catalogue queries at each connect.
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        // Asked at each login, so that a renewed token is used at once. Nothing here opens connections synchronously.
        if (tokens is not null)
        {
            builder.UsePasswordProvider(_ => throw new NotSupportedException(), (_, cancellation) => new(tokens.GetAsync(cancellation)));
        }

        _pool = builder.Build();
        _closeIdle = time.CreateTimer(
            static pool => ((NpgsqlDataSource)pool!).Clear(),
            _pool,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
    }

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        _closeIdle.Change(_interval, Timeout.InfiniteTimeSpan);
        try
        {
            // Before a connection is opened, which would then hang half open in the pool for as long as the credential does.
            if (_tokens is not null)
            {
                await _tokens.GetAsync(cancellationToken);
            }

            NpgsqlConnection connection = await _pool.OpenConnectionAsync(cancellationToken);
            // Npgsql answers a cancelled query by asking the server to cancel it, over a connection of its own: from a server that hangs
            // that takes seconds more (npgsql #3696). It goes on without us; how many such calls there can be is bounded by the pool.
            Task<object?> asking = AskAsync(connection, cancellationToken);
            asking.Observe();
            object? answer = await asking.WaitAsync(cancellationToken);
            return answer switch
            {
                false => CheckResults.Healthy(),
                true => CheckResults.Degraded(Reasons.ReadOnly),
                _ => CheckResults.Unhealthy(Reasons.UnexpectedResponse),
            };
        }
        catch (Exception exception)
        {
            string reason = PostgresFailures.Classify(exception);
            LogFailed(reason, exception.GetType().Name, _redactor.Redact(exception.Message));
            return CheckResults.Unhealthy(reason);
        }
    }

    private static async Task<object?> AskAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using (connection)
        {
            await using NpgsqlCommand command = new(Question, connection);
            return await command.ExecuteScalarAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closeIdle.DisposeAsync();
        await _pool.DisposeAsync();
    }

    [LoggerMessage(1011, LogLevel.Debug, "PostgreSQL probe failed with {Reason}: {ExceptionType}: {Message}")]
    private partial void LogFailed(string reason, string exceptionType, string message);
}
