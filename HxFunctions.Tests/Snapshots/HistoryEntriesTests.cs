using System.Text;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Snapshots;

/// <summary>What is shown of a history that anyone may have written to.</summary>
public class HistoryEntriesTests
{
    private const string RecordedTransition = """{"at":1800000000000,"dependency":"redis","from":"pass","to":"fail","reason":"misconf"}""";

    [Theory]
    [InlineData("[1800000000000,\"pass\",\"ok\",1.5]")]
    [InlineData("[1,\"warn\",\"read_only\",0]")]
    [InlineData("[9999999999999,\"fail\",\"timeout\",86399999.99]")]
    public void Plausible_check_is_read_as_it_was_written(string entry) =>
        Assert.Equal(entry, HistoryEntries.ReadCheck(Encoding.UTF8.GetBytes(entry))?.Write());

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("[1e99,\"pass\",\"ok\",1]")]
    [InlineData("[1800000000000,\"unknown\",\"ok\",1]")]
    [InlineData("[1800000000000,\"pass\",\"ok\",-1]")]
    [InlineData("[0,\"pass\",\"ok\",1]")]
    [InlineData("[10000000000000,\"pass\",\"ok\",1]")]
    [InlineData("[1800000000000,\"pass\",\"ok\",86400000]")]
    [InlineData("[1800000000000,\"pass\",\"ok\",\"1\"]")]
    [InlineData("[1800000000000,\"pass\",\"ok\",1e999]")]
    [InlineData("[\"1800000000000\",\"pass\",\"ok\",1]")]
    [InlineData("[1800000000000,3,\"ok\",1]")]
    [InlineData("[1800000000000,\"green\",\"ok\",1]")]
    [InlineData("[1800000000000,\"pass\",7,1]")]
    [InlineData("[1800000000000,\"pass\",\"ok\",")]
    [InlineData("[1800000000000,\"pass\",\"ok\"")]
    [InlineData("[1800000000000,\"pass\"")]
    [InlineData("[1800000000000")]
    [InlineData("[")]
    [InlineData("\"1800000000000\"")]
    public void Anything_else_is_no_check(string entry) => Assert.Null(HistoryEntries.ReadCheck(Encoding.UTF8.GetBytes(entry)));

    [Theory]
    [InlineData("[1800000000000,30,\"fail\",\"timeout\",1.5,2.25,3000]")]
    [InlineData("[1800000000000,1,\"pass\",\"ok\",0,0,0]")]
    [InlineData("[1800000000000,1000000,\"warn\",\"read_only\",1,1,1]")]
    public void Plausible_bucket_is_read_as_it_was_written(string entry) =>
        Assert.Equal(entry, HistoryEntries.ReadBucket(Encoding.UTF8.GetBytes(entry))?.Write());

    [Theory]
    [InlineData("[0,30,\"fail\",\"timeout\",1,2,3]")]
    [InlineData("[1800000000000,0,\"fail\",\"timeout\",1,2,3]")]
    [InlineData("[1800000000000,1000001,\"fail\",\"timeout\",1,2,3]")]
    [InlineData("[1800000000000,30,\"fail\",\"timeout\",-1,2,3]")]
    [InlineData("[1800000000000,30,\"fail\",\"timeout\",1,-2,3]")]
    [InlineData("[1800000000000,30,\"fail\",\"timeout\",1,2,-3]")]
    [InlineData("[1800000000000,30,\"fail\",\"timeout\",1,2]")]
    [InlineData("[1800000000000,\"fail\",\"timeout\",1,2,3]")]
    [InlineData("[1800000000000,30,\"unknown\",\"timeout\",1,2,3]")]
    public void Anything_else_is_no_bucket(string entry) => Assert.Null(HistoryEntries.ReadBucket(Encoding.UTF8.GetBytes(entry)));

    [Theory]
    [InlineData("\"pass\"", "\"unknown\"", true)] // nothing was known before
    [InlineData("1800000000000", "0", false)]
    [InlineData("1800000000000", "10000000000000", false)]
    [InlineData("\"redis\"", "null", false)]
    [InlineData("\"pass\"", "\"green\"", false)]
    [InlineData("\"fail\"", "\"unknown\"", false)]
    [InlineData("\"fail\"", "\"red\"", false)]
    [InlineData("{", "[", false)]
    [InlineData(RecordedTransition, "null", false)]
    [InlineData(",\"reason\":\"misconf\"", "", false)]
    public void Transition_is_read_only_when_it_is_whole_and_plausible(string from, string to, bool read)
    {
        Assert.NotNull(HistoryEntries.ReadTransition(Encoding.UTF8.GetBytes(RecordedTransition)));
        string entry = RecordedTransition.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(RecordedTransition, entry);
        Assert.Equal(read, HistoryEntries.ReadTransition(Encoding.UTF8.GetBytes(entry)) is not null);
    }

    [Fact]
    public void Override_is_read_as_the_script_completes_it()
    {
        GuardOverride value = new(true, "migrating \"it\" – \u0007", "ops", DateTimeOffset.UnixEpoch);
        Assert.Equal(
            new RecordedOverride(1_800_000_000_000, "closed", value.Reason, "ops", TimeSpan.FromMinutes(10)),
            HistoryEntries.ReadOverride(AsStored(OverrideEntry.Set(value, TimeSpan.FromMinutes(10))))
        );
        Assert.Equal(
            new RecordedOverride(1_800_000_000_000, "cleared", "", "someone", TimeSpan.Zero),
            HistoryEntries.ReadOverride(AsStored(OverrideEntry.Cleared("someone")))
        );
    }

    /// <summary>Versions of before had the stamp of the override as the only moment.</summary>
    [Theory]
    [InlineData("", 1_800_000_000_000)]
    [InlineData("\"set\":1800000026616,", 1_800_000_026_616)]
    public void Override_has_the_stamp_by_which_it_is_known_beside_when_it_was_recorded(string member, long set)
    {
        string entry = $$"""{"at":1800000000000,{{member}}"override":"closed","reason":"why","by":"who","seconds":600}""";
        RecordedOverride? read = HistoryEntries.ReadOverride(Encoding.UTF8.GetBytes(entry));
        Assert.Equal((1_800_000_000_000, set), (read?.At, read?.Set));
    }

    /// <summary>Versions from before there were any read the list with <see cref="HistoryEntries.ReadTransition"/> alone, as it still
    /// is.</summary>
    [Fact]
    public void Override_is_no_transition_and_a_transition_is_no_override()
    {
        Assert.Null(HistoryEntries.ReadTransition(AsStored(OverrideEntry.Cleared("ops"))));
        Assert.Null(HistoryEntries.ReadTransition(AsStored(OverrideEntry.Set(Longest('x'), GuardOverride.MaxDuration))));
        // A dependency may have any name.
        string odd = RecordedTransition.Replace("redis", "\\u0022override\\u0022:", StringComparison.Ordinal);
        Assert.NotNull(HistoryEntries.ReadTransition(Encoding.UTF8.GetBytes(odd)));
        Assert.Null(HistoryEntries.ReadOverride(Encoding.UTF8.GetBytes(odd)));
    }

    /// <summary>However many bytes JSON makes of a character.</summary>
    [Theory]
    [InlineData('x')]
    [InlineData('\u0001')]
    [InlineData('\uFFFD')]
    public void Override_with_the_longest_words_is_read(char filling)
    {
        byte[] entry = AsStored(OverrideEntry.Set(Longest(filling), GuardOverride.MaxDuration));
        Assert.Equal(Longest(filling).Reason, HistoryEntries.ReadOverride(entry)?.Reason);
    }

    [Theory]
    [InlineData("1800000000000", "0")]
    [InlineData("1800000000000", "10000000000000")]
    [InlineData("\"closed\"", "\"ajar\"")]
    [InlineData("\"closed\"", "null")]
    [InlineData("\"why\"", "null")]
    [InlineData("\"who\"", "7")]
    [InlineData("\"who\"", "\"\\ud83e\"")]
    [InlineData("600", "-1")]
    [InlineData("600", "86401")]
    [InlineData("600", "1e400")]
    [InlineData(",\"seconds\":600", "")]
    [InlineData("}", "")]
    public void Anything_else_is_no_override(string from, string to)
    {
        const string Good = """{"at":1800000000000,"override":"closed","reason":"why","by":"who","seconds":600}""";
        Assert.NotNull(HistoryEntries.ReadOverride(Encoding.UTF8.GetBytes(Good)));
        string entry = Good.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(Good, entry);
        Assert.Null(HistoryEntries.ReadOverride(Encoding.UTF8.GetBytes(entry)));
    }

    [Theory]
    [InlineData(GuardOverride.MaxReasonLength + 1, 1, 0, false)]
    [InlineData(1, GuardOverride.MaxByLength + 1, 0, false)]
    [InlineData(1, 1, 2048, true)]
    [InlineData(1, 1, 2049, false)]
    public void Override_with_more_words_than_are_taken_is_none(int reason, int by, int length, bool read)
    {
        string entry = OverrideEntry.Set(new(true, new('r', reason), new('b', by), default), TimeSpan.FromSeconds(1));
        string stored = Encoding.UTF8.GetString(AsStored(entry)).PadRight(length);
        Assert.Equal(read, HistoryEntries.ReadOverride(Encoding.UTF8.GetBytes(stored)) is not null);
    }

    /// <summary>A reason is shown, so only a plain token may come out of the store.</summary>
    [Fact]
    public void Reason_that_is_no_token_is_an_error()
    {
        const string Odd = "db.example said no";
        Assert.Equal(Reasons.Error, HistoryEntries.ReadCheck(Encoding.UTF8.GetBytes($"[1,\"fail\",\"{Odd}\",1]"))?.Reason);
        Assert.Equal(Reasons.Error, HistoryEntries.ReadBucket(Encoding.UTF8.GetBytes($"[1,1,\"fail\",\"{Odd}\",1,1,1]"))?.Reason);
        Assert.Equal(
            Reasons.Error,
            HistoryEntries
                .ReadTransition(Encoding.UTF8.GetBytes(RecordedTransition.Replace(Reasons.Misconf, Odd, StringComparison.Ordinal)))
                ?.Reason
        );
    }

    /// <summary>White space is no part of an entry: only the length tells.</summary>
    [Theory]
    [InlineData(512, true)]
    [InlineData(513, false)]
    public void Entry_longer_than_any_of_ours_is_not_looked_at(int length, bool read)
    {
        Assert.Equal(read, HistoryEntries.ReadCheck(Padded("[1,\"pass\",\"ok\",1]")) is not null);
        Assert.Equal(read, HistoryEntries.ReadBucket(Padded("[1,1,\"pass\",\"ok\",1,1,1]")) is not null);
        Assert.Equal(read, HistoryEntries.ReadTransition(Padded(RecordedTransition)) is not null);

        byte[] Padded(string entry) => Encoding.UTF8.GetBytes(entry.PadRight(length));
    }

    /// <summary>The script puts the moment in front.</summary>
    private static byte[] AsStored(string entry) => Encoding.UTF8.GetBytes("{\"at\":1800000000000," + entry[1..]);

    private static GuardOverride Longest(char filling) =>
        new(true, new(filling, GuardOverride.MaxReasonLength), new(filling, GuardOverride.MaxByLength), DateTimeOffset.UnixEpoch);
}
