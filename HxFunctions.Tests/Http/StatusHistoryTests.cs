using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Http.Status;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Http;

public class StatusHistoryTests
{
    private const long Minute = HistoryBucket.Minute,
        Quarter = HistoryBucket.Quarter,
        Hour = 60 * Minute;

    /// <summary>A whole hour, and 30 s: the running cells are half a minute old.</summary>
    private const long Now = (1_800_000_000_000 / (2 * Hour) * (2 * Hour)) + 30_000;

    /// <summary>As with an interval of 30 s.</summary>
    private const long Holds = 65_000;

    [Theory]
    [InlineData("1h", 60, Minute)]
    [InlineData("24h", 96, Quarter)]
    [InlineData("7d", 84, 2 * Hour)]
    public void Window_ends_with_the_cell_that_now_is_in(string name, int cells, long length)
    {
        StatusWindow window = StatusWindow.All.Single(w => w.Name == name);
        long start = window.StartAt(Now);

        Assert.Equal((cells, length), (window.Cells, window.CellLength));
        Assert.Equal(0, start % length);
        Assert.InRange(Now, start + ((cells - 1) * length), start + (cells * length) - 1);
    }

    [Fact]
    public void Nothing_recorded_is_a_gap_throughout() =>
        Assert.All(
            StatusWindow.All,
            window =>
                Assert.All(
                    StatusHistory.Aggregate(DependencyHistory.Nothing, window, Now, Holds).Cells,
                    c => Assert.Equal(HistoryCell.Nothing, c)
                )
        );

    [Fact]
    public void Worst_state_of_a_cell_wins_with_its_reason_and_latencies_are_joined()
    {
        DependencyHistory history = Of(
            quarters:
            [
                Bucket(Now - 30_000 - Quarter, DependencyStatus.Pass, Reasons.Ok, 10, 1, 2, 3),
                Bucket(Now - 30_000 - (2 * Quarter), DependencyStatus.Fail, Reasons.Timeout, 1, 3000, 3000, 3000),
                Bucket(Now - 30_000 - (3 * Quarter), DependencyStatus.Warn, Reasons.ReadOnly, 10, 2, 5, 9),
            ]
        );

        HistoryCell cell = StatusHistory.Aggregate(history, StatusWindow.Week, Now, Holds).Cells[^2];

        Assert.Equal(new HistoryCell(DependencyStatus.Fail, Reasons.Timeout, 21, 2, 3000, 3000), cell);
    }

    /// <summary>The coarse list holds a bucket only when it is over; what is newer comes from the finer ones, and nothing counts
    /// twice.</summary>
    [Fact]
    public void What_no_quarter_holds_yet_comes_from_minutes_and_checks()
    {
        long hour = Now - 30_000;
        DependencyHistory history = Of(
            checks: [new(hour + 20_000, DependencyStatus.Pass, Reasons.Ok, 7), new(hour - 10_000, DependencyStatus.Fail, Reasons.Error, 7)],
            minutes:
            [
                Bucket(hour - Minute, DependencyStatus.Pass, Reasons.Ok, 30, 1, 1, 1),
                Bucket(hour - Quarter, DependencyStatus.Pass, Reasons.Ok, 30, 1, 1, 1),
            ],
            quarters: [Bucket(hour - (2 * Quarter), DependencyStatus.Pass, Reasons.Ok, 450, 1, 1, 1)]
        );

        IReadOnlyList<HistoryCell> cells = StatusHistory.Aggregate(history, StatusWindow.Day, Now, Holds).Cells;

        Assert.Equal([450, 60, 1], cells.TakeLast(3).Select(c => c.Count));
        Assert.All(cells.TakeLast(3), c => Assert.Equal(DependencyStatus.Pass, c.Worst));
    }

    [Theory]
    [InlineData(65_000, 1)] // Every 30 s: the minute after the last check is not covered as a whole.
    [InlineData(605_000, 10)] // Every 5 minutes: checks are rarer than cells.
    public void Cells_between_checks_are_known_while_the_check_before_holds(long holds, int known)
    {
        long at = Now - 30_000 - (20 * Minute);
        DependencyHistory history = Of(minutes: [Bucket(at, DependencyStatus.Fail, Reasons.Timeout, 1, 3, 3, 3)]);

        IReadOnlyList<HistoryCell> cells = StatusHistory.Aggregate(history, StatusWindow.Hour, Now, holds).Cells;

        int first = cells.ToList().FindIndex(c => c.Worst == DependencyStatus.Fail);
        Assert.Equal(known, cells.Count(c => c.Worst == DependencyStatus.Fail));
        Assert.All(cells.Skip(first).Take(known), c => Assert.Equal((DependencyStatus.Fail, Reasons.Timeout), (c.Worst, c.Reason)));
        Assert.Equal(1, cells.Sum(c => c.Count));
    }

    [Fact]
    public void Check_before_the_window_covers_its_first_cells()
    {
        DependencyHistory history = Of(
            minutes: [Bucket(StatusWindow.Hour.StartAt(Now) - Minute, DependencyStatus.Pass, Reasons.Ok, 1, 3, 3, 3)]
        );
        Assert.Equal(
            2,
            StatusHistory.Aggregate(history, StatusWindow.Hour, Now, 3 * Minute).Cells.Count(c => c.Worst == DependencyStatus.Pass)
        );
    }

    [Fact]
    public void Running_cell_is_known_while_the_last_check_holds()
    {
        DependencyHistory history = Of(checks: [new(Now - 31_000, DependencyStatus.Pass, Reasons.Ok, 1)]);
        Assert.Equal(DependencyStatus.Pass, StatusHistory.Aggregate(history, StatusWindow.Hour, Now, Holds).Cells[^1].Worst);
    }

    [Fact]
    public void What_claims_to_be_later_than_now_is_left_out()
    {
        DependencyHistory history = Of(
            checks: [new(Now + 1, DependencyStatus.Fail, Reasons.Error, 1)],
            quarters: [Bucket(Now + Quarter, DependencyStatus.Fail, Reasons.Error, 1, 1, 1, 1)]
        );
        Assert.All(
            StatusWindow.All,
            window =>
                Assert.DoesNotContain(StatusHistory.Aggregate(history, window, Now, Holds).Cells, c => c.Worst == DependencyStatus.Fail)
        );
    }

    [Theory]
    [InlineData("[1800000000000,\"pass\",\"ok\",1.5]", true)]
    [InlineData("[1800000000000,\"pass\",\"ok\",1.5,\"more\"]", true)]
    [InlineData("[1800000000000,\"pass\",\"ok\"]", false)]
    [InlineData("[1800000000000,\"unknown\",\"ok\",1]", false)]
    [InlineData("[-1,\"pass\",\"ok\",1]", false)]
    [InlineData("[1e300,\"pass\",\"ok\",1]", false)]
    [InlineData("[1800000000000,\"pass\",\"ok\",-1]", false)]
    [InlineData("[1800000000000,\"pass\",\"\\ud800\",1]", false)]
    [InlineData("[1800000000000,\"pass\",null,1]", false)]
    [InlineData("{}", false)]
    [InlineData("", false)]
    [InlineData("[[[[", false)]
    public void Check_is_read_only_when_it_is_whole_and_plausible(string entry, bool read) =>
        Assert.Equal(read, HistoryEntries.ReadCheck(System.Text.Encoding.UTF8.GetBytes(entry)) is not null);

    [Fact]
    public void Written_entries_are_read_as_they_were()
    {
        CheckPoint check = new(Now, DependencyStatus.Fail, Reasons.Timeout, 3000.25);
        HistoryBucket bucket = Bucket(Now, DependencyStatus.Warn, Reasons.ReadOnly, 30, 1.5, 2.25, 9);

        Assert.Equal(check, HistoryEntries.ReadCheck(System.Text.Encoding.UTF8.GetBytes(check.Write())));
        Assert.Equal(bucket, HistoryEntries.ReadBucket(System.Text.Encoding.UTF8.GetBytes(bucket.Write())));
        Assert.Equal(
            new RecordedTransition(Now, "redis", DependencyStatus.Pass, DependencyStatus.Fail, Reasons.Misconf),
            HistoryEntries.ReadTransition(
                System.Text.Encoding.UTF8.GetBytes(
                    TransitionJson.Write(
                        Now,
                        "redis",
                        DependencyStatus.Pass,
                        new(DependencyStatus.Fail, Reasons.Misconf, DateTimeOffset.UnixEpoch, 0, 1)
                    )
                )
            )
        );
    }

    private static DependencyHistory Of(
        IReadOnlyList<CheckPoint>? checks = null,
        IReadOnlyList<HistoryBucket>? minutes = null,
        IReadOnlyList<HistoryBucket>? quarters = null
    ) => new(checks ?? [], minutes ?? [], quarters ?? []);

    private static HistoryBucket Bucket(
        long start,
        DependencyStatus worst,
        string reason,
        int count,
        double median,
        double p95,
        double largest
    ) => new(start, count, worst, reason, median, p95, largest);
}
