using HxFunctions.Core.Configuration.Connections;

namespace HxFunctions.Tests.Configuration.Connections;

/// <summary>RFC 4013, its own examples and PostgreSQL's reading.</summary>
public sealed class SaslPrepTests
{
    /// <summary>Without ICU .NET's own normalization does nothing: these tests would pass with it, and say nothing.</summary>
    [Fact]
    public void Tests_run_as_the_app_does() =>
        Assert.True(AppContext.TryGetSwitch("System.Globalization.Invariant", out bool invariant) && invariant);

    [Theory]
    [InlineData("I\u00ADX", "IX")]
    [InlineData("user", "user")]
    [InlineData("USER", "USER")]
    [InlineData("\u00AA", "a")]
    [InlineData("\u2168", "IX")]
    [InlineData("\u212B", "\u00C5")]
    [InlineData("a\u00A0b\u3000c", "a b c")]
    [InlineData("e\u0323\u0301", "\u1EB9\u0301")]
    [InlineData("e\u0301\u0323", "\u1EB9\u0301")]
    [InlineData("\u1112\u1161\u11AB", "\uD55C")]
    [InlineData("\uFB01", "fi")]
    [InlineData("\u0627\u0628", "\u0627\u0628")]
    [InlineData("zero\u200Bwidth", "zero width")]
    [InlineData("\u05D0\uFB31", "\u05D0\u05D1\u05BC")]
    [InlineData("\u05D0\u2122\u05D0", "\u05D0TM\u05D0")]
    public void Password_is_prepared(string password, string expected) => Assert.Equal(expected, SaslPrep.Prepare(password));

    /// <summary>As it is written: PostgreSQL and libpq use what they can't prepare.</summary>
    [Theory]
    [InlineData("\u0007")]
    [InlineData("\u00E9\u0007\u212B")]
    [InlineData("\u0627\u0031\u212B")]
    [InlineData("\u06271")]
    [InlineData("\u00AD")]
    [InlineData("\u212B\U000E0001")]
    [InlineData("\u212B\u0221")]
    [InlineData("\u212B\uE000")]
    public void Password_that_cannot_be_prepared_stays(string password) => Assert.Equal(password, SaslPrep.Prepare(password));

    [Fact]
    public void Half_a_pair_of_surrogates_stays() => Assert.Equal("\u212B\uD800", SaslPrep.Prepare("\u212B\uD800"));
}
