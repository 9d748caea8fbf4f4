using HxFunctions.Core.Configuration;
using HxFunctions.Core.Configuration.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Core.Dependencies;

/// <summary>
/// Asks PostgreSQL on a connection that is kept open between probes. What fails there is tried once more on a fresh one before it counts: a
/// pooler's, a firewall's or the role's own idle timeout is no outage (npgsql #675, #933, #3050).
/// </summary>
/// <remarks>
/// The connection lives one interval at most, so that logins, certificates and DNS are proved as often; it is replaced before it is closed.
/// An instance that has not probed for one interval closes it: only the instance that probes holds one.
/// </remarks>
internal sealed partial class PostgresCheck : IProbeCheck, IAsyncDisposable
{
    /// <summary>How much of the deadline an open connection may use up, so that a fresh one has the rest.</summary>
    private const int ShareOfKept = 3;

    private readonly HxSettings _settings;
    private readonly PostgresUrl _url;
    private readonly PostgresConnector _connector;
    private readonly PostgresWriteProbe? _writes;
    private readonly TimeProvider _time;
    private readonly ITimer _closeIdle;
    private readonly EntraTokens? _tokens;
    private readonly Redactor _redactor;
    private readonly ILogger<PostgresCheck> _logger;
    private PostgresSession? _kept;
    private TimeSpan _lifetime;

    /// <param name="settings">With a PostgreSQL.</param>
    /// <param name="tokens">Where the password comes from when it is not in the URL.</param>
    public PostgresCheck(
        HxSettings settings,
        TimeProvider time,
        Redactor redactor,
        ILogger<PostgresCheck> logger,
        [FromKeyedServices(EntraTokens.PostgresScope)] EntraTokens? tokens = null
    )
    {
        _settings = settings;
        _url = settings.Postgres!;
        _connector = new(_url, settings.PostgresTimeout, time, redactor, tokens);
        _writes = settings.PostgresWriteProbe ? new(settings, _connector, time) : null;
        _time = time;
        _tokens = tokens;
        _redactor = redactor;
        _logger = logger;
        _closeIdle = time.CreateTimer(
            static check => Interlocked.Exchange(ref ((PostgresCheck)check!)._kept, null)?.Close(),
            this,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
    }

    public async Task<HealthCheckResult> CheckAsync(ProbeRun run, CancellationToken cancellationToken)
    {
        _closeIdle.Change(_settings.Interval, Timeout.InfiniteTimeSpan);
        try
        {
            if (LocalFiles.FindUnreadable(_url.Files) is { } file)
            {
                run.Tried($"read the file of {file.Keyword}", file.Problem);
                return CheckResults.Unhealthy(Reasons.LocalFile, file.Keyword);
            }

            // Before a connection is opened, which would then hang half open for as long as the credential does.
            if (_tokens is not null)
            {
                await _tokens.GetAsync(cancellationToken);
            }

            PostgresSession session = await AskKeptAsync(run, cancellationToken) ?? await AskFreshAsync(run, cancellationToken);
            HealthCheckResult result = session.Mode!.Value.IsReadOnly ? CheckResults.Degraded(Reasons.ReadOnly) : CheckResults.Healthy();
            if (_writes is not null && !session.Mode.Value.IsReadOnly)
            {
                result = await _writes.WriteAsync(run, cancellationToken);
            }

            return result;
        }
        catch (TargetSessionException exception)
        {
            return exception.Mode.IsReadOnly
                ? CheckResults.Degraded(Reasons.ReadOnly)
                : CheckResults.Unhealthy(Reasons.NotReady, PostgresFailures.TargetSession);
        }
        catch (Exception exception)
        {
            string reason = PostgresFailures.Classify(exception);
            LogFailed(reason, exception.GetType().Name, PostgresFailures.Words(exception, _redactor));
            return CheckResults.Unhealthy(reason, PostgresFailures.DetailOf(exception));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closeIdle.DisposeAsync();
        if (Interlocked.Exchange(ref _kept, null) is { } kept)
        {
            await kept.CloseAsync();
        }

        if (_writes is not null)
        {
            await _writes.DisposeAsync();
        }

        _connector.Dispose();
    }

    /// <returns><see langword="null"/> when a fresh connection has to say: there is none, it is old, it failed, or it says what it did not
    /// say before.</returns>
    private async Task<PostgresSession?> AskKeptAsync(ProbeRun run, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _kept, null) is not { } kept)
        {
            return null;
        }

        if (_time.GetElapsedTime(kept.OpenedAt) >= _lifetime)
        {
            // Back for as long as its replacement isn't there.
            Keep(kept);
            return null;
        }

        using Deadline deadline = new(run.Left / ShareOfKept, _time, cancellationToken);
        PostgresMode? before = kept.Mode;
        try
        {
            long asked = _time.GetTimestamp();
            PostgresMode mode = await kept.AskAsync(deadline.Token);
            if (mode == before)
            {
                run.Answered("ask on the open connection", _time.GetElapsedTime(asked));
                Keep(kept);
                return kept;
            }

            run.Tried("ask on the open connection", "it turned " + (mode.IsReadOnly ? "read-only" : "read-write"));
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            run.Tried("ask on the open connection", PostgresFailures.Words(exception, _redactor));
        }
        catch
        {
            kept.Close();
            throw;
        }

        kept.Close();
        return null;
    }

    private async Task<PostgresSession> AskFreshAsync(ProbeRun run, CancellationToken cancellationToken)
    {
        try
        {
            PostgresSession fresh = await _connector.OpenAsync(run, cancellationToken);
            // Not all instances at once.
            _lifetime = _settings.Interval * (0.9 + (Random.Shared.NextDouble() * 0.1));
            if (!fresh.IsFallback && run.Latency < _settings.PostgresTimeout / ShareOfKept)
            {
                Keep(fresh);
            }
            else
            {
                // The next probe asks the better hosts first. And a server that is as slow as that would be asked in vain on an open
                // connection, and have too little time on a fresh one.
                Interlocked.Exchange(ref _kept, null)?.Close();
                fresh.Close();
            }

            return fresh;
        }
        catch
        {
            Interlocked.Exchange(ref _kept, null)?.Close();
            throw;
        }
    }

    private void Keep(PostgresSession session) => Interlocked.Exchange(ref _kept, session)?.Close();

    [LoggerMessage(1011, LogLevel.Debug, "PostgreSQL probe failed with {Reason}: {ExceptionType}: {Message}")]
    private partial void LogFailed(string reason, string exceptionType, string message);
}
