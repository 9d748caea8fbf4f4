using HxFunctions.Core.Snapshots;

namespace HxFunctions.Core.Http.Status;

/// <summary>A stretch of time up to now that the page shows, in cells of one length.</summary>
/// <param name="Name">In JSON and in identifiers.</param>
/// <param name="Title">As people say it.</param>
/// <param name="CellLength">Milliseconds; whole cells begin at multiples of it, as the buckets of the history do.</param>
/// <param name="CellNames">What a number of cells is called.</param>
internal sealed record StatusWindow(string Name, string Title, int Cells, long CellLength, string CellNames)
{
    private const long HourLength = 60 * HistoryBucket.Minute;

    public static StatusWindow Hour { get; } = new("1h", "1 hour", 60, HistoryBucket.Minute, "minutes");

    public static StatusWindow Day { get; } = new("24h", "24 hours", 96, HistoryBucket.Quarter, "quarter-hours");

    public static StatusWindow Week { get; } = new("7d", "7 days", 84, 2 * HourLength, "stretches of 2 hours");

    public static IReadOnlyList<StatusWindow> All { get; } = [Hour, Day, Week];

    /// <summary>The first moment of the first cell; the last cell is the one that <paramref name="now"/> is in.</summary>
    public long StartAt(long now) => HistoryBucket.StartOf(now, CellLength) - ((Cells - 1) * CellLength);
}
