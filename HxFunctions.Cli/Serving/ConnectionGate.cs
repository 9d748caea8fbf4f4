using Microsoft.Extensions.Logging;

namespace HxFunctions.Cli.Serving;

/// <summary>Counts connections up to a limit, and says once a minute how many were closed beyond it. Kestrel's own limit writes a line for
/// each, which whoever opens them by the thousand would fill the disk with.</summary>
internal sealed partial class ConnectionGate(int limit, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private int _open;
    private int _closed;
    private long? _told;

    /// <returns>Whether one more connection may stay. Who gets <see langword="true"/> calls <see cref="Leave"/>.</returns>
    public bool TryEnter()
    {
        int closed;
        lock (_lock)
        {
            if (_open < limit)
            {
                _open++;
                return true;
            }

            _closed++;
            if (_told is { } told && time.GetElapsedTime(told) < Pause)
            {
                return false;
            }

            _told = time.GetTimestamp();
            closed = _closed;
            _closed = 0;
        }

        LogClosed(closed, limit);
        return false;
    }

    /// <summary>A connection's descriptor is free again.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            _open--;
        }
    }

    [LoggerMessage(7, LogLevel.Warning, "Closed {Closed} new connections: {Limit} are open, which is the limit.")]
    private partial void LogClosed(int closed, int limit);
}
