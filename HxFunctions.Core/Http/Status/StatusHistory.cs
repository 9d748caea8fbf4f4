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

    /// <param name="buckets">At least one.</param>
    public static HistoryCell Of(IReadOnlyCollection<HistoryBucket> buckets)
    {
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
internal sealed record HistoryCells(StatusWindow Window, long Start, IReadOnlyList<HistoryCell> Cells);

/// <summary>Makes cells of the lists that Redis keeps. Pure.</summary>
internal static class StatusHistory
{
    /// <summary>Aggregates a dependency's history into the cells of a window: the worst state wins, and where nothing was known there is a
    /// gap.</summary>
    /// <param name="now">Redis's clock, in milliseconds since 1970. What claims to be later is left out.</param>
    /// <param name="holds">
    /// For how long one check's knowledge holds, in milliseconds. When checks are rarer than cells, the cells between them are known, too.
    /// </param>
    public static HistoryCells Aggregate(DependencyHistory history, StatusWindow window, long now, long holds)
    {
        long start = window.StartAt(now);
        List<HistoryBucket>?[] within = new List<HistoryBucket>?[window.Cells];
        // The newest observation before the window: what its first cells may go on from.
        HistoryBucket? before = null;
        foreach (HistoryBucket bucket in Sources(history, window))
        {
            if (bucket.Start > now)
            {
                continue;
            }

            if (bucket.Start >= start)
            {
                (within[(bucket.Start - start) / window.CellLength] ??= []).Add(bucket);
            }
            else if (before is null || bucket.Start > before.Value.Start)
            {
                before = bucket;
            }
        }

        HistoryCell[] cells = new HistoryCell[window.Cells];
        HistoryBucket? last = before;
        for (int i = 0; i < cells.Length; i++)
        {
            long end = Math.Min(now, start + ((i + 1) * window.CellLength));
            if (within[i] is { } buckets)
            {
                cells[i] = HistoryCell.Of(buckets);
                last = buckets.MaxBy(b => b.Start) with { Worst = cells[i].Worst, Reason = cells[i].Reason };
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
        }

        return new(window, start, cells);
    }

    /// <summary>Each list for the time that the next coarser one doesn't hold yet, so that nothing counts twice.</summary>
    private static IEnumerable<HistoryBucket> Sources(DependencyHistory history, StatusWindow window)
    {
        long held = 0;
        if (window.CellLength >= HistoryBucket.Quarter)
        {
            foreach (HistoryBucket quarter in history.Quarters)
            {
                held = Math.Max(held, quarter.Start + HistoryBucket.Quarter);
                yield return quarter;
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
            yield return minute;
        }

        foreach (CheckPoint check in history.Checks)
        {
            if (check.At >= heldByMinutes)
            {
                yield return new(check.At, 1, check.Status, check.Reason, check.LatencyMs, check.LatencyMs, check.LatencyMs);
            }
        }
    }
}
