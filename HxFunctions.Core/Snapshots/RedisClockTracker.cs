namespace HxFunctions.Core.Snapshots;

/// <summary>Redis's clock as the store's calls saw it last. Thread-safe: reads and overrides run at the same time.</summary>
internal sealed class RedisClockTracker(TimeProvider time)
{
    private readonly Lock _lock = new();
    private RedisClock? _latest;

    /// <summary>The clock as last seen; <see langword="null"/> until a read was answered.</summary>
    public RedisClock? Latest
    {
        get
        {
            lock (_lock)
            {
                return _latest;
            }
        }
    }

    /// <summary>Takes in a clock that was just seen, and compares it with the one before.</summary>
    /// <returns>What is known of the clock now.</returns>
    public RedisClock Observe(RedisClock seen)
    {
        lock (_lock)
        {
            return _latest = seen.After(_latest, time);
        }
    }
}
