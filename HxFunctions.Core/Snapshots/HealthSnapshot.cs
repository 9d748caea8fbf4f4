using System.Collections.Immutable;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Routing;

namespace HxFunctions.Core.Snapshots;

/// <summary>What an instance knows of one dependency.</summary>
/// <param name="Record">The newest record, stored or not.</param>
/// <param name="ObservedAt">When its probe ended, on this process's monotonic clock.</param>
/// <param name="Stored">The value in Redis when it was last seen, readable or not: what a write must still find there. Null: none.</param>
internal sealed record DependencyKnowledge(DependencyRecord? Record, long ObservedAt, string? Stored)
{
    public static DependencyKnowledge Nothing { get; } = new(null, 0, null);
}

/// <summary>Whether instances can meet in Redis.</summary>
public enum StoreCondition
{
    /// <summary>No REDIS_URL: the instance is alone by design, and its own leader.</summary>
    Absent,

    /// <summary>Not read yet.</summary>
    Untried,

    Usable,

    /// <summary>Unreachable, too slow, or refusing writes.</summary>
    Unusable,
}

/// <summary>All that an instance knows at one moment. Immutable: the guard takes one reference and decides by it.</summary>
internal sealed record HealthSnapshot(
    ImmutableArray<DependencyKnowledge> Dependencies,
    OverrideKnowledge? Override,
    StoreCondition Store,
    SnapshotAges Ages
)
{
    /// <summary>What an instance knows when it starts.</summary>
    public static HealthSnapshot Nothing(HxSettings settings, DependencySet dependencies, TimeProvider time) =>
        new(
            [.. dependencies.Select(_ => DependencyKnowledge.Nothing)],
            null,
            settings.Redis is null ? StoreCondition.Absent : StoreCondition.Untried,
            SnapshotAges.From(settings, dependencies, time)
        );

    /// <summary>What is held of a dependency, for showing: unknown when there is no record, or it has expired.</summary>
    public DependencyStatus StatusAt(int index, long now)
    {
        DependencyKnowledge known = Dependencies[index];
        return known.Record is null || now - known.ObservedAt > Ages.Expiry ? DependencyStatus.Unknown : known.Record.State.Status;
    }

    /// <summary>What the guard goes by: a fail stands until it expires, a pass must be recent.</summary>
    public DependencyStatus DecisiveAt(int index, long now)
    {
        DependencyStatus status = StatusAt(index, now);
        return status is DependencyStatus.Pass or DependencyStatus.Warn && !IsRecent(index, now) ? DependencyStatus.Unknown : status;
    }

    /// <summary>Whether the record is young enough to decide by without asking for a check first.</summary>
    public bool IsRecent(int index, long now)
    {
        DependencyKnowledge known = Dependencies[index];
        return known.Record is not null && now - known.ObservedAt <= DecisionAge(index);
    }

    /// <summary>How old a pass may be, in ticks of the monotonic clock.</summary>
    public long DecisionAge(int index) => Store == StoreCondition.Unusable && index != Ages.RedisIndex ? Ages.DecisionAlone : Ages.Decision;

    /// <summary>The override in effect, if any.</summary>
    public GuardOverride? OverrideAt(long now) => Override is { Value: { } value } known && now < known.EndsAt ? value : null;

    public HealthSnapshot With(int index, DependencyKnowledge knowledge) =>
        this with
        {
            Dependencies = Dependencies.SetItem(index, knowledge),
        };
}

/// <summary>The bounds on age in ticks of the monotonic clock, made once so that a decision needs no conversion.</summary>
internal sealed record SnapshotAges(long Decision, long DecisionAlone, long Expiry, int RedisIndex, long TicksPerSecond)
{
    public static SnapshotAges From(HxSettings settings, DependencySet dependencies, TimeProvider time) =>
        new(
            settings.DecisionAge.ToTicks(time),
            settings.DecisionAgeAlone.ToTicks(time),
            settings.Expiry.ToTicks(time),
            dependencies.Find(DependencyName.Redis)?.Index ?? -1,
            time.TimestampFrequency
        );

    public double Seconds(long ticks) => (double)ticks / TicksPerSecond;
}
