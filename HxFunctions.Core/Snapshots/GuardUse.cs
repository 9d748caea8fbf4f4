using HxFunctions.Core.Configuration;

namespace HxFunctions.Core.Snapshots;

/// <summary>Whether the guard is used here, and whether a request waits for knowledge. Safe for concurrent use.</summary>
internal sealed class GuardUse(HxSettings settings, WakeSignal wake, TimeProvider time)
{
    /// <summary>How long after the last guard request a dependency that isn't up goes on being checked.</summary>
    public static readonly TimeSpan WatchAfterUse = TimeSpan.FromMinutes(10);

    private const long Never = long.MinValue;

    private readonly long _interval = settings.Interval.ToTicks(time);
    private readonly long _watch = WatchAfterUse.ToTicks(time);
    private readonly long _demandLasts = settings.DecisionAge.ToTicks(time);

    private readonly Lock _lock = new();
    private long _last = Never;
    private long _demandedAt = Never;

    /// <summary>Tells that the guard is being used.</summary>
    /// <param name="now">The monotonic clock, which the caller has read already.</param>
    public void Note(long now)
    {
        bool begins;
        lock (_lock)
        {
            begins = _last == Never || now - _last > _interval;
            _last = Math.Max(_last, now);
        }

        if (begins)
        {
            wake.Set();
        }
    }

    /// <summary>Whether a guard request came within the last interval.</summary>
    public bool IsInUse(long now) => IsWithin(_interval, now);

    /// <summary>Whether a guard request came within the last <see cref="WatchAfterUse"/>.</summary>
    public bool WasUsedLately(long now) => IsWithin(_watch, now);

    /// <summary>Tells that a request waits for knowledge.</summary>
    /// <returns>When the demand that is being served began: requests that wait share one wait.</returns>
    public long Demand()
    {
        long now = time.GetTimestamp();
        lock (_lock)
        {
            if (IsDemand(_demandedAt, now))
            {
                return _demandedAt;
            }

            _demandedAt = now;
        }

        wake.Set();
        return now;
    }

    /// <summary>The demand is met.</summary>
    public void EndDemand()
    {
        lock (_lock)
        {
            _demandedAt = Never;
        }
    }

    /// <summary>Whether a request waits, or would if one came.</summary>
    public bool IsDemanded(long now)
    {
        lock (_lock)
        {
            return IsDemand(_demandedAt, now);
        }
    }

    private bool IsWithin(long span, long now)
    {
        lock (_lock)
        {
            return _last != Never && now - _last <= span;
        }
    }

    // A demand that no check has answered for this long is over: the next request may wait again.
    private bool IsDemand(long since, long now) => since != Never && now - since <= _demandLasts;
}
