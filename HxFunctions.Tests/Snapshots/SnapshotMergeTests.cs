using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Snapshots;

/// <summary>One tick of the monotonic clock is a millisecond here; Redis's clock reads <see cref="RedisNow"/> when the monotonic one reads
/// 0.</summary>
public class SnapshotMergeTests
{
    private const long RedisNow = 1_800_000_000_000;
    private static readonly SnapshotAges Ages = new(7_000, 13_000, 65_000, 1, 1_000);

    [Fact]
    public void Stored_record_is_taken_with_its_age()
    {
        HealthSnapshot merged = SnapshotMerge.Merge(Nothing(), Reading(now: 0, record: Stored(-3_000, "fail")));
        Assert.Equal(DependencyStatus.Fail, merged.StatusAt(0, 0));
        Assert.Equal(-3_000, merged.Dependencies[0].ObservedAt);
        Assert.Equal(StoreCondition.Usable, merged.Store);
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("1800000000000")]
    [InlineData("1800000000000 {}")]
    [InlineData("x {\"v\":1}")]
    [InlineData("")]
    public void Unreadable_value_is_unknown_and_remembered_for_replacement(string stored)
    {
        HealthSnapshot merged = SnapshotMerge.Merge(Nothing(), Reading(0, stored));
        Assert.Equal(DependencyStatus.Unknown, merged.StatusAt(0, 0));
        Assert.Equal(stored, merged.Dependencies[0].Stored);
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("1800000000000 {}")]
    [InlineData("")]
    public void Unreadable_value_takes_nothing_from_what_is_known(string stored)
    {
        DependencyKnowledge known = new(Record("pass"), 500, "as it was");
        HealthSnapshot merged = SnapshotMerge.Merge(Nothing().With(0, known), Reading(1_000, stored));
        Assert.Equal(known with { Stored = stored }, merged.Dependencies[0]);
    }

    [Theory]
    [InlineData(-65_000, DependencyStatus.Pass)]
    [InlineData(-65_001, DependencyStatus.Unknown)]
    public void Record_that_has_expired_is_unknown(long stampOffset, DependencyStatus expected)
    {
        HealthSnapshot merged = SnapshotMerge.Merge(Nothing(), Reading(0, Stored(stampOffset, "pass")));
        Assert.Equal(expected, merged.StatusAt(0, 0));
    }

    /// <summary>A record whose stamp lies ahead, or is of before the clock was set, can't be dated, and doesn't count.</summary>
    /// <param name="datesFrom">When the clock was set, from now.</param>
    /// <param name="observedAt"><see langword="null"/>: it doesn't count.</param>
    [Theory]
    [InlineData(0, -60_000, 0L)]
    [InlineData(100, -60_000, 0L)]
    [InlineData(101, -60_000, null)]
    [InlineData(20_000, -60_000, null)]
    [InlineData(-3_000, -3_000, -3_000L)]
    [InlineData(-3_000, -2_999, null)]
    public void Stamp_ahead_or_of_before_the_clock_was_set_dates_nothing(long stampOffset, long datesFrom, long? observedAt)
    {
        string stored = Stored(stampOffset, "pass");
        StoreReading reading = Reading(0, stored) with { DatesFrom = RedisNow + datesFrom };
        HealthSnapshot merged = SnapshotMerge.Merge(Nothing(), reading);
        Assert.Equal(stored, merged.Dependencies[0].Stored);
        Assert.Equal(observedAt, merged.Dependencies[0].Record is null ? null : merged.Dependencies[0].ObservedAt);

        DependencyKnowledge known = new(Record("fail"), -60_000, "as it was");
        HealthSnapshot kept = SnapshotMerge.Merge(Nothing().With(0, known), reading);
        Assert.Equal(observedAt is null ? DependencyStatus.Fail : DependencyStatus.Pass, kept.StatusAt(0, 0));
    }

    /// <summary>The read has just written to Redis: that another can't reach it says nothing of here.</summary>
    [Theory]
    [InlineData("fail", LeaseAnswer.NotAsked, false)] // a pass is known, and recent
    [InlineData("fail", LeaseAnswer.NotAsked, true, -7_001)]
    [InlineData("fail", LeaseAnswer.Denied, true)]
    [InlineData("fail", LeaseAnswer.Mine, false)]
    [InlineData("fail", LeaseAnswer.HeldByOther, false)]
    [InlineData("pass", LeaseAnswer.Mine, true)]
    [InlineData("warn", LeaseAnswer.HeldByOther, true)]
    internal void Redis_being_down_for_another_is_not_believed_where_it_has_just_taken_a_write(
        string status,
        LeaseAnswer lease,
        bool believed,
        long knownAt = -5_000
    )
    {
        DependencyKnowledge known = new(Record("pass"), knownAt, "as it was");
        string stored = Stored(-1_000, status);
        StoreReading reading = Reading(0, stored) with { Lease = lease, Records = [stored, stored] };
        HealthSnapshot merged = SnapshotMerge.Merge(Nothing().With(0, known).With(1, known), reading);
        Assert.Equal(believed ? new(Record(status), -1_000, stored) : known with { Stored = stored }, merged.Dependencies[1]);
        bool isOthersBelieved = lease != LeaseAnswer.Denied;
        Assert.Equal(isOthersBelieved ? new(Record(status), -1_000, stored) : known with { Stored = stored }, merged.Dependencies[0]);
    }

    /// <summary>Nobody renews it, and a clock that was set back before makes it look young. That Redis is down, the read has
    /// seen.</summary>
    /// <param name="ofRedis">Whether Redis's own record is believed.</param>
    [Theory]
    [InlineData("pass", LeaseAnswer.Denied, false, false)]
    [InlineData("warn", LeaseAnswer.Denied, false, false)]
    [InlineData("fail", LeaseAnswer.Denied, false, true)]
    [InlineData("pass", LeaseAnswer.NotAsked, true, true)]
    internal void Record_in_a_Redis_that_refuses_writes_is_not_believed(string status, LeaseAnswer lease, bool believed, bool ofRedis)
    {
        string stored = Stored(-1_000, status);
        StoreReading reading = Reading(0, stored) with { Lease = lease, Records = [stored, stored] };
        HealthSnapshot merged = SnapshotMerge.Merge(Nothing(), reading);
        DependencyKnowledge read = new(Record(status), -1_000, stored),
            nothing = new(null, 0, stored);
        Assert.Equal(believed ? read : nothing, merged.Dependencies[0]);
        Assert.Equal(ofRedis ? read : nothing, merged.Dependencies[1]);

        // Nor once Redis takes writes again: the next check replaces it.
        HealthSnapshot later = SnapshotMerge.Merge(merged, reading with { SentAt = 500, Now = RedisNow + 500, Lease = LeaseAnswer.Mine });
        Assert.Equal<DependencyKnowledge>([.. merged.Dependencies], [.. later.Dependencies]);
    }

    [Fact]
    public void Value_read_before_keeps_its_age_when_the_clock_of_Redis_jumps()
    {
        HealthSnapshot first = SnapshotMerge.Merge(Nothing(), Reading(0, Stored(0, "pass")));
        StoreReading jumped = Reading(1_000, Stored(0, "pass")) with { Now = RedisNow + 3_600_000 };
        HealthSnapshot second = SnapshotMerge.Merge(first, jumped);
        Assert.Equal(0, second.Dependencies[0].ObservedAt);
        Assert.Equal(DependencyStatus.Pass, second.DecisiveAt(0, 1_000));
    }

    [Fact]
    public void Newer_observation_counts_wherever_it_is_kept()
    {
        DependencyKnowledge local = new(Record("fail"), 5_000, null);
        HealthSnapshot current = Nothing().With(0, local);
        HealthSnapshot older = SnapshotMerge.Merge(current, Reading(6_000, Stored(2_000, "pass")));
        Assert.Equal(DependencyStatus.Fail, older.StatusAt(0, 6_000));
        foreach (long at in new[] { 5_000, 5_500 })
        {
            HealthSnapshot newer = SnapshotMerge.Merge(current, Reading(6_000, Stored(at, "pass")));
            Assert.Equal(DependencyStatus.Pass, newer.StatusAt(0, 6_000));
        }
    }

    [Fact]
    public void Empty_Redis_leaves_what_is_remembered_until_it_is_too_old()
    {
        HealthSnapshot current = Nothing().With(0, new(Record("pass"), 0, Stored(0, "pass")));
        HealthSnapshot merged = SnapshotMerge.Merge(current, Reading(3_000, null));
        Assert.Null(merged.Dependencies[0].Stored);
        Assert.Equal(DependencyStatus.Pass, merged.DecisiveAt(0, 7_000));
        Assert.Equal(DependencyStatus.Unknown, merged.DecisiveAt(0, 7_001));
    }

    [Theory]
    [InlineData("pass", 7_001, false, DependencyStatus.Unknown)]
    [InlineData("warn", 7_001, false, DependencyStatus.Unknown)]
    [InlineData("fail", 7_001, false, DependencyStatus.Fail)]
    [InlineData("fail", 65_001, false, DependencyStatus.Unknown)]
    [InlineData("pass", 13_000, true, DependencyStatus.Pass)]
    [InlineData("pass", 13_001, true, DependencyStatus.Unknown)]
    public void Decision_goes_by_recent_passes_and_by_fails_until_they_expire(
        string status,
        long age,
        bool alone,
        DependencyStatus expected
    )
    {
        HealthSnapshot snapshot = Nothing().With(0, new(Record(status), 0, null)) with
        {
            Store = alone ? StoreCondition.Unusable : StoreCondition.Usable,
        };
        Assert.Equal(expected, snapshot.DecisiveAt(0, age));
    }

    [Fact]
    public void Alone_the_record_of_Redis_itself_must_be_as_recent_as_ever()
    {
        HealthSnapshot snapshot = Nothing().With(1, new(Record("pass"), 0, null)) with { Store = StoreCondition.Unusable };
        Assert.Equal(DependencyStatus.Unknown, snapshot.DecisiveAt(1, 7_001));
    }

    [Fact]
    public void Refused_lease_means_that_Redis_can_not_be_used() =>
        Assert.Equal(StoreCondition.Unusable, SnapshotMerge.Merge(Nothing(), Reading(0, null) with { Lease = LeaseAnswer.Denied }).Store);

    [Fact]
    public void Override_that_Redis_lost_is_remembered_until_it_ends_and_one_that_was_cleared_is_not()
    {
        HealthSnapshot set = SnapshotMerge.Merge(Nothing(), Reading(0, null) with { Override = Override("maintenance", 100) });
        Assert.Equal("maintenance", set.OverrideAt(59_999)?.Reason);
        Assert.Null(set.OverrideAt(60_000));

        Assert.NotNull(SnapshotMerge.Merge(set, Reading(1_000, null)).OverrideAt(1_000));
        Assert.Null(SnapshotMerge.Merge(set, Reading(60_000, null)).Override);
        Assert.NotNull(SnapshotMerge.Merge(set, Reading(1_000, null) with { Override = "garbage" }).OverrideAt(1_000));

        string cleared = $"{RedisNow + 80_000_000} {{\"set\":200,{OverrideCodec.Cleared("ops", DateTimeOffset.UnixEpoch)[1..]}";
        Assert.Null(SnapshotMerge.Merge(set, Reading(1_000, null) with { Override = cleared }).OverrideAt(1_000));
    }

    /// <summary>Who puts it back reckons its end by Redis's clock, which may be another server's.</summary>
    [Theory]
    [InlineData(15_000)]
    [InlineData(105_000)]
    public void Override_that_was_put_back_ends_when_it_would_have(long left)
    {
        HealthSnapshot set = SnapshotMerge.Merge(Nothing(), Reading(0, null) with { Override = Override("maintenance", 100) });
        string putBack = Override("maintenance", 100, left: left);

        HealthSnapshot merged = SnapshotMerge.Merge(set, Reading(1_000, null) with { Override = putBack });

        Assert.Equal((60_000, putBack), (merged.Override!.EndsAt, merged.Override.Raw));
        // One that was set since is another.
        string another = Override("maintenance", 101, left: left);
        Assert.Equal(1_000 + left - 1_000, SnapshotMerge.Merge(merged, Reading(1_000, null) with { Override = another }).Override!.EndsAt);
    }

    /// <summary>A day, and the 30 s that clocks may differ by.</summary>
    [Theory]
    [InlineData(86_400_000, true)]
    [InlineData(86_430_000, true)]
    [InlineData(86_430_001, false)]
    public void Override_longer_than_one_may_last_is_not_believed(long lasts, bool believed)
    {
        string stored = Override("for ever", RedisNow, left: lasts);
        OverrideKnowledge? read = SnapshotMerge.Merge(Nothing(), Reading(0, null) with { Override = stored }).Override;
        Assert.Equal(believed ? lasts : null, read?.EndsAt);
    }

    /// <param name="lasts">What it was set for, as the script notes it; nobody sets one for more than a day.</param>
    /// <param name="left">What is left by the stamps.</param>
    [Theory]
    [InlineData(60_000, 60_000, 60_000)]
    [InlineData(60_000, 59_000, 59_000)]
    [InlineData(60_000, 10_800_000, 60_000)]
    [InlineData(86_400_000, 97_200_000, 86_400_000)]
    [InlineData(0, 60_000, 0)]
    [InlineData(-1, 60_000, 60_000)]
    [InlineData(86_400_001, 86_410_000, 86_410_000)]
    public void Override_lasts_no_longer_from_when_it_is_read_than_it_was_set_for(long lasts, long left, long endsAt)
    {
        string stored = Override("why", RedisNow, lasts, left);
        OverrideKnowledge? read = SnapshotMerge.Merge(Nothing(), Reading(0, null) with { Override = stored }).Override;
        Assert.Equal(endsAt, read?.EndsAt);
    }

    /// <summary>No clock is ahead by more than a year: what says so is nobody's, and takes nothing from what is remembered.</summary>
    [Theory]
    [InlineData("1800000000000", true)]
    [InlineData("1831622400000", true)]
    [InlineData("1831622400001", false)]
    [InlineData("1800000000000000", false)]
    [InlineData("180000000000000000", false)]
    [InlineData("0", false)]
    [InlineData("", false)]
    public void Override_that_was_set_at_no_possible_moment_is_unreadable(string set, bool readable)
    {
        string body = OverrideCodec.Write(new(false, "planted", "x", DateTimeOffset.UnixEpoch));
        string stored = $"{RedisNow + 60_000} {(set.Length == 0 ? body : $"{{\"set\":{set},{body[1..]}")}";
        StoreReading reading = Reading(0, null) with { Override = stored };
        Assert.Equal(readable ? stored : null, SnapshotMerge.Merge(Nothing(), reading).Override?.Raw);
        HealthSnapshot remembering = SnapshotMerge.Merge(Nothing(), reading with { Override = Override("ours", RedisNow - 1) });
        Assert.Equal(readable ? "planted" : "ours", SnapshotMerge.Merge(remembering, reading).OverrideAt(0)?.Reason);
    }

    /// <summary>The clock of Redis is set back by three hours while an override of a minute is in effect: Redis keeps it for as much
    /// longer.</summary>
    [Fact]
    public void Override_ends_when_it_was_to_end_when_the_clock_of_Redis_is_set_back()
    {
        StoreReading Back(long now) =>
            Reading(now, null) with
            {
                Now = RedisNow + now - 10_800_000,
                Override = Override("a minute", RedisNow, lasts: 60_000),
            };
        HealthSnapshot set = SnapshotMerge.Merge(
            Nothing(),
            Reading(0, null) with
            {
                Override = Override("a minute", RedisNow, lasts: 60_000),
            }
        );
        HealthSnapshot merged = SnapshotMerge.Merge(set, Back(30_000));
        Assert.NotNull(merged.OverrideAt(59_999));
        for (long now = 60_001; now < 70_000; now += 2_000)
        {
            merged = SnapshotMerge.Merge(merged, Back(now));
            Assert.Null(merged.OverrideAt(now));
        }

        // Who reads it only now can't know how much of the minute is over.
        HealthSnapshot late = SnapshotMerge.Merge(Nothing(), Back(30_000));
        Assert.NotNull(late.OverrideAt(30_001));
        Assert.Null(late.OverrideAt(90_000));
    }

    [Fact]
    public void Conflicting_write_yields_to_a_readable_record_and_only_to_one()
    {
        DependencyKnowledge ours = new(Record("pass") with { Source = "us" }, 1_000, "old");
        Assert.Equal(
            DependencyStatus.Fail,
            SnapshotMerge.ResolveConflict(ours, null, Stored(900, "fail"), 900, 1_100, Ages).Record!.State.Status
        );
        Assert.Equal(ours with { Stored = "garbage" }, SnapshotMerge.ResolveConflict(ours, null, "garbage", null, 1_100, Ages));
    }

    /// <summary>By the monotonic clock: no more ahead than two clocks may differ, for which it counts as of now, and not expired. Without
    /// a date it is only to be replaced.</summary>
    [Theory]
    [InlineData(1_000L, true)]
    [InlineData(1_200L, true)]
    [InlineData(1_201L, false)]
    [InlineData(-63_900L, true)]
    [InlineData(-63_901L, false)]
    [InlineData(null, false)]
    public void Conflicting_write_yields_to_a_record_of_a_plausible_age(long? at, bool yields)
    {
        DependencyKnowledge ours = new(Record("pass") with { Source = "us" }, -70_000, "old");
        DependencyKnowledge kept = SnapshotMerge.ResolveConflict(ours, null, Stored(0, "fail"), at, 1_100, Ages);
        Assert.Equal(
            yields ? new(Record("fail"), Math.Min(at!.Value, 1_100), Stored(0, "fail")) : ours with { Stored = Stored(0, "fail") },
            kept
        );
    }

    [Fact]
    public void Conflict_with_an_own_write_that_landed_late_keeps_the_newer_observation()
    {
        DependencyKnowledge newer = new(Record("fail"), 1_000, "old");
        DependencyKnowledge kept = SnapshotMerge.ResolveConflict(newer, null, Stored(900, "pass"), 900, 1_100, Ages);
        Assert.Equal(newer with { Stored = Stored(900, "pass") }, kept);
    }

    /// <summary>Ours is of 1,000; it is 1,100 now, and what is older than -5,900 isn't recent.</summary>
    /// <param name="passes">How many probes have passed here since.</param>
    [Theory]
    [InlineData("pass", 5, "pass", 999, false)]
    [InlineData("pass", 5, "warn", 999, false)]
    [InlineData("pass", 5, "warn", 1_000, true)]
    [InlineData("pass", 5, "fail", 999, true)]
    [InlineData("warn", 5, "fail", 999, true)]
    [InlineData("pass", 5, "fail", -5_900, true)]
    [InlineData("pass", 5, "fail", -5_901, false)]
    [InlineData("fail", 0, "pass", 999, false)]
    [InlineData("fail", 0, "warn", 999, false)]
    [InlineData("fail", 0, "pass", 1_000, true)]
    [InlineData("fail", 1, "pass", 999, true)]
    [InlineData("fail", 1, "warn", 999, true)]
    [InlineData("fail", 1, "pass", -5_900, true)]
    [InlineData("fail", 1, "pass", -5_901, false)]
    public void Conflict_goes_to_the_newer_observation_but_to_a_recent_failure_of_another_and_to_a_pass_that_confirms_ours(
        string ours,
        int passes,
        string stored,
        long storedAt,
        bool yields
    )
    {
        DependencyRecord record = Record(ours);
        DependencyKnowledge current = new(
            record with
            {
                Source = "us",
                State = record.State with { ConsecutivePasses = passes },
            },
            1_000,
            "old"
        );
        string expected = yields ? stored : ours;
        DependencyKnowledge next = SnapshotMerge.ResolveConflict(current, null, Stored(storedAt, stored), storedAt, 1_100, Ages);
        Assert.Equal(DependencyStatusNames.FromWire(expected), next.Record!.State.Status);
        Assert.Equal(Stored(storedAt, stored), next.Stored);
    }

    /// <summary>A failure that is older than what the check started from was overcome, and comes from a Redis that has lost that.</summary>
    /// <param name="startedFrom">When that was observed; the stored failure is of 900, ours of 1,000.</param>
    [Theory]
    [InlineData("pass", null, true)]
    [InlineData("pass", 899L, true)]
    [InlineData("pass", 900L, true)]
    [InlineData("pass", 901L, false)]
    [InlineData("fail", 901L, false)]
    public void Conflict_goes_to_a_failure_of_another_that_the_check_did_not_know_of(string ours, long? startedFrom, bool yields)
    {
        DependencyKnowledge current = new(Record(ours) with { Source = "us" }, 1_000, "old");
        DependencyKnowledge next = SnapshotMerge.ResolveConflict(current, startedFrom, Stored(900, "fail"), 900, 1_100, Ages);
        Assert.Equal(yields ? new(Record("fail"), 900, Stored(900, "fail")) : current with { Stored = Stored(900, "fail") }, next);
    }

    [Theory]
    [InlineData(100, 200, "newer")]
    [InlineData(200, 100, "older")]
    [InlineData(100, 100, "newer")]
    public void Of_two_overrides_the_one_that_was_set_later_counts(long remembered, long stored, string expected)
    {
        HealthSnapshot current = SnapshotMerge.Merge(Nothing(), Reading(0, null) with { Override = Override("older", remembered) });
        HealthSnapshot merged = SnapshotMerge.Merge(current, Reading(1_000, null) with { Override = Override("newer", stored) });
        Assert.Equal(expected, merged.OverrideAt(1_000)?.Reason);
    }

    /// <summary>One of a minute has replaced one of a day, with which Redis comes back. It is remembered for a day after it was set: by
    /// then every other one is over.</summary>
    [Theory]
    [InlineData(59_999, "a minute")]
    [InlineData(60_000, null)]
    [InlineData(86_399_999, null)]
    [InlineData(86_400_000, "a day")]
    public void Longer_override_does_not_return_when_the_short_one_that_replaced_it_is_over(long now, string? expected)
    {
        StoreReading minute = Reading(0, null) with { Override = Override("a minute", 200, lasts: 60_000) };
        string day = Override("a day", 100, lasts: 86_400_000, left: now + 86_400_000);
        HealthSnapshot known = SnapshotMerge.Merge(Nothing(), minute);

        Assert.Equal(expected, SnapshotMerge.Merge(known, Reading(now, null) with { Override = day }).OverrideAt(now)?.Reason);

        // Also where Redis has lost all in between.
        HealthSnapshot lost = SnapshotMerge.Merge(known, Reading(now, null));
        Assert.Equal(expected, SnapshotMerge.Merge(lost, Reading(now, null) with { Override = day }).OverrideAt(now)?.Reason);
    }

    [Fact]
    public void Older_override_does_not_undo_a_note_that_it_was_cleared()
    {
        string note = $"{RedisNow + 80_000_000} {{\"set\":200,{OverrideCodec.Cleared("ops", DateTimeOffset.UnixEpoch)[1..]}";
        HealthSnapshot cleared = SnapshotMerge.Merge(Nothing(), Reading(0, null) with { Override = note });
        HealthSnapshot merged = SnapshotMerge.Merge(cleared, Reading(1_000, null) with { Override = Override("open it", 100) });
        Assert.Null(merged.OverrideAt(1_000));
        Assert.Equal(200, merged.Override?.SetStamp);
    }

    /// <param name="lasts">As the script notes it; a version of before didn't.</param>
    /// <param name="left">From when Redis's clock reads <see cref="RedisNow"/>.</param>
    private static string Override(string reason, long set, long? lasts = null, long left = 60_000)
    {
        string body = OverrideCodec.Write(new(false, reason, "ops", DateTimeOffset.UnixEpoch))[1..];
        return $"{RedisNow + left} {{\"set\":{set},{(lasts is null ? "" : $"\"lasts\":{lasts},")}{body}";
    }

    private static HealthSnapshot Nothing() =>
        new([DependencyKnowledge.Nothing, DependencyKnowledge.Nothing], null, StoreCondition.Untried, Ages);

    private static StoreReading Reading(long now, string? record) =>
        new(now, RedisNow + now, LeaseAnswer.NotAsked, false, null, [record, null]);

    private static string Stored(long offset, string status) => $"{RedisNow + offset} {RecordCodec.Write(Record(status))}";

    private static DependencyRecord Record(string status) =>
        new(
            new DependencyState(
                DependencyStatusNames.FromWire(status)!.Value,
                status == "pass" ? Reasons.Ok : Reasons.ReadOnly,
                DateTimeOffset.UnixEpoch,
                0,
                0
            ),
            TimeSpan.Zero,
            DateTimeOffset.UnixEpoch,
            1,
            "test"
        );
}
