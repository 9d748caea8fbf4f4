using System.CommandLine;
using HxFunctions.Cli.Commands;
using HxFunctions.Core.Http.Status;

namespace HxFunctions.Tests.Commands;

public class DurationOptionTests
{
    [Theory]
    [InlineData("90s", 90d)]
    [InlineData("10m", 600d)]
    [InlineData("10min", 600d)]
    [InlineData("1h30m", 5400d)]
    [InlineData("1 h 30 min", 5400d)]
    [InlineData("2d", 172_800d)]
    [InlineData("1d2h3m4s", 93_784d)]
    [InlineData("1.5h", 5400d)]
    [InlineData("250ms", 0.25)]
    [InlineData("1s500ms", 1.5)]
    [InlineData("0s", 0d)]
    [InlineData("", null)]
    [InlineData(" ", null)]
    [InlineData("10", null)]
    [InlineData("-5m", null)]
    [InlineData("30m1h", null)]
    [InlineData("1h1h", null)]
    [InlineData("1x", null)]
    [InlineData("h", null)]
    [InlineData("1h,30m", null)]
    [InlineData("1e3s", null)]
    [InlineData("99999999d", null)]
    public void Time_with_units_is_read(string text, double? seconds) =>
        Assert.Equal(seconds, DurationOption.Parse(text, wantsUnit: true)?.TotalSeconds);

    [Theory]
    [InlineData("10", 10d)]
    [InlineData("0.5", 0.5)]
    [InlineData("NaN", null)]
    [InlineData("-1", null)]
    [InlineData("1e300", null)]
    [InlineData("999999999999999999999999", null)]
    public void Number_alone_is_one_of_seconds_where_that_is_taken(string text, double? seconds) =>
        Assert.Equal(seconds, DurationOption.Parse(text, wantsUnit: false)?.TotalSeconds);

    /// <summary>What hx prints can be given back.</summary>
    [Theory]
    [InlineData(59)]
    [InlineData(60)]
    [InlineData(5400)]
    [InlineData(86_400)]
    [InlineData(183_600)]
    public void Printed_duration_is_read_back(int seconds) =>
        Assert.Equal(seconds, DurationOption.Parse(StatusText.Duration(TimeSpan.FromSeconds(seconds)), wantsUnit: true)?.TotalSeconds);

    [Theory]
    [InlineData("--wait 2m", 120d)]
    [InlineData("", 10d)]
    [InlineData("--wait 0s", null)]
    [InlineData("--wait 2h", null)]
    public void Option_holds_its_bounds(string commandLine, double? seconds)
    {
        DurationOption wait = new("--wait", "10s", TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        ParseResult parsed = new RootCommand { wait }.Parse(commandLine);

        Assert.Equal(seconds is null, parsed.Errors.Count > 0);
        if (seconds is null)
        {
            Assert.Equal("--wait must be a time such as 90s, 10m or 1h30m, from 1 s to 1 h.", parsed.Errors[0].Message);
        }
        else
        {
            Assert.Equal(seconds, wait.Of(parsed).TotalSeconds);
        }
    }
}
