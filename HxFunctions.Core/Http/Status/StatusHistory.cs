using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Core.Http.Status;

/// <summary>What a cell of a bar shows.</summary>
/// <param name="Worst">The worst state within it; unknown where nothing was known.</param>
/// <param name="Count">How many checks; 0 also where an earlier check's knowledge still held.</param>
/// <param name="MedianMs">The median latency; of several buckets the median of theirs, weighted by the number of checks.</param>
/// <param name="Percentile95Ms">Of several buckets the largest of theirs: an upper bound.</param>
internal readonly record struct HistoryCell(
    DependencyStatus Worst,
    string Reason,
    int Count,
    double MedianMs,
    double Percentile95Ms,
    double LargestMs
)
{
    public static HistoryCell Nothing { get; } = new(DependencyStatus.Unknown, Reasons.Unknown, 0, 0, 0, 0);

    /// <param name="pieces">At least one.</param>
    public static HistoryCell Of(IReadOnlyCollection<HistoryPiece> pieces)
    {
        HistoryBucket[] buckets = [.. pieces.Select(piece => piece.Bucket)];
        HistoryBucket worst = buckets.MinBy(b => b.Worst);
        return new(
            worst.Worst,
            worst.Reason,
            buckets.Sum(b => b.Count),
            WeightedMedian(buckets.Select(b => (b.MedianMs, b.Count))),
            buckets.Max(b => b.Percentile95Ms),
            buckets.Max(b => b.LargestMs)
        );
    }

    /// <summary>The value that half of the weight lies at or below; 0 for nothing.</summary>
    public static double WeightedMedian(IEnumerable<(double Value, int Weight)> values)
    {
        (double Value, int Weight)[] ordered = [.. values.OrderBy(v => v.Value)];
        long half = (ordered.Sum(v => (long)v.Weight) + 1) / 2;
        foreach ((double value, int weight) in ordered)
        {
            half -= weight;
            if (half <= 0)
            {
                return value;
            }
        }

        return 0;
    }
}

/// <summary>The cells of one window, oldest first.</summary>
/// <param name="Start">The first moment, milliseconds since 1970.</param>
internal sealed record HistoryCells(StatusWindow Window, long Start, IReadOnlyList<HistoryCell> Cells)
{
    /// <summary>For how much of the window the dependency was up.</summary>
    public Uptime Uptime { get; init; } = Uptime.Nothing;
}

/// <summary>Makes cells of the lists that Redis keeps. Pure.</summary>
internal static class StatusHistory
{
    /// <summary>Aggregates a dependency's history into the cells of a window: the worst state wins, and where nothing was known there is a
    /// gap.</summary>
    /// <param name="now">Redis's clock, in milliseconds since 1970. What claims to be later is left out.</param>
    /// <param name="holds">
    /// For how long one check's knowledge holds, in milliseconds. When checks are rarer than cells, the cells between them are known, too.
    /// </param>
    /// <param name="outages">When it was down, as transitions say; see <see cref="UptimeCounter"/>.</param>
    public static HistoryCells Aggregate(
        DependencyHistory history,
        StatusWindow window,
        long now,
        long holds,
        IReadOnlyList<Outage>? outages = null
    )
    {
        long start = window.StartAt(now);
        List<HistoryPiece>?[] within = new List<HistoryPiece>?[window.Cells];
        // The newest observation before the window: what its first cells may go on from.
        HistoryBucket? before = null;
        foreach (HistoryPiece piece in Sources(history, window, now, holds))
        {
            HistoryBucket bucket = piece.Bucket;
            if (bucket.Start > now)
            {
                continue;
            }

            if (bucket.Start >= start)
            {
                (within[(bucket.Start - start) / window.CellLength] ??= []).Add(piece);
            }
            else if (before is null || bucket.Start > before.Value.Start)
            {
                before = bucket;
            }
        }

        HistoryCell[] cells = new HistoryCell[window.Cells];
        HistoryBucket? last = before;
        UptimeCounter uptime = new(outages ?? [], start, now);
        for (int i = 0; i < cells.Length; i++)
        {
            long begin = start + (i * window.CellLength),
                end = Math.Min(now, begin + window.CellLength);
            if (within[i] is { } pieces)
            {
                cells[i] = HistoryCell.Of(pieces);
                last = pieces.MaxBy(piece => piece.Bucket.Start).Bucket with { Worst = cells[i].Worst, Reason = cells[i].Reason };
            }
            else
            {
                // No check was due, maybe: an observation's knowledge covers every cell that ends, or has come to now, while it holds.
                cells[i] =
                    last is { } known && end <= known.Start + holds
                        ? HistoryCell.Nothing with
                        {
                            Worst = known.Worst,
                            Reason = known.Reason,
                        }
                        : HistoryCell.Nothing;
            }

            uptime.Add(begin, end, cells[i].Worst, within[i]);
        }

        return new(window, start, cells) { Uptime = uptime.Result };
    }

    /// <summary>Each list for the time that the next coarser one doesn't hold yet, so that nothing counts twice.</summary>
    private static IEnumerable<HistoryPiece> Sources(DependencyHistory history, StatusWindow window, long now, long holds)
    {
        long held = 0;
        if (window.CellLength >= HistoryBucket.Quarter)
        {
            foreach (HistoryBucket quarter in history.Quarters)
            {
                held = Math.Max(held, quarter.Start + HistoryBucket.Quarter);
                yield return new(quarter, HistoryBucket.Quarter);
            }
        }

        long heldByMinutes = held;
        foreach (HistoryBucket minute in history.Minutes)
        {
            if (minute.Start < held)
            {
                continue;
            }

            heldByMinutes = Math.Max(heldByMinutes, minute.Start + HistoryBucket.Minute);
            yield return new(minute, HistoryBucket.Minute);
        }

        // Newest first: each holds until the one after it.
        long next = now;
        foreach (CheckPoint check in history.Checks)
        {
            if (check.At >= heldByMinutes)
            {
                HistoryBucket alone = new(check.At, 1, check.Status, check.Reason, check.LatencyMs, check.LatencyMs, check.LatencyMs);
                yield return new(alone, Math.Clamp(next - check.At, 0, holds));
                next = check.At;
            }
        }
    }
}
