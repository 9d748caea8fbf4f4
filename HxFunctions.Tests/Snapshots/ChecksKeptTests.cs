using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Snapshots;

public class ChecksKeptTests
{
    /// <summary>An hour at the pace, less when many dependencies share 2 MB, never less than a quarter-hour and 20, or 120 in
    /// all.</summary>
    [Theory]
    [InlineData(2, 0, 1800)]
    [InlineData(2, 3, 1800)]
    [InlineData(2, 7, 1800)]
    [InlineData(2, 8, 1284)] // ((2,000,000 - 60,000) / 8 - 168,000) / 58
    [InlineData(2, 10, 470)] // room for 448, but a quarter-hour has 450
    [InlineData(2, 64, 470)]
    [InlineData(0.5, 1, 7200)]
    [InlineData(0.4, 1, 7200)]
    [InlineData(0.1, 1, 9020)]
    [InlineData(0.2, 8, 4520)]
    [InlineData(30, 3, 120)]
    [InlineData(60, 3, 120)]
    public void History_keeps_as_many_checks_as_fit_and_as_aggregates_need(double pace, int dependencies, int kept) =>
        Assert.Equal(kept, SnapshotStore.ChecksToKeep(TimeSpan.FromSeconds(pace), dependencies));
}
