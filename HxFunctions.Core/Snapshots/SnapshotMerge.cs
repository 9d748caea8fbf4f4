using System.Collections.Immutable;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Snapshots;

/// <summary>How what was read from Redis and what the process knows become one snapshot: pure functions.</summary>
internal static class SnapshotMerge
{
    /// <summary>How far a stamp may lie ahead of Redis's clock before the record is invalid.</summary>
    private const long MaxAheadMs = 30_000;

    public static HealthSnapshot Merge(HealthSnapshot current, StoreReading reading)
    {
        ImmutableArray<DependencyKnowledge>.Builder dependencies = current.Dependencies.ToBuilder();
        for (int i = 0; i < dependencies.Count; i++)
        {
            dependencies[i] = MergeRecord(dependencies[i], reading.Records[i], reading, current.Ages);
        }

        return current with
        {
            Dependencies = dependencies.MoveToImmutable(),
            Override = MergeOverride(current.Override, reading, current.Ages),
            Store = reading.Lease == LeaseAnswer.Denied ? StoreCondition.Unusable : StoreCondition.Usable,
        };
    }

    /// <summary>
    /// The newer observation counts, wherever it is kept. A value that was read before keeps the age it had then: this process's clock is
    /// steady, Redis's may be set, or be another server's.
    /// </summary>
    private static DependencyKnowledge MergeRecord(DependencyKnowledge current, string? stored, StoreReading reading, SnapshotAges ages)
    {
        if (stored is null || stored == current.Stored)
        {
            return current with { Stored = stored };
        }

        if (!TryRead(stored, reading.Now, out DependencyRecord? record, out long ageMs))
        {
            return current with { Stored = stored };
        }

        long observedAt = reading.SentAt - (long)(Math.Max(0, ageMs) / 1000.0 * ages.TicksPerSecond);
        return current.Record is not null && current.ObservedAt > observedAt
            ? current with
            {
                Stored = stored,
            }
            : new(record, observedAt, stored);
    }

    /// <summary>
    /// The stored record wins where a write found another than it started from, if it is one; but an older one of our own, whose write
    /// landed after we had given it up, is only to be replaced, and so is one that is up and older than the failure that we saw ourselves:
    /// that may be such a write of another's.
    /// </summary>
    public static DependencyKnowledge ResolveConflict(
        DependencyKnowledge current,
        string stored,
        long? observedAt,
        long now,
        SnapshotAges ages
    ) =>
        observedAt is { } at
        && at - now <= MaxAheadMs / 1000 * ages.TicksPerSecond
        && now - at <= ages.Expiry
        && TimestampedValue.TrySplit(stored, out _, out ReadOnlySpan<char> body)
        && RecordCodec.TryRead(body, out DependencyRecord? record)
        && record.Source != current.Record?.Source
        && !(
            at < current.ObservedAt && current.Record?.State.Status == DependencyStatus.Fail && record.State.Status != DependencyStatus.Fail
        )
            ? new(record, Math.Min(at, now), stored)
            : current with
            {
                Stored = stored,
            };

    private static bool TryRead(string stored, long nowMs, out DependencyRecord? record, out long ageMs)
    {
        record = null;
        ageMs = 0;
        if (!TimestampedValue.TrySplit(stored, out long at, out ReadOnlySpan<char> body))
        {
            return false;
        }

        ageMs = nowMs - at;
        return ageMs >= -MaxAheadMs && RecordCodec.TryRead(body, out record);
    }

    /// <summary>An override that Redis no longer has was lost, not cleared: clearing leaves a note.</summary>
    private static OverrideKnowledge? MergeOverride(OverrideKnowledge? current, StoreReading reading, SnapshotAges ages)
    {
        OverrideKnowledge? remembered = current is not null && reading.SentAt < current.EndsAt ? current : null;
        if (reading.Override is not { } stored)
        {
            return remembered;
        }
        // Over or not, it has the end that it had when it was first read: when Redis's clock is set back, Redis keeps it for longer.
        if (stored == current?.Raw)
        {
            return current;
        }

        OverrideKnowledge? read = ReadOverride(stored, reading.Now, reading.SentAt, ages.TicksPerSecond);
        // A Redis that came back with an older state must not undo what was said since; the next read puts that back.
        return read is null || (remembered is not null && read.SetStamp < remembered.SetStamp) ? remembered : read;
    }

    /// <returns><see langword="null"/> when it isn't a readable override, or lasts longer than one may.</returns>
    public static OverrideKnowledge? ReadOverride(string stored, long nowMs, long now, long ticksPerSecond)
    {
        if (
            !TimestampedValue.TrySplit(stored, out long endsAtMs, out ReadOnlySpan<char> body)
            || !OverrideCodec.TryRead(body, out GuardOverride? value, out string? clearedBy)
        )
        {
            return null;
        }

        long leftMs = endsAtMs - nowMs,
            setMs = OverrideCodec.SetStampOf(stored);
        // Redis's clock was set back since it was set: from here on it lasts no longer than it was to last then.
        if (setMs - nowMs > MaxAheadMs && endsAtMs > setMs)
        {
            leftMs = Math.Min(leftMs, endsAtMs - setMs);
        }

        if (leftMs > GuardOverride.MaxDuration.TotalMilliseconds + MaxAheadMs)
        {
            return null;
        }

        return new(value, now + (long)(leftMs / 1000.0 * ticksPerSecond), stored, clearedBy);
    }
}
