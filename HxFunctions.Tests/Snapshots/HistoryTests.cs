using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Snapshots;

public class HistoryTests
{
    private const long Start = 1_800_000_000_000 / HistoryBucket.Quarter * HistoryBucket.Quarter;

    [Fact]
    public void Bucket_keeps_the_worst_state_with_its_reason_and_the_quantiles()
    {
        IEnumerable<CheckPoint> checks = Enumerable
            .Range(1, 100)
            .Select(i => new CheckPoint(Start + i - 1, DependencyStatus.Pass, Reasons.Ok, i))
            .Append(new(Start + 500, DependencyStatus.Warn, Reasons.ReadOnly, 1))
            .Append(new(Start + 600, DependencyStatus.Fail, Reasons.Timeout, 3000))
            .Append(new(Start - 1, DependencyStatus.Fail, Reasons.Error, 9999))
            .Append(new(Start + HistoryBucket.Minute, DependencyStatus.Fail, Reasons.Error, 9999));
        HistoryBucket bucket = HistoryBucket.Of(checks, Start, HistoryBucket.Minute)!.Value;
        Assert.Equal(new(Start, 102, DependencyStatus.Fail, Reasons.Timeout, 50, 96, 3000), bucket);
    }

    [Fact]
    public void Bucket_of_nothing_is_none() => Assert.Null(HistoryBucket.Of([], Start, HistoryBucket.Minute));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(59_999, 0)]
    [InlineData(60_000, 60_000)]
    public void Start_of_a_bucket_is_its_boundary(long at, long expected) =>
        Assert.Equal(Start + expected, HistoryBucket.StartOf(Start + at, HistoryBucket.Minute));
}
