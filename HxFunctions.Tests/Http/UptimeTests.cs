using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Http.Status;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Http;

public class UptimeTests
{
    private const long Minute = HistoryBucket.Minute,
        Quarter = HistoryBucket.Quarter,
        Hour = 60 * Minute,
        Holds = 65_000;

    /// <summary>The end of a window's last cell but one, and of every list's entries.</summary>
    private const long Now = 1_800_000_000_000 / (2 * Hour) * (2 * Hour);

    private static readonly DependencyHistory AlwaysUp = Of(_ => DependencyStatus.Pass);

    [Theory]
    [InlineData("1h")]
    [InlineData("24h")]
    [InlineData("7d")]
    public void Without_an_outage_it_is_all_of_the_time_with_data(string window)
    {
        Uptime uptime = In(window, AlwaysUp);
        Assert.Equal((100.0, "100%", TimeSpan.Zero), (uptime.Percent, uptime.Words, uptime.DownTime));
    }

    /// <summary>The list says only that a quarter-hour had a failure in it.</summary>
    [Fact]
    public void Short_outage_counts_for_as_long_as_it_lasted_not_for_its_quarter_hour()
    {
        DependencyHistory history = Of(ago => ago == 8 * Quarter ? DependencyStatus.Fail : DependencyStatus.Pass);
        RecordedTransition[] transitions =
        [
            new(Now - (8 * Quarter) + 40_000, "thing", DependencyStatus.Fail, DependencyStatus.Pass, Reasons.Ok),
            new(Now - (8 * Quarter) + 30_000, "thing", DependencyStatus.Pass, DependencyStatus.Fail, Reasons.Timeout),
        ];

        Assert.Equal(TimeSpan.FromSeconds(10), In("24h", history, transitions).DownTime);
        Assert.Equal(99.98, In("24h", history, transitions).Percent);
        Assert.Equal(99.99, In("7d", history, transitions).Percent);
        Assert.Equal(TimeSpan.FromMinutes(15), In("24h", history).DownTime);
    }

    [Fact]
    public void Ongoing_outage_counts_until_now()
    {
        DependencyHistory history = Of(ago => ago <= 10 * Minute ? DependencyStatus.Fail : DependencyStatus.Pass);
        RecordedTransition began = new(Now - (10 * Minute) + 6000, "thing", DependencyStatus.Pass, DependencyStatus.Fail, Reasons.Timeout);
        Assert.Equal((10 * Minute) - 6000, In("1h", history, began).Down);
    }

    [Fact]
    public void Degraded_counts_as_up() =>
        Assert.Equal("100%", In("1h", Of(ago => ago < 20 * Minute ? DependencyStatus.Warn : DependencyStatus.Pass)).Words);

    [Fact]
    public void Time_without_data_counts_neither_way()
    {
        DependencyHistory history = Of(ago => ago <= 30 * Minute ? DependencyStatus.Pass : null);
        Uptime uptime = In("1h", history);
        Assert.Equal("100%", uptime.Words);
        Assert.InRange(uptime.NoData, TimeSpan.FromMinutes(28), TimeSpan.FromMinutes(30));
    }

    [Fact]
    public void Nothing_recorded_is_no_uptime_at_all() =>
        Assert.Equal((null, null), (In("7d", DependencyHistory.Nothing).Percent, In("7d", DependencyHistory.Nothing).Words));

    [Theory]
    [InlineData(1, "99.99%")]
    [InlineData(0, "100%")]
    [InlineData(604_800_000, "0%")]
    [InlineData(302_400_000, "50%")]
    public void Per_cent_are_rounded_down_so_that_100_means_no_outage(long down, string words) =>
        Assert.Equal(words, new Uptime(604_800_000, down, 604_800_000).Words);

    [Fact]
    public void Outage_without_a_recorded_start_is_left_out_and_the_last_one_lasts()
    {
        RecordedTransition[] transitions =
        [
            new(400, "thing", DependencyStatus.Pass, DependencyStatus.Fail, Reasons.Error),
            new(300, "thing", DependencyStatus.Warn, DependencyStatus.Pass, Reasons.Ok),
            new(200, "thing", DependencyStatus.Fail, DependencyStatus.Warn, Reasons.ReadOnly),
            new(150, "thing", DependencyStatus.Unknown, DependencyStatus.Fail, Reasons.Error),
            new(100, "thing", DependencyStatus.Fail, DependencyStatus.Pass, Reasons.Ok),
        ];
        Assert.Equal([new Outage(150, 200), new Outage(400, long.MaxValue)], Outage.From(transitions));
    }

    private static Uptime In(string window, DependencyHistory history, params RecordedTransition[] transitions) =>
        StatusHistory.Aggregate(history, StatusWindow.All.Single(w => w.Name == window), Now, Holds, Outage.From(transitions)).Uptime;

    /// <summary>A week of entries of each length, by how long before now they begin.</summary>
    private static DependencyHistory Of(Func<long, DependencyStatus?> statusOf)
    {
        return new([], Entries(Minute, 90), Entries(Quarter, 672));

        HistoryBucket[] Entries(long length, int count) =>
            [
                .. Enumerable
                    .Range(1, count)
                    .Where(i => statusOf(i * length) is not null)
                    .Select(i => new HistoryBucket(Now - (i * length), 30, statusOf(i * length)!.Value, Reasons.Timeout, 1, 1, 1)),
            ];
    }
}
