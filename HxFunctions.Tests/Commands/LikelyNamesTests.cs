using HxFunctions.Cli.Commands;
using HxFunctions.Core.Configuration;

namespace HxFunctions.Tests.Commands;

public class LikelyNamesTests
{
    private static readonly string[] Commands = ["serve", "check", "config", "guard", "routes", "override", "wire", "watch", "ready"];

    [Theory]
    [InlineData("chekc", "check")]
    [InlineData("Check", "check")]
    [InlineData("overide", "override")]
    [InlineData("conf", "config")]
    [InlineData("gaurd", "guard")]
    [InlineData("wach", "watch")]
    [InlineData("nonsense", "")]
    [InlineData("x", "")]
    [InlineData("", "")]
    [InlineData("check", "check")]
    public void Near_name_is_found_and_a_far_one_is_not(string typed, string expected) =>
        Assert.Equal(expected, string.Join(' ', LikelyNames.Find(typed, Commands)));

    [Fact]
    public void Names_that_are_equally_near_are_all_asked_about() =>
        Assert.Equal(" Did you mean '--key-a' or '--key-b'?", LikelyNames.Question("--key-c", ["--key-b", "--key-a", "--other"]));

    [Theory]
    [InlineData("", "", 0)]
    [InlineData("abc", "", 3)]
    [InlineData("abc", "abc", 0)]
    [InlineData("abc", "acb", 1)]
    [InlineData("kitten", "sitting", 3)]
    public void Distance_counts_a_swap_as_one(string a, string b, int expected)
    {
        Assert.Equal(expected, NameDistance.Between(a, b));
        Assert.Equal(expected, NameDistance.Between(b, a));
    }
}
