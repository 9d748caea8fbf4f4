using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Snapshots;

public class StampedTests
{
    [Theory]
    [InlineData("1800000000000 {}", 1_800_000_000_000, "{}")]
    [InlineData("7 two words", 7, "two words")]
    [InlineData("999999999999999 x", 999_999_999_999_999, "x")]
    [InlineData("0 ", 0, "")]
    public void Value_is_a_moment_a_space_and_the_body(string text, long milliseconds, string body)
    {
        Assert.True(TimestampedValue.TrySplit(text, out long at, out ReadOnlySpan<char> rest));
        Assert.Equal((milliseconds, body), (at, rest.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("1800000000000")]
    [InlineData(" {}")]
    [InlineData("-7 {}")]
    [InlineData("+7 {}")]
    [InlineData("7.5 {}")]
    [InlineData("1000000000000000 {}")]
    [InlineData("99999999999999999999 {}")]
    [InlineData("x {}")]
    public void Anything_else_has_neither(string text)
    {
        Assert.False(TimestampedValue.TrySplit(text, out _, out ReadOnlySpan<char> rest));
        Assert.True(rest.IsEmpty);
    }
}
