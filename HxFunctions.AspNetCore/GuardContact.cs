using Microsoft.Extensions.Logging;

namespace HxFunctions.AspNetCore;

/// <summary>
/// Whether the guard answers. While the guard doesn't answer, only one request per second that has a cached answer asks it; the others use
/// the cache.
/// </summary>
internal sealed partial class GuardContact(TimeProvider time, ILogger<GuardContact> logger)
{
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();

    /// <summary>When the last one who could have waited was sent to ask, or failed; <see langword="null"/>: the guard answers.</summary>
    private long? _pausedAt;
    private volatile bool _isAway;
    private volatile bool _isInTrouble;

    /// <summary>Whether one who has a kept answer should ask all the same. While the guard is away, a "yes" is for the caller
    /// alone.</summary>
    public bool ShouldAsk()
    {
        if (!_isAway)
        {
            return true;
        }

        lock (_lock)
        {
            if (_pausedAt is { } since && time.GetElapsedTime(since) < Pause)
            {
                return false;
            }

            if (_pausedAt is not null)
            {
                _pausedAt = time.GetTimestamp();
            }

            return true;
        }
    }

    /// <summary>Takes note of an answer, or that there was none.</summary>
    public void Note(GuardAnswer answer)
    {
        bool isAway = answer.Verdict == Verdict.NoAnswer;
        bool isInTrouble = isAway || answer.Verdict == Verdict.Odd;
        if ((isAway, isInTrouble, _isAway, _isInTrouble) is (false, false, false, false) || answer.IsAboutTheQuestion)
        {
            return;
        }

        lock (_lock)
        {
            _pausedAt = isAway ? time.GetTimestamp() : null;
            _isAway = isAway;
            if (isInTrouble == _isInTrouble)
            {
                return;
            }

            _isInTrouble = isInTrouble;
            if (isInTrouble)
            {
                LogTrouble(answer.Trouble);
            }
            else
            {
                LogBack();
            }
        }
    }

    [LoggerMessage(
        1,
        LogLevel.Warning,
        "The guard gives no usable answer: {Trouble}. What it guards is closed. Look at the guard, and at HxGuard's Url and Key."
    )]
    private partial void LogTrouble(string trouble);

    [LoggerMessage(2, LogLevel.Information, "The guard answers again.")]
    private partial void LogBack();
}
