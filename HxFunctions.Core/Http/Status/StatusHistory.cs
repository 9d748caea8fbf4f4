using HxFunctions.Core.Probing;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Core.Http.Status;

/// <summary>What a cell of a bar shows.</summary>
/// <param name="Worst">The worst state within it; unknown where nothing was known.</param>
/// <param name="Count">How many checks; 0 also where an earlier check's knowledge still held.</param>
/// <param name="MedianMs">The median latency, of several buckets the mean of theirs by number of checks.</param>
/// <param name="Percentile95Ms">Of several buckets the largest of theirs: an upper bound.</param>
internal readonly record struct HistoryCell(
    DependencyStatus Worst, string Reason, int Count, double MedianMs, double Percentile95Ms, double LargestMs)
{
    public static HistoryCell Nothing { get; } = new(DependencyStatus.Unknown, Reasons.Unknown, 0, 0, 0, 0);

    public HistoryCell With(in HistoryBucket bucket)
    {
        int count = Count + bucket.Count;
        (DependencyStatus worst, string reason) = Count == 0 || bucket.Worst < Worst ? (bucket.Worst, bucket.Reason) : (Worst, Reason);
        double median = ((MedianMs * Count) + (bucket.MedianMs * bucket.Count)) / count;
        return new(worst, reason, count, median, Math.Max(Percentile95Ms, bucket.Percentile95Ms), Math.Max(LargestMs, bucket.LargestMs));
    }
}

/// <summary>The cells of one window, oldest first.</summary>
/// <param name="Start">The first moment, milliseconds since 1970.</param>
internal sealed record HistoryCells(StatusWindow Window, long Start, IReadOnlyList<HistoryCell> Cells);

/// <summary>Makes cells of the lists that Redis keeps. Pure.</summary>
internal static class StatusHistory
{
    /// <summary>Aggregates a dependency's history into the cells of a window: the worst state wins, and where nothing was known there is a gap.</summary>
    /// <param name="now">Redis's clock, in milliseconds since 1970. What claims to be later is left out.</param>
    /// <param name="holds">
    /// For how long one check's knowledge holds, in milliseconds. When checks are rarer than cells, the cells between them are known, too.
    /// </param>
    public static HistoryCells Aggregate(DependencyHistory history, StatusWindow window, long now, long holds)
    {
        long start = window.StartAt(now);
        HistoryCell[] cells = new HistoryCell[window.Cells];
        Array.Fill(cells, HistoryCell.Nothing);
        // The newest observation before the window, and the start of the newest in each cell: what later cells may go on from.
        HistoryBucket? before = null;
        long[] newest = new long[window.Cells];
        foreach (HistoryBucket bucket in Sources(history, window))
        {
            if (bucket.Start > now) continue;
            if (bucket.Start < start)
            {
                if (before is null || bucket.Start > before.Value.Start) before = bucket;
                continue;
            }

            int cell = (int)((bucket.Start - start) / window.CellLength);
            cells[cell] = cells[cell].With(bucket);
            newest[cell] = Math.Max(newest[cell], bucket.Start);
        }

        CarryOn(cells, newest, before, start, window.CellLength, now, holds);
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
            if (minute.Start < held) continue;
            heldByMinutes = Math.Max(heldByMinutes, minute.Start + HistoryBucket.Minute);
            yield return minute;
        }

        foreach (CheckPoint check in history.Checks)
        {
            if (check.At >= heldByMinutes) yield return new(check.At, 1, check.Status, check.Reason, check.LatencyMs, check.LatencyMs, check.LatencyMs);
        }
    }

    /// <summary>Fills the cells in which no check was due: an observation's knowledge covers every cell that ends, or has come to now, while it holds.</summary>
    private static void CarryOn(HistoryCell[] cells, long[] newest, HistoryBucket? before, long start, long length, long now, long holds)
    {
        (long At, DependencyStatus Status, string Reason)? last = before is { } b ? (b.Start, b.Worst, b.Reason) : null;
        for (int i = 0; i < cells.Length; i++)
        {
            if (cells[i].Count > 0) last = (newest[i], cells[i].Worst, cells[i].Reason);
            else if (last is { } known && Math.Min(now, start + ((i + 1) * length)) <= known.At + holds) cells[i] = HistoryCell.Nothing with { Worst = known.Status, Reason = known.Reason };
        }
    }
}
