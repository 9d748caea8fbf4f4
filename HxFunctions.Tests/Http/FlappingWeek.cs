using System.Globalization;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Http.Status;
using HxFunctions.Core.Routing;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Http;

/// <summary>The largest page there is: seven days in which every dependency changed all the time. Benchmarks draw it, too.</summary>
internal static class FlappingWeek
{
    private const long Now = 1_800_000_012_345;

    /// <summary>How many of the incidents are overrides, with the longest words that are taken.</summary>
    private const int Overrides = 20;

    public static StatusModel Of(int dependencies, int rules)
    {
        DependencyView[] views =
        [
            .. Enumerable
                .Range(0, dependencies)
                .Select(i => new DependencyView(
                    string.Create(CultureInfo.InvariantCulture, $"dependency-{i}"),
                    DependencyStatus.Fail,
                    Reasons.AuthenticationFailed,
                    DateTimeOffset.UnixEpoch,
                    TimeSpan.FromMilliseconds(1234.5),
                    DateTimeOffset.UnixEpoch,
                    TimeSpan.FromSeconds(1),
                    [.. StatusWindow.All.Select(w => StatusHistory.Aggregate(FlappingHistory, w, Now, 65_000))]
                )),
        ];
        VerdictView closed = new(true, true, ["dependency-0", "dependency-1"]);
        RuleView[] all =
        [
            .. Enumerable
                .Range(0, rules)
                .Select(i => new RuleView(
                    new(
                        string.Create(CultureInfo.InvariantCulture, $"/v1/organization/{i}"),
                        GuardMethods.All,
                        ["dependency-0", "dependency-1"]
                    ),
                    closed,
                    closed
                )),
        ];
        Incident[] incidents =
        [
            .. Enumerable
                .Range(0, StatusModel.MaxIncidents - Overrides)
                .Select(i => new DependencyIncident(
                    "dependency-0",
                    DependencyStatus.Fail,
                    Reasons.AuthenticationFailed,
                    Now - i,
                    null,
                    Now
                )),
            .. Enumerable
                .Range(0, Overrides)
                .Select(i => new OverrideIncident(
                    "closed",
                    new('r', GuardOverride.MaxReasonLength),
                    new('b', GuardOverride.MaxByLength),
                    new('c', GuardOverride.MaxByLength),
                    Now - i,
                    Now
                )),
        ];
        return new(
            DateTimeOffset.UnixEpoch,
            GuardMode.Enforce,
            StoreCondition.Usable,
            HistoryCondition.Available,
            Now,
            [],
            null,
            Headline.Of(GuardMode.Enforce, false, null, views, all),
            views,
            all,
            incidents
        );
    }

    private static DependencyHistory FlappingHistory { get; } =
        new(
            [.. Enumerable.Range(0, 60).Select(i => new CheckPoint(Now - (i * 2000), StateOf(i), Reasons.Timeout, i * 37 % 3000))],
            [.. Enumerable.Range(1, 90).Select(i => Bucket(Now, i, HistoryBucket.Minute))],
            [.. Enumerable.Range(1, 672).Select(i => Bucket(Now, i, HistoryBucket.Quarter))]
        );

    private static HistoryBucket Bucket(long now, int i, long length) =>
        new(
            HistoryBucket.StartOf(now, length) - (i * length),
            30,
            StateOf(i / (length == HistoryBucket.Quarter && i > 96 ? 8 : 1)),
            Reasons.Timeout,
            i * 37 % 3000,
            i * 41 % 3000,
            3000
        );

    private static DependencyStatus StateOf(int i) =>
        (i % 3) switch
        {
            0 => DependencyStatus.Pass,
            1 => DependencyStatus.Fail,
            _ => DependencyStatus.Warn,
        };
}
