namespace HxFunctions.Core.Snapshots;

/// <summary>What an instance does about checking at the moment.</summary>
public enum CheckRole
{
    /// <summary>The guard is not in use here: the timer's checks are enough.</summary>
    Idle,

    /// <summary>The guard is in use, and another instance holds the lease.</summary>
    Follower,

    /// <summary>The guard is in use, and the lease is ours (or there is no Redis to share one).</summary>
    Leader,

    /// <summary>The guard is in use, and Redis can't be used.</summary>
    Alone,
}

/// <summary>Who checks what, and when: pure functions over timestamps of the monotonic clock.</summary>
/// <param name="Staleness"><c>GUARD_MAX_STALENESS</c> in ticks.</param>
/// <param name="Interval"><c>HEALTH_CHECK_INTERVAL</c> in ticks.</param>
internal readonly record struct CheckSchedule(long Staleness, long Interval)
{
    public const long Never = long.MaxValue;

    /// <param name="redisWorks">Redis takes writes although it can't be used as a store. Then routes are open that need both it and others,
    /// and an interval is too long to trust those.</param>
    public static CheckRole RoleOf(bool active, StoreCondition store, bool leaseIsOurs, bool redisWorks) =>
        (active, store) switch
        {
            (false, _) => CheckRole.Idle,
            (_, StoreCondition.Absent) => CheckRole.Leader,
            (_, StoreCondition.Unusable) => redisWorks ? CheckRole.Leader : CheckRole.Alone,
            (_, StoreCondition.Usable) when leaseIsOurs => CheckRole.Leader,
            _ => CheckRole.Follower,
        };

    /// <summary>When a dependency is to be checked next; <see cref="Never"/> if it isn't.</summary>
    /// <param name="last">When the last check of it began, here or elsewhere; <see langword="null"/>: nothing is known of one.</param>
    /// <param name="needed">Whether a rule that isn't closed already needs it.</param>
    /// <param name="jitter">From 0 to 0.1: the part of the interval that is added while alone, so that a fleet doesn't probe in
    /// step.</param>
    public long Due(CheckRole role, long? last, bool isRedis, bool needed, double jitter)
    {
        switch (role)
        {
            case CheckRole.Leader:
            case CheckRole.Alone when isRedis:
                return last + Staleness ?? 0;
            case CheckRole.Alone when needed:
                return last + Interval + (long)(jitter * Interval) ?? 0;
            default:
                return Never;
        }
    }
}
