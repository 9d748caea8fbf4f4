using HxFunctions.Core.Configuration;

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
/// <param name="AlonePace"><see cref="HxSettings.AlonePace"/> in ticks.</param>
/// <param name="CheckTimeout"><c>HEALTH_CHECK_TIMEOUT</c> in ticks.</param>
internal readonly record struct CheckSchedule(long Staleness, long AlonePace, long CheckTimeout)
{
    public const long Never = long.MaxValue;

    /// <summary>By how much of <see cref="AlonePace"/> checks come earlier at most, so that a fleet doesn't check in step.</summary>
    private const double AloneJitter = 0.2;

    /// <summary>When a follower steps in, in parts of the check timeout by which a pass outlives the staleness: after what a leader takes,
    /// and early enough that a check ends before the pass is too old to decide by.</summary>
    private const double StepInFrom = 0.6,
        StepInJitter = 0.2;

    public static CheckSchedule From(HxSettings settings, TimeProvider time) =>
        new(settings.MaxStaleness.ToTicks(time), settings.AlonePace.ToTicks(time), settings.CheckTimeout.ToTicks(time));

    /// <param name="redisWorks">Redis takes writes although it can't be used as a store. Then routes are open that need both it and others,
    /// and the pace of an instance alone is too slow to trust those.</param>
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
    /// <param name="needed">Whether a rule needs it.</param>
    /// <param name="jitter">From 0 to 1.</param>
    public long Due(CheckRole role, long? last, bool isRedis, bool needed, double jitter)
    {
        switch (role)
        {
            case CheckRole.Leader:
            case CheckRole.Alone when isRedis:
                return last + Staleness ?? 0;
            case CheckRole.Alone when needed:
                return last + AlonePace - (long)(AloneJitter * jitter * AlonePace) ?? 0;
            // The lease only saves work: when whoever holds it doesn't check, others do.
            case CheckRole.Follower:
                return last + Staleness + (long)((StepInFrom + (StepInJitter * jitter)) * CheckTimeout) ?? Never;
            default:
                return Never;
        }
    }
}
