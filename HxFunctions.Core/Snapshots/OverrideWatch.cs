using HxFunctions.Core.Telemetry;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Core.Snapshots;

/// <summary>
/// Writes into the log that an override came into effect here, and how it ended. The only place that does: it looks at what this instance
/// knows, so that every instance has its line, whether the override was set here, on another instance or in Redis. Safe for concurrent use.
/// </summary>
/// <remarks>The monitor's loop looks at each turn; who sets or clears an override here looks at once, so that its line is there before the
/// next change can hide it.</remarks>
internal sealed partial class OverrideWatch(SnapshotBoard board, TimeProvider time, ILogger<OverrideWatch> logger)
{
    private readonly Lock _lock = new();
    private OverrideKnowledge? _inEffect;

    /// <summary>Logs what has changed since the last look.</summary>
    /// <returns>When the override in effect ends, on the monotonic clock: look again then. <see langword="null"/>: none is in
    /// effect.</returns>
    public long? Look()
    {
        lock (_lock)
        {
            // Read within the lock: of two that look at once, the later one must not log what was before.
            OverrideKnowledge? known = board.Current.Override;
            long now = time.GetTimestamp();
            OverrideKnowledge? before = _inEffect;
            _inEffect = known is { Value: not null } && now < known.EndsAt ? known : null;
            if (_inEffect is { Value: { } value })
            {
                if (before is null || !_inEffect.IsOfSameOccasion(before))
                {
                    double seconds = Math.Ceiling(time.GetElapsedTime(now, known!.EndsAt).TotalSeconds);
                    LogInEffect(value.Verdict, seconds, Name(value.By), LogText.OneLine(value.Reason));
                }
            }
            // A note that nothing was in effect before, such as one that Redis still has when an instance starts, is no news.
            else if (before is { Value: { } ended })
            {
                if (known is { ClearedBy: { } by })
                {
                    LogCleared(Name(by), ended.Verdict, Name(ended.By), LogText.OneLine(ended.Reason));
                }
                else
                {
                    LogExpired(ended.Verdict, Name(ended.By), LogText.OneLine(ended.Reason));
                }
            }

            return _inEffect?.EndsAt;
        }
    }

    private static string Name(string by) => string.IsNullOrWhiteSpace(by) ? "(no name)" : LogText.OneLine(by);

    [LoggerMessage(2301, LogLevel.Warning, "Override in effect: {Verdict} for {Seconds} s, set by {By}: {Reason}")]
    private partial void LogInEffect(string verdict, double seconds, string by, string reason);

    [LoggerMessage(2302, LogLevel.Warning, "Override cleared by {ClearedBy}. It was {Verdict}, set by {By}: {Reason}")]
    private partial void LogCleared(string clearedBy, string verdict, string by, string reason);

    [LoggerMessage(2303, LogLevel.Information, "Override expired. It was {Verdict}, set by {By}: {Reason}")]
    private partial void LogExpired(string verdict, string by, string reason);
}
