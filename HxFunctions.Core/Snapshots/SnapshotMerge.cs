using System.Collections.Immutable;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Snapshots;

/// <summary>How what was read from Redis and what the process knows become one snapshot: pure functions.</summary>
internal static class SnapshotMerge
{
    /// <summary>How far two looks at Redis's clock may differ without its having been set, and a stamp lie ahead of it.</summary>
    public static readonly TimeSpan ClockTolerance = TimeSpan.FromMilliseconds(100);

    /// <summary>How much longer than it may last an override may last by its stamps: clocks drift, and are set.</summary>
    private const long MaxAheadMs = 30_000;

    /// <summary>No clock is ahead by more: an override that was set later is none of ours. A year.</summary>
    private const long MaxSetAheadMs = 31_622_400_000;

    public static HealthSnapshot Merge(HealthSnapshot current, StoreReading reading)
    {
        ImmutableArray<DependencyKnowledge>.Builder dependencies = current.Dependencies.ToBuilder();
        for (int i = 0; i < dependencies.Count; i++)
        {
            dependencies[i] = MergeRecord(i, dependencies[i], reading.Records[i], reading, current.Ages);
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
    /// steady, Redis's may be set, or be another server's. What can't be dated doesn't count.
    /// </summary>
    private static DependencyKnowledge MergeRecord(
        int index,
        DependencyKnowledge current,
        string? stored,
        StoreReading reading,
        SnapshotAges ages
    )
    {
        if (stored is null || stored == current.Stored)
        {
            return current with { Stored = stored };
        }

        if (!TryRead(stored, reading.Now, out DependencyRecord? record, out long ageMs))
        {
            return current with { Stored = stored };
        }

        // Redis has just answered us: whoever couldn't reach it speaks for itself, as long as we know of a pass or Redis has taken our
        // write.
        bool isDisproved =
            index == ages.RedisIndex
            && IsFail(record!)
            && (
                reading.Lease is LeaseAnswer.Mine or LeaseAnswer.HeldByOther
                || (
                    reading.Lease == LeaseAnswer.NotAsked
                    && current.Record is { } known
                    && !IsFail(known)
                    && reading.SentAt - current.ObservedAt <= ages.Decision
                )
            );
        // Where no one can write, nobody renews what is stored: an old failure may be over, and on a clock that was set back before our
        // first look an old pass looks young. The check here tells. That Redis itself is down, this read has seen.
        bool isStuck = reading.Lease == LeaseAnswer.Denied && !(index == ages.RedisIndex && IsFail(record!));
        bool isDated = ageMs >= -ClockTolerance.TotalMilliseconds && reading.Now - ageMs >= reading.DatesFrom;
        long observedAt = reading.SentAt - (long)(Math.Max(0, ageMs) / 1000.0 * ages.TicksPerSecond);
        return isDisproved || isStuck || !isDated || (current.Record is not null && current.ObservedAt > observedAt)
            ? current with
            {
                Stored = stored,
            }
            : new(record, observedAt, stored);
    }

    /// <summary>
    /// Where a write found another value than it started from, the newer observation counts. There are two exceptions, while the stored one
    /// is recent: a stored failure counts against our pass whose check did not know of it, for it was observed since what that check
    /// started from; and a stored pass counts against our record that is still down although its last probe passed. A value of our own,
    /// whose write landed after we had given it up, is only to be replaced, and so is what can't be dated.
    /// </summary>
    /// <param name="startedFrom">When what the check started from was observed, on the monotonic clock; <see langword="null"/>: it started
    /// from nothing. A failure of before comes from a Redis that has lost what was written since.</param>
    /// <param name="observedAt">Of what is stored.</param>
    public static DependencyKnowledge ResolveConflict(
        DependencyKnowledge current,
        long? startedFrom,
        string stored,
        long? observedAt,
        long now,
        SnapshotAges ages
    ) =>
        observedAt is { } at
        && at - now <= ClockTolerance.TotalSeconds * ages.TicksPerSecond
        && now - at <= ages.Expiry
        && TimestampedValue.TrySplit(stored, out _, out ReadOnlySpan<char> body)
        && RecordCodec.TryRead(body, out DependencyRecord? record)
        && record.Source != current.Record?.Source
        && (
            at >= current.ObservedAt || (now - at <= ages.Decision && (IsFail(record) ? !(at < startedFrom) : IsRecovering(current.Record)))
        )
            ? new(record, Math.Min(at, now), stored)
            : current with
            {
                Stored = stored,
            };

    /// <summary>Down by what was known before; the last probe passed.</summary>
    private static bool IsRecovering(DependencyRecord? record) =>
        record?.State is { Status: DependencyStatus.Fail, ConsecutivePasses: > 0 };

    private static bool IsFail(DependencyRecord record) => record.State.Status == DependencyStatus.Fail;

    private static bool TryRead(string stored, long nowMs, out DependencyRecord? record, out long ageMs)
    {
        record = null;
        ageMs = 0;
        if (!TimestampedValue.TrySplit(stored, out long at, out ReadOnlySpan<char> body))
        {
            return false;
        }

        ageMs = nowMs - at;
        return RecordCodec.TryRead(body, out record);
    }

    /// <summary>An override that Redis no longer has was lost, not cleared: clearing leaves a note.</summary>
    private static OverrideKnowledge? MergeOverride(OverrideKnowledge? current, StoreReading reading, SnapshotAges ages)
    {
        OverrideKnowledge? remembered = current is not null && reading.SentAt < current.RememberedUntil ? current : null;
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
        // Somebody has put it back, with an end reckoned by Redis's clock.
        if (read is not null && remembered?.IsOfSameOccasion(read) == true)
        {
            return remembered with { Raw = stored };
        }

        // A Redis that came back with an older state must not undo what was said since, over or not; the next read puts that back.
        return read is null || (remembered is not null && read.SetStamp < remembered.SetStamp) ? remembered : read;
    }

    /// <returns><see langword="null"/> when it isn't a readable override, or lasts longer than one may.</returns>
    public static OverrideKnowledge? ReadOverride(string stored, long nowMs, long now, long ticksPerSecond)
    {
        if (
            !TimestampedValue.TrySplit(stored, out long endsAtMs, out ReadOnlySpan<char> body)
            || !OverrideCodec.TryRead(body, out GuardOverride? value, out string? clearedBy, out TimeSpan? lasts)
        )
        {
            return null;
        }

        long leftMs = endsAtMs - nowMs,
            setMs = OverrideCodec.SetStampOf(stored);
        if (setMs == 0 || setMs - nowMs > MaxSetAheadMs)
        {
            return null;
        }

        // When Redis's clock was set back since it was set, it lasts from here on no longer than it was to last then.
        if (lasts is { } most)
        {
            leftMs = Math.Min(leftMs, (long)most.TotalMilliseconds);
        }

        if (leftMs > GuardOverride.MaxDuration.TotalMilliseconds + MaxAheadMs)
        {
            return null;
        }

        long endsAt = now + (long)(leftMs / 1000.0 * ticksPerSecond);
        TimeSpan longer = GuardOverride.MaxDuration - (lasts ?? GuardOverride.MaxDuration);
        return new(value, endsAt, stored, clearedBy) { RememberedUntil = endsAt + (long)(longer.TotalSeconds * ticksPerSecond) };
    }
}
