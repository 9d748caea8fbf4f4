using HxFunctions.Cli.Demo;

namespace HxFunctions.Tests.Demo;

/// <summary>A step comes true within what is promised, or not at all.</summary>
public class DemoResultTests
{
    [Theory]
    [InlineData(3.0, 5.5, "yes")]
    [InlineData(3.1, 5.0, "no, late")]
    [InlineData(1.0, 6.3, "no, late")]
    [InlineData(null, 5.0, "no")]
    public void Step_that_is_late_does_not_come_true(double? closed, double? reopened, string shown)
    {
        DemoStep step = new("x", "", _ => Task.CompletedTask, "", _ => Task.CompletedTask, "", [], TimeSpan.FromSeconds(3));
        DemoResult result = new(
            step,
            Seconds(closed),
            Seconds(reopened),
            TimeSpan.FromSeconds(5.5),
            TimeSpan.Zero,
            closed is null ? ["not closed"] : []
        );

        Assert.Equal(shown == "yes", result.Passed);
        Assert.Contains("]" + shown + "[", DemoPage.Passed(result), StringComparison.Ordinal);
    }

    private static TimeSpan? Seconds(double? seconds) => seconds is { } known ? TimeSpan.FromSeconds(known) : null;
}
