using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Snapshots;

public class RecordCodecTests
{
    private const string Good =
        """{"v":1,"status":"fail","reason":"timeout","latencyMs":12.5,"since":"2026-11-01T12:00:00+00:00","passes":0,"failures":3,"checkedAt":"2026-11-01T12:00:05+00:00","seq":42,"source":"a1b2"}""";

    [Fact]
    public void Record_written_and_read_is_the_same()
    {
        DependencyRecord record = new(
            new DependencyState(DependencyStatus.Warn, Reasons.ReadOnly, new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero), 7, 0),
            TimeSpan.FromMilliseconds(1.25),
            new(2026, 11, 1, 0, 0, 3, TimeSpan.Zero),
            9,
            "0123456789ab"
        );
        Assert.True(RecordCodec.TryRead(RecordCodec.Write(record), out DependencyRecord? read));
        Assert.Equal(record, read);
    }

    [Fact]
    public void Detail_is_kept_and_one_that_may_hold_anything_is_left_out()
    {
        DependencyState state = new(DependencyStatus.Warn, Reasons.StoreUnusable, default, 1, 0, "+eval");
        DependencyRecord record = new(state, default, default, 1, "a1b2");
        Assert.True(RecordCodec.TryRead(RecordCodec.Write(record), out DependencyRecord? read));
        Assert.Equal("+eval", read.State.Detail);

        DependencyRecord foreign = record with { State = state with { Detail = "redis://:password@host/" } };
        Assert.True(RecordCodec.TryRead(RecordCodec.Write(foreign), out read));
        Assert.Null(read.State.Detail);
    }

    [Fact]
    public void Members_that_are_not_known_are_left_alone() =>
        Assert.True(RecordCodec.TryRead(Good.Replace("\"seq\"", "\"later\":{\"x\":[1]},\"seq\"", StringComparison.Ordinal), out _));

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"v\":1")]
    [InlineData("v", "2")]
    [InlineData("status", "\"unknown\"")]
    [InlineData("status", "\"green\"")]
    [InlineData("status", "3")]
    [InlineData("reason", "\"Has Spaces And Host db.example\"")]
    [InlineData("reason", "null")]
    [InlineData("latencyMs", "-1")]
    [InlineData("latencyMs", "1e99")]
    [InlineData("latencyMs", "\"NaN\"")]
    [InlineData("passes", "-1")]
    [InlineData("failures", "2000000")]
    [InlineData("failures", "99999999999")]
    [InlineData("seq", "-5")]
    [InlineData("seq", "1.5")]
    [InlineData("since", "\"yesterday\"")]
    [InlineData("checkedAt", "17")]
    [InlineData("source", "\"<script>\"")]
    [InlineData("source", "\"\"")]
    public void Anything_else_is_unreadable(string memberOrText, string? value = null)
    {
        string text = memberOrText;
        if (value is not null)
        {
            text = System.Text.RegularExpressions.Regex.Replace(
                Good,
                $"\"{memberOrText}\":(\"[^\"]*\"|[0-9.]+)",
                _ => $"\"{memberOrText}\":{value}"
            );
            Assert.NotEqual(Good, text);
        }

        Assert.True(RecordCodec.TryRead(Good, out _));
        Assert.False(RecordCodec.TryRead(text, out DependencyRecord? record));
        Assert.Null(record);
    }

    /// <summary>JSON's reader has an exception of its own for text that isn't.</summary>
    [Fact]
    public void Half_a_surrogate_pair_is_unreadable_to_every_reader()
    {
        Assert.False(RecordCodec.TryRead(Good.Replace("a1b2", "a\\ud83e", StringComparison.Ordinal), out _));
        Assert.False(RecordCodec.TryRead(Good.Replace("\"seq\"", "\"\\ud83e\":1,\"seq\"", StringComparison.Ordinal), out _));
        Assert.False(RecordCodec.TryRead("\ud83e", out _));
        Assert.False(OverrideCodec.TryRead("\ud83e", out _, out _));
    }

    [Theory]
    [InlineData("\"seq\":42", "\"seq\":0", true)]
    [InlineData("\"seq\":42", "\"seq\":1125899906842624", true)]
    [InlineData("\"seq\":42", "\"seq\":1125899906842625", false)]
    [InlineData("\"passes\":0", "\"passes\":1000000", true)]
    [InlineData("\"passes\":0", "\"passes\":1000001", false)]
    [InlineData("\"failures\":3", "\"failures\":1000000", true)]
    [InlineData("\"failures\":3", "\"failures\":1000001", false)]
    [InlineData("\"latencyMs\":12.5", "\"latencyMs\":86399999.9", true)]
    [InlineData("\"latencyMs\":12.5", "\"latencyMs\":86400000", false)]
    public void Numbers_count_up_to_their_bounds(string from, string to, bool readable)
    {
        string text = Good.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(Good, text);
        Assert.Equal(readable, RecordCodec.TryRead(text, out _));
    }

    /// <summary>White space is no part of the record: only the length tells.</summary>
    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void Values_longer_than_any_record_are_not_looked_at(int more, bool readable) =>
        Assert.Equal(readable, RecordCodec.TryRead(Good.PadRight(RecordCodec.MaxLength + more), out _));

    [Fact]
    public void Instance_signs_its_records_with_twelve_digits_of_its_own()
    {
        string[] ids = [.. Enumerable.Range(0, 100).Select(_ => InstanceId.New().Value)];
        Assert.All(ids, id => Assert.Matches("^[0-9a-f]{12}$", id));
        Assert.Equal(ids.Length, ids.Distinct().Count());
    }
}
