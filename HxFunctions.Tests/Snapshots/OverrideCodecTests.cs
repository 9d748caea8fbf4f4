using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Snapshots;

public class OverrideCodecTests
{
    private const string Good = """{"v":1,"verdict":"closed","reason":"maintenance","by":"ops","setAt":"2026-11-01T12:00:00+00:00"}""";

    [Theory]
    [InlineData(true, "closed")]
    [InlineData(false, "open")]
    public void Override_written_and_read_is_the_same(bool closed, string verdict)
    {
        GuardOverride value = new(closed, "maintenance", "ops", new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero));

        Assert.Equal(Good.Replace("closed", verdict, StringComparison.Ordinal), OverrideCodec.Write(value));
        Assert.True(OverrideCodec.TryRead(OverrideCodec.Write(value), out GuardOverride? read, out string? clearedBy));
        Assert.Null(clearedBy);
        Assert.Equal(value, read);
    }

    [Fact]
    public void Note_that_it_was_cleared_is_readable_and_holds_only_who_cleared_it()
    {
        string note = OverrideCodec.Cleared("ops", new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero));

        Assert.Equal("""{"v":1,"verdict":"cleared","reason":"","by":"ops","setAt":"2026-11-01T12:00:00+00:00"}""", note);
        Assert.True(OverrideCodec.TryRead(note, out GuardOverride? read, out string? clearedBy));
        Assert.Null(read);
        Assert.Equal("ops", clearedBy);
    }

    [Theory]
    [InlineData("\"reason\":\"maintenance\"", 200, true)]
    [InlineData("\"reason\":\"maintenance\"", 201, false)]
    [InlineData("\"by\":\"ops\"", 100, true)]
    [InlineData("\"by\":\"ops\"", 101, false)]
    public void Words_are_bounded(string member, int length, bool readable)
    {
        string longer = member[..(member.IndexOf(':', StringComparison.Ordinal) + 1)] + '"' + new string('x', length) + '"';

        Assert.Equal(
            readable,
            OverrideCodec.TryRead(Good.Replace(member, longer, StringComparison.Ordinal), out GuardOverride? read, out _)
        );
        Assert.Equal(readable, read is not null);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("\"v\":1", "\"v\":2")]
    [InlineData("\"v\":1,", "")]
    [InlineData("\"closed\"", "\"ajar\"")]
    [InlineData("\"closed\"", "null")]
    [InlineData("\"maintenance\"", "null")]
    [InlineData("\"ops\"", "null")]
    [InlineData("\"ops\"", "7")]
    [InlineData("\"2026-11-01T12:00:00+00:00\"", "\"yesterday\"")]
    public void Anything_else_is_unreadable(string from, string? to = null)
    {
        string text = to is null ? from : Good.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(Good, text);
        Assert.False(OverrideCodec.TryRead(text, out GuardOverride? read, out string? clearedBy));
        Assert.Null(read);
        Assert.Null(clearedBy);
    }

    /// <summary>The script puts its members in front of the body; whoever has sent it must find it again.</summary>
    [Theory]
    [InlineData("maintenance", true)]
    [InlineData("something else", false)]
    public void Stored_value_is_of_the_body_that_was_sent(string reason, bool same)
    {
        string stored = string.Concat("1800000060000 {\"set\":1800000000000,\"lasts\":60000,", Good.AsSpan(1));
        Assert.Equal(same, OverrideCodec.IsOf(stored, Good.Replace("maintenance", reason, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("\"lasts\":60000,", 60_000L)]
    [InlineData("\"lasts\":0,", 0L)]
    [InlineData("\"lasts\":86400000,", 86_400_000L)]
    [InlineData("\"lasts\":86400001,", null)]
    [InlineData("\"lasts\":-1,", null)]
    [InlineData("", null)]
    public void How_long_it_was_set_for_is_read_if_one_may_last_so_long(string member, long? milliseconds)
    {
        Assert.True(OverrideCodec.TryRead("{" + member + Good[1..], out GuardOverride? read, out _, out TimeSpan? lasts));
        Assert.NotNull(read);
        Assert.Equal(milliseconds, (long?)lasts?.TotalMilliseconds);
    }

    /// <summary>White space is no part of the value: only the length tells.</summary>
    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void Text_longer_than_any_override_is_not_looked_at(int more, bool readable) =>
        Assert.Equal(readable, OverrideCodec.TryRead(Good.PadRight(RecordCodec.MaxLength + more), out _, out _));

    [Theory]
    [InlineData("1800000000000 {\"set\":1799999999000,\"v\":1}", 1_799_999_999_000)]
    [InlineData("1800000000000 {\"set\":7,\"v\":1}", 7)]
    [InlineData("1800000000000 {\"set\":123456789012345,\"v\":1}", 123_456_789_012_345)]
    [InlineData("1800000000000 {\"set\":1234567890123456,\"v\":1}", 0)]
    [InlineData("1800000000000 {\"set\":123456789012345678,\"v\":1}", 0)]
    [InlineData("1800000000000 {\"set\":0000000000000007,\"v\":1}", 0)]
    [InlineData("1800000000000 {\"v\":1,\"set\":7}", 0)]
    [InlineData("1800000000000 {\"set\":,\"v\":1}", 0)]
    [InlineData("1800000000000 {\"set\":7}", 0)]
    [InlineData("1800000000000 {\"set\":-7,\"v\":1}", 0)]
    [InlineData("1800000000000 {\"set\":7x,\"v\":1}", 0)]
    [InlineData("1800000000000 {\"SET\":7,\"v\":1}", 0)]
    [InlineData("{\"set\":7,\"v\":1}", 0)]
    [InlineData("", 0)]
    public void Moment_at_which_it_was_set_is_what_the_script_wrote_in_front(string stored, long expected)
    {
        Assert.Equal(expected, OverrideCodec.SetStampOf(stored));
        Assert.Equal(expected, new OverrideKnowledge(null, 0, stored).SetStamp);
    }
}
