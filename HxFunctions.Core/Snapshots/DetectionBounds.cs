using System.Globalization;
using HxFunctions.Core.Configuration;

namespace HxFunctions.Core.Snapshots;

/// <summary>
/// How fast routes close and reopen while the guard is in use, computed from the configuration: the one place that knows. On the instance
/// that checks; others read <c>GUARD_MAX_STALENESS</c> later at most. What is printed and promised is in <see cref="Rows"/>.
/// </summary>
/// <param name="Killed">Until a dependency that fails at once has closed its routes.</param>
/// <param name="Hung">Until one that doesn't answer has.</param>
/// <param name="Reopened">Until they are open again after it recovered.</param>
/// <param name="OtherInstances">What is added on the other instances.</param>
/// <param name="Takeover">What is added when the checking instance itself dies.</param>
/// <param name="ClosedWithoutRedis">Until a dependency has closed its routes while Redis is away, killed or hung: each instance checks for
/// itself, at a slower pace.</param>
/// <param name="ReopenedWithoutRedis">Until they are open again.</param>
/// <param name="OneCutOff">For how long an instance that alone doesn't reach a dependency may keep the routes of all closed.</param>
internal sealed record DetectionBounds(
    TimeSpan Killed,
    TimeSpan Hung,
    TimeSpan Reopened,
    TimeSpan OtherInstances,
    TimeSpan Takeover,
    TimeSpan ClosedWithoutRedis,
    TimeSpan ReopenedWithoutRedis,
    TimeSpan OneCutOff
)
{
    public static DetectionBounds From(HxSettings settings)
    {
        TimeSpan pace = settings.MaxStaleness;
        TimeSpan longestProbe = DependencyKind
            .All.Where(kind => kind.IsConfigured(settings))
            .Select(kind => kind.Timeout(settings))
            .DefaultIfEmpty(HxSettings.ForeignTimeout)
            .Max();
        TimeSpan confirmations = (settings.Fall - 1) * DependencyChecker.ConfirmAfter;
        // What doesn't fit into one check carries over to the next, at the guard's pace.
        double hungProbesPerCheck = Math.Ceiling(settings.CheckTimeout / (longestProbe + DependencyChecker.ConfirmAfter));
        int checksToFall = (int)Math.Ceiling(settings.Fall / Math.Max(1, hungProbesPerCheck));
        TimeSpan alone = settings.AlonePace;
        TimeSpan hung = pace + (checksToFall * Max(settings.CheckTimeout, pace));
        return new(
            pace + confirmations,
            hung,
            // A probe that began just before the recovery may still run into its deadline.
            Max(longestProbe, pace) + ((settings.Rise - 1) * pace),
            pace,
            settings.LeaseTime + pace,
            alone + ((checksToFall - 1) * Max(settings.CheckTimeout, alone)) + settings.CheckTimeout,
            longestProbe + (settings.Rise * alone),
            // The one that is cut off finds it down and hands on; another takes over at its next read, and finds it up as often as needed.
            hung + pace + ((settings.Rise + 1) * pace)
        );
    }

    /// <summary>
    /// Every case with its bound: the table that <c>hx config</c>, its JSON, <c>hx demo</c>, the line at start and docs/knowledge.md show.
    /// </summary>
    public IReadOnlyList<DetectionBound> Rows =>
        [
            KilledRow,
            HungRow,
            ReopenedRow,
            new("otherInstances", "the other instances: later by", OtherInstances, IsAdded: true),
            new("killedAnywhere", "a dependency is killed: closed on every instance", Killed + OtherInstances),
            new("hungAnywhere", "a dependency hangs: closed on every instance", Hung + OtherInstances),
            new("reopenedAnywhere", "it recovers: open on every instance", Reopened + OtherInstances),
            new("takeover", "the checking instance dies as well: later by", Takeover, IsAdded: true),
            new("closedWithoutRedis", "Redis is down as well: closed", ClosedWithoutRedis),
            new("reopenedWithoutRedis", "Redis is down as well: open after it recovers", ReopenedWithoutRedis),
            new("oneCutOff", "only one instance is cut off from a dependency: closed for", OneCutOff),
        ];

    public DetectionBound KilledRow => new("killed", "a dependency is killed: closed on the checking instance", Killed);

    public DetectionBound HungRow => new("hung", "a dependency hangs: closed on the checking instance", Hung);

    public DetectionBound ReopenedRow => new("reopened", "it recovers: open on the checking instance", Reopened);

    /// <summary>One line for people, e.g. at start.</summary>
    public override string ToString()
    {
        Dictionary<string, string> rows = Rows.ToDictionary(row => row.Name, row => row.Text);
        return $"While the guard is in use, a killed dependency closes its routes within {rows["killed"]}, a hung one within "
            + $"{rows["hung"]}, and they reopen within {rows["reopened"]} after it recovers; other instances follow within "
            + $"{rows["otherInstances"].TrimStart('+', ' ')}, so on every instance it is {rows["killedAnywhere"]}, {rows["hungAnywhere"]} "
            + $"and {rows["reopenedAnywhere"]}; {rows["takeover"]} if the checking instance itself dies. Without Redis, each instance "
            + $"checks for itself: within {rows["closedWithoutRedis"]} and {rows["reopenedWithoutRedis"]}. If only one instance can't "
            + $"reach a dependency, it keeps routes closed for {rows["oneCutOff"]} at most. API Management's cache of verdicts adds "
            + $"{DetectionBound.GatewayCache.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s.";
    }

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}

/// <summary>A case and how long it takes at most.</summary>
/// <param name="Name">In JSON.</param>
/// <param name="Case">In words.</param>
/// <param name="Exact">As computed: what the rules alone take.</param>
/// <param name="IsAdded">Whether it comes on top of another bound, which has the margin already.</param>
internal sealed record DetectionBound(string Name, string Case, TimeSpan Exact, bool IsAdded = false)
{
    /// <summary>What messages take, and a busy machine.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(0.5);

    /// <summary>For how long API Management's policies in infra/apim keep a verdict at most. The other gateways' ready configurations keep
    /// none of a guarded route.</summary>
    public static readonly TimeSpan GatewayCache = TimeSpan.FromSeconds(2);

    /// <summary>What is promised, in seconds: with the margin, to a tenth. Rounded here and nowhere else.</summary>
    public double Seconds => Math.Round((IsAdded ? Exact : Exact + Margin).TotalSeconds, 1);

    /// <summary>The same for callers of a gateway that keeps verdicts.</summary>
    public double SecondsBehindCache => IsAdded ? Seconds : Math.Round(Seconds + GatewayCache.TotalSeconds, 1);

    public TimeSpan Promised => TimeSpan.FromSeconds(Seconds);

    /// <summary>For example "7.5 s", or "+ 8 s".</summary>
    public string Text => TextOf(Seconds);

    /// <inheritdoc cref="Text"/>
    public string TextBehindCache => TextOf(SecondsBehindCache);

    private string TextOf(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{(IsAdded ? "+ " : "")}{seconds} s");
}
