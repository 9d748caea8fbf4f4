using System.Globalization;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Core.Http.Status;

/// <summary>For how much of a window a dependency was up. Degraded counts as up; time without data counts neither way.</summary>
/// <param name="Known">Milliseconds of the window with data.</param>
/// <param name="Down">Of these, how many it was down.</param>
/// <param name="Window">Milliseconds of the window up to now.</param>
internal readonly record struct Uptime(long Known, long Down, long Window)
{
    public static Uptime Nothing { get; } = new(0, 0, 0);

    public TimeSpan DownTime => TimeSpan.FromMilliseconds(Down);

    public TimeSpan NoData => TimeSpan.FromMilliseconds(Window - Known);

    /// <summary>Two decimals, rounded down, so that 100 means no outage at all; <see langword="null"/> without data.</summary>
    public double? Percent => Known <= 0 ? null : Math.Floor((Known - Down) * 10_000.0 / Known) / 100;

    /// <summary>As people read it: <c>99.98%</c>.</summary>
    public string? Words => WordsOf(Percent);

    /// <inheritdoc cref="Words"/>
    public static string? WordsOf(double? percent) =>
        percent is { } value ? value.ToString("0.##", CultureInfo.InvariantCulture) + "%" : null;

    /// <summary>What the per cent don't say: how long it was down or without data.</summary>
    /// <param name="degraded">Whether it was, at any time.</param>
    public static IReadOnlyList<string> LossesOf(TimeSpan down, bool degraded, TimeSpan noData)
    {
        List<string> losses = [];
        if (down > TimeSpan.Zero)
        {
            losses.Add($"down {StatusText.Duration(down)}");
        }

        if (degraded)
        {
            losses.Add("degraded at times");
        }

        if (noData > TimeSpan.Zero)
        {
            losses.Add($"no data {StatusText.Duration(noData)}");
        }

        return losses;
    }
}

/// <summary>A time in which a dependency was down, in milliseconds since 1970.</summary>
internal readonly record struct Outage(long Start, long End)
{
    /// <summary>The outages that transitions tell of. One whose start or end was not recorded is left out, unless it is the last: that
    /// lasts still.</summary>
    /// <param name="transitions">Of one dependency, in any order.</param>
    public static IReadOnlyList<Outage> From(IEnumerable<RecordedTransition> transitions)
    {
        List<Outage> outages = [];
        long? began = null;
        foreach (RecordedTransition transition in transitions.OrderBy(t => t.At))
        {
            if (transition.To == DependencyStatus.Fail)
            {
                // Between two beginnings it was up, and when is not known.
                began = transition.At;
            }
            else if (began is { } start)
            {
                outages.Add(new(start, transition.At));
                began = null;
            }
        }

        if (began is { } last)
        {
            outages.Add(new(last, long.MaxValue));
        }

        return outages;
    }

    public long Overlap(long start, long end) => Math.Max(0, Math.Min(End, end) - Math.Max(Start, start));
}

/// <summary>A stretch of the history that was stored as one entry.</summary>
/// <param name="Length">In milliseconds.</param>
internal readonly record struct HistoryPiece(HistoryBucket Bucket, long Length);

/// <summary>Adds up the cells of a window.</summary>
/// <remarks>
/// An entry of the history says only that the dependency was down at some time within its minute or quarter-hour. The transitions say for
/// how long. Where none was recorded, the whole entry counts as down: the result is never better than the truth.
/// </remarks>
internal sealed class UptimeCounter(IReadOnlyList<Outage> outages, long start, long now)
{
    private long _known;
    private long _down;

    public Uptime Result => new(_known, _down, now - start);

    /// <param name="begin">Of the cell.</param>
    /// <param name="end">Of the cell, or now.</param>
    /// <param name="pieces">What was recorded within it; <see langword="null"/> when an earlier check still held.</param>
    public void Add(long begin, long end, DependencyStatus worst, IReadOnlyList<HistoryPiece>? pieces)
    {
        if (worst == DependencyStatus.Unknown)
        {
            return;
        }

        long length = Math.Max(0, end - begin);
        _known += length;
        if (worst == DependencyStatus.Fail)
        {
            _down += pieces is null ? length : Math.Min(length, pieces.Sum(piece => DownWithin(piece, end)));
        }
    }

    private long DownWithin(HistoryPiece piece, long end)
    {
        if (piece.Bucket.Worst != DependencyStatus.Fail)
        {
            return 0;
        }

        long from = piece.Bucket.Start,
            to = Math.Min(from + piece.Length, end),
            recorded = outages.Sum(outage => outage.Overlap(from, to));
        return recorded > 0 ? recorded : Math.Max(0, to - from);
    }
}
