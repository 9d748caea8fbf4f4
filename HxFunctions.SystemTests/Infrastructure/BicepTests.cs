using HxFunctions.Core.Configuration;

namespace HxFunctions.SystemTests.Infrastructure;

public class BicepTests
{
    [Fact]
    public async Task Templates_build_and_lint_without_a_word()
    {
        Compiled compiled = await Compiled.GetAsync();
        // Not by the exit code alone: bicepconfig.json raises the linter's rules to errors, but a property's wrong name stays a warning of
        // the compiler.
        Assert.Equal((0, "", ""), (compiled.Build.ExitCode, compiled.Build.Output, compiled.Build.Problems));
        Assert.Equal((0, "", ""), (compiled.Lint.ExitCode, compiled.Lint.Output, compiled.Lint.Problems));
    }

    [Fact]
    public async Task Templates_are_formatted() => Assert.Empty((await Compiled.GetAsync()).Unformatted);

    [Fact]
    public async Task Every_parameter_is_described()
    {
        Compiled compiled = await Compiled.GetAsync();
        Assert.All(
            TemplateWalk.Parameters(compiled.Template).Concat(TemplateWalk.Parameters(compiled.ConnectTemplate)),
            p => Assert.False(string.IsNullOrWhiteSpace((string?)p.Body["metadata"]?["description"]), p.Name)
        );
    }

    [Fact]
    public async Task Schedule_and_interval_are_the_same_for_every_interval_allowed()
    {
        Compiled compiled = await Compiled.GetAsync();
        Assert.Contains(30, compiled.ScheduleOf.Keys);
        Assert.All(
            compiled.ScheduleOf,
            pair =>
            {
                Assert.True(Schedule.TryGetLongestGap(pair.Value, TimeSpan.FromHours(1), out TimeSpan gap, out string? problem), problem);
                Assert.Equal(TimeSpan.FromSeconds(pair.Key), gap);
                // Deadlines nest: the check timeout is 5 s unless someone sets it.
                Assert.True(pair.Key > 5);
            }
        );
    }
}
