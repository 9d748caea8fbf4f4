using HxFunctions.Core.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace HxFunctions.Core.Dependencies;

/// <summary>
/// <c>PG_WRITE_PROBE</c>: commits a row. A server whose disk is full, or whose commits wait for a standby that isn't there, answers every
/// question and takes no write (patroni #397, #3468). The table is the operator's: docs/configuration.md has its SQL.
/// </summary>
/// <remarks>
/// It has a connection of its own, opened for each write: a commit that hangs keeps it. While one does, no second is begun, so that at most
/// one backend is ever stuck.
/// </remarks>
internal sealed class PostgresWriteProbe(HxSettings settings, PostgresConnector connector, TimeProvider time) : IAsyncDisposable
{
    /// <summary>Of the time that is left: the rest is for asking why a write hangs.</summary>
    private const double ShareOfWrite = 0.6;

    /// <summary>
    /// A full disk doesn't stop an update that finds room in its page. This needs more than <c>work_mem</c>, and so writes a file of some
    /// 100 kB, which is gone at once.
    /// </summary>
    private const string Spill =
        "WITH rows AS MATERIALIZED (SELECT pg_catalog.generate_series(1, 4000) AS row) SELECT pg_catalog.count(*) FROM rows";

    // One row per machine, not per process, or each restart would leave one behind.
    private const string Write =
        "INSERT INTO hx_probe (id, at) VALUES ($1, pg_catalog.now()) ON CONFLICT (id) DO UPDATE SET at = excluded.at";

    // https://www.postgresql.org/docs/current/monitoring-stats.html#WAIT-EVENT-IPC-TABLE (SyncRep); a role sees its own sessions.
    private const string WaitsFor = "SELECT wait_event FROM pg_catalog.pg_stat_activity WHERE pid = $1";

    private readonly string _id = $"{settings.Namespace}-{Environment.MachineName}";
    private Task _writing = Task.CompletedTask;
    private int _backend;

    public async Task<HealthCheckResult> WriteAsync(ProbeRun run, CancellationToken cancellationToken)
    {
        TimeSpan limit = run.Left * ShareOfWrite;
        try
        {
            bool stuck = !_writing.IsCompleted;
            if (!stuck)
            {
                PostgresSession session = await connector.OpenAsync(run, cancellationToken);
                _backend = session.ProcessId;
                _writing = CommitAsync(session, limit);
                _writing.Observe();
            }

            await Task.WhenAny(_writing, Task.Delay(stuck ? TimeSpan.Zero : limit, time, cancellationToken));
            if (_writing.IsCompleted)
            {
                await _writing;
                run.Tried("commit a write", "ok");
                return CheckResults.Healthy();
            }

            string? waits = await WaitEventAsync(run, cancellationToken);
            run.Tried("commit a write", waits is null ? "no answer in time" : $"waits: {waits}");
            return waits == "SyncRep"
                ? CheckResults.Degraded(Reasons.NotWritable, "no_synchronous_standby")
                : CheckResults.Unhealthy(Reasons.Timeout);
        }
        catch (PostgresException exception) when (ResultOf(exception) is { } result)
        {
            run.Tried("commit a write", exception.SqlState);
            return result;
        }
    }

    public async ValueTask DisposeAsync() => await _writing.Ended();

    /// <returns><see langword="null"/> for what says nothing of writes.</returns>
    private static HealthCheckResult? ResultOf(PostgresException exception) =>
        exception.SqlState switch
        {
            PostgresErrorCodes.DiskFull => CheckResults.Degraded(Reasons.NotWritable, "disk_full"),
            PostgresErrorCodes.ReadOnlySqlTransaction => CheckResults.Degraded(Reasons.ReadOnly),
            PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InsufficientPrivilege => CheckResults.Degraded(
                Reasons.PermissionDenied,
                "hx_probe"
            ),
            // Somebody else holds the table, or the role may have no files: nothing is proved, and nothing is wrong.
            PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.ConfigurationLimitExceeded => CheckResults.Healthy(),
            _ => null,
        };

    private async Task CommitAsync(PostgresSession session, TimeSpan limit)
    {
        try
        {
            // Neither of the two ends a commit that waits for a standby; cancelling it does, and it is then committed here alone.
            using Deadline deadline = new(limit + limit, time);
            int milliseconds = Math.Max(1, (int)(limit.TotalMilliseconds * 0.9));
            await session.ExecuteAsync(
                [
                    $"SET LOCAL lock_timeout = {(milliseconds + 1) / 2}",
                    $"SET LOCAL statement_timeout = {milliseconds}",
                    "SET LOCAL work_mem = 64",
                    Spill,
                    Write,
                ],
                [_id],
                deadline.Token
            );
        }
        finally
        {
            session.Close();
        }
    }

    private async Task<string?> WaitEventAsync(ProbeRun run, CancellationToken cancellationToken)
    {
        PostgresSession session = await connector.OpenAsync(run, cancellationToken);
        try
        {
            return await session.TextAsync(WaitsFor, _backend, cancellationToken).WaitAsync(cancellationToken);
        }
        finally
        {
            session.Close();
        }
    }
}
