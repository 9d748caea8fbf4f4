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
    private int _waiting;

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

    /// <summary>Whether checks go on at the guard's pace: it is in use, or it was used lately and something is not up.</summary>
    /// <param name="isAnyNotUp">Of what a rule needs.</param>
    public bool IsActive(long now, bool isAnyNotUp) => IsInUse(now) || (isAnyNotUp && WasUsedLately(now));

    /// <summary>Tells that a request waits for knowledge.</summary>
    /// <returns>When the demand that is being served began: requests that wait share one wait.</returns>
    public long Demand()
    {
        long now = time.GetTimestamp();
        lock (_lock)
        {
            _waiting++;
            if (IsDemand(_demandedAt, now))
            {
                return _demandedAt;
            }

            _demandedAt = now;
        }

        wake.Set();
        return now;
    }

    /// <summary>A request waits no more. The demand is met when the last of them has what it needs.</summary>
    /// <param name="isMet">Whether it has; else its time was over.</param>
    public void EndDemand(bool isMet)
    {
        lock (_lock)
        {
            _waiting--;
            if (isMet && _waiting == 0)
            {
                _demandedAt = Never;
            }
        }
    }

    /// <summary>Since when a request waits, or would if one came; <see langword="null"/>: none does.</summary>
    public long? DemandedSince(long now)
    {
        lock (_lock)
        {
            return IsDemand(_demandedAt, now) ? _demandedAt : null;
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
