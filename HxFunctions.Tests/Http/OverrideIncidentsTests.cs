using HxFunctions.Core.Http.Status;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Http;

/// <summary>What is shown of overrides, from what was recorded and what an instance knows. Times are in milliseconds.</summary>
public class OverrideIncidentsTests
{
    private const long Now = 1_000_000;

    [Fact]
    public void Override_ends_when_its_time_is_over() =>
        Assert.Equal([Shown("closed", null, 100_000, 160_000)], From(null, Set(100_000, "closed", 60)));

    [Fact]
    public void Override_that_is_cleared_ends_then_and_says_who_did_it() =>
        Assert.Equal([Shown("closed", "them", 100_000, 110_000)], From(null, Set(100_000, "closed", 60), Cleared(110_000)));

    [Fact]
    public void Override_that_is_replaced_ends_when_the_next_begins() =>
        Assert.Equal(
            [Shown("closed", null, 100_000, 110_000), Shown("open", null, 110_000, 170_000)],
            From(null, Set(100_000, "closed", 60), Set(110_000, "open", 60))
        );

    [Fact]
    public void Clearing_after_the_end_changes_nothing_and_clearing_nothing_is_no_incident() =>
        Assert.Equal(
            [Shown("closed", null, 100_000, 160_000)],
            From(null, Cleared(50_000), Set(100_000, "closed", 60), Cleared(170_000), Cleared(180_000))
        );

    [Fact]
    public void Override_whose_end_is_to_come_is_ongoing() =>
        Assert.Equal([Shown("open", null, 990_000, null)], From(null, Set(990_000, "open", 60)));

    [Fact]
    public void Override_that_was_over_before_the_window_is_left_out()
    {
        RecordedOverride[] all = [Set(100_000, "closed", 60), Set(300_000, "closed", 60)];
        Assert.Equal(
            [300_000, 100_000],
            Incident.InOrder(OverrideIncidents.From(all, null, Now, from: 160_000)).Select(i => i.Start!.Value)
        );
        Assert.Equal([300_000], OverrideIncidents.From(all, null, Now, from: 160_001).Select(i => i.Start!.Value));
    }

    /// <summary>Without a list, as without Redis, and when Redis lost it.</summary>
    [Fact]
    public void Override_that_only_this_instance_knows_is_shown()
    {
        Assert.Equal([Shown("closed", null, 990_000, null)], From(Known(990_000, endsIn: 5)));
        Assert.Equal([Shown("closed", null, 990_000, 999_000)], From(Known(990_000, endsIn: -1)));
        GuardOverride alone = new(true, "why", "who", DateTimeOffset.FromUnixTimeMilliseconds(980_000));
        Assert.Equal([Shown("closed", null, 980_000, null)], From(Recorded(new(alone, 0, ""), 5)));
    }

    /// <summary>Redis's clock was set since, or a lost override was put back: it is in effect for as long as it is in effect.</summary>
    [Fact]
    public void End_that_this_instance_knows_counts_before_the_one_that_was_planned()
    {
        Assert.Equal([Shown("closed", null, 100_000, null)], From(Known(100_000, endsIn: 5), Set(100_000, "closed", 60)));
        Assert.Equal([Shown("closed", null, 990_000, 999_000)], From(Known(990_000, endsIn: -1), Set(990_000, "closed", 60)));
    }

    [Fact]
    public void Clearing_that_only_this_instance_knows_ends_the_override()
    {
        OverrideKnowledge note = new(null, 0, "1 {\"set\":995000,\"v\":1}", "them");
        Assert.Equal([Shown("closed", "them", 990_000, 995_000)], From(Recorded(note, 5), Set(990_000, "closed", 60)));
        Assert.Empty(From(Recorded(note, 5)));
    }

    /// <summary>Of what is set after Redis's clock was set back, the stamp is ahead of the clock, so that it counts as later.</summary>
    [Fact]
    public void Override_whose_stamp_is_ahead_begins_when_it_was_recorded()
    {
        RecordedOverride ahead = Set(980_000, "closed", 60) with { Set = 5_000_000 };
        Assert.Equal([Shown("closed", null, 980_000, null)], From(null, ahead));
        Assert.Equal([Shown("closed", null, 980_000, null)], From(Known(5_000_000, endsIn: 5), ahead));
        Assert.Equal([Shown("closed", null, 980_000, 999_000)], From(Known(5_000_000, endsIn: -1), ahead));

        RecordedOverride clearing = Cleared(990_000) with { Set = 5_000_001 };
        OverrideKnowledge note = new(null, 0, "1 {\"set\":5000001,\"v\":1}", "them");
        Assert.Equal([Shown("closed", "them", 980_000, 990_000)], From(null, ahead, clearing));
        Assert.Equal([Shown("closed", "them", 980_000, 990_000)], From(Recorded(note, 5), ahead, clearing));
        Assert.Equal([Shown("closed", "them", 980_000, Now)], From(Recorded(note, 5), ahead));
    }

    /// <summary>Without a list, when the setter says.</summary>
    [Fact]
    public void Override_whose_stamp_is_ahead_begins_when_it_says_it_was_set_if_nothing_was_recorded()
    {
        GuardOverride value = new(true, "why", "who", DateTimeOffset.FromUnixTimeMilliseconds(980_000));
        OverrideKnowledge known = new(value, 0, "1 {\"set\":5000000,\"v\":1}");
        Assert.Equal([Shown("closed", null, 980_000, null)], From(Recorded(known, 5)));
    }

    /// <summary>Redis's clock was set back after the first was set.</summary>
    [Fact]
    public void Override_that_was_set_later_ends_the_one_before_whatever_the_clock_said() =>
        Assert.Equal(
            [Shown("closed", null, 900_000, 900_000), Shown("open", null, 850_000, 910_000)],
            From(null, Set(900_000, "closed", 60), Set(850_000, "open", 60) with { Set = 900_001 })
        );

    /// <summary>Whoever can write to Redis can write any number there.</summary>
    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("10000000000000")]
    [InlineData("0")]
    public void Moment_that_can_be_none_is_replaced_by_when_the_override_says_it_was_set(string stamp)
    {
        GuardOverride value = new(true, "why", "who", DateTimeOffset.FromUnixTimeMilliseconds(980_000));
        OverrideKnowledge known = new(value, 0, $"1 {{\"set\":{stamp},\"v\":1}}");
        Assert.Equal([Shown("closed", null, 980_000, null)], From(Recorded(known, 5)));
    }

    [Fact]
    public void Nothing_known_is_nothing_recorded() => Assert.Null(OverrideIncidents.Recorded(null, TimeSpan.Zero, Now));

    private static IEnumerable<OverrideIncident> From(RecordedOverride? known, params RecordedOverride[] recorded) =>
        OverrideIncidents.From([.. recorded.Reverse()], known, Now, 0);

    private static RecordedOverride Set(long at, string verdict, int seconds) =>
        new(at, verdict, "why", "who", TimeSpan.FromSeconds(seconds));

    private static RecordedOverride Cleared(long at) => new(at, "cleared", "", "them", TimeSpan.Zero);

    private static RecordedOverride? Known(long stamp, int endsIn) =>
        Recorded(new(new(true, "why", "who", DateTimeOffset.UnixEpoch), 0, $"1 {{\"set\":{stamp},\"v\":1}}"), endsIn);

    private static RecordedOverride? Recorded(OverrideKnowledge known, int endsIn) =>
        OverrideIncidents.Recorded(known, TimeSpan.FromSeconds(endsIn), Now);

    private static OverrideIncident Shown(string verdict, string? clearedBy, long start, long? end) =>
        new(verdict, "why", "who", clearedBy, start, end);
}
