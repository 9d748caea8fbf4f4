using System.Text.Json;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Http.Status;

/// <summary>A dependency of <c>/status/history</c>, with its windows.</summary>
internal static class DependencyJson
{
    public static void WriteDependency(this Utf8JsonWriter writer, DependencyView dependency)
    {
        writer.WriteStartObject();
        writer.WriteString("name", dependency.Name);
        writer.WriteString("status", dependency.Status.Wire());
        writer.WriteString("reason", dependency.Reason);
        if (dependency.Detail is { } detail)
        {
            writer.WriteString("detail", detail);
        }

        writer.WriteMoment("since", dependency.Since);
        if (dependency.Latency is { } latency)
        {
            writer.WriteNumber("latencyMs", Math.Round(latency.TotalMilliseconds, 3));
        }
        else
        {
            writer.WriteNull("latencyMs");
        }

        writer.WriteMoment("checkedAt", dependency.CheckedAt);
        writer.WriteSeconds("ageSeconds", dependency.Age?.TotalSeconds);
        writer.WriteStartObject("windows");
        foreach (HistoryCells cells in dependency.Windows)
        {
            WriteWindow(writer, cells);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteWindow(Utf8JsonWriter writer, HistoryCells cells)
    {
        writer.WriteStartObject(cells.Window.Name);
        writer.WriteString("start", DateTimeOffset.FromUnixTimeMilliseconds(cells.Start));
        writer.WriteNumber("cellSeconds", cells.Window.CellLength / 1000);
        if (cells.Uptime.Percent is { } percent)
        {
            writer.WriteNumber("uptimePercent", percent);
        }
        else
        {
            writer.WriteNull("uptimePercent");
        }

        writer.WriteSeconds("downSeconds", cells.Uptime.DownTime.TotalSeconds);
        writer.WriteSeconds("noDataSeconds", cells.Uptime.NoData.TotalSeconds);
        writer.WriteStartArray("cells");
        foreach (HistoryCell cell in cells.Cells)
        {
            WriteCell(writer, cell);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    /// <summary>A cell in which nothing was known is null; one without a check of its own has no latency.</summary>
    private static void WriteCell(Utf8JsonWriter writer, in HistoryCell cell)
    {
        if (cell.Worst == DependencyStatus.Unknown)
        {
            writer.WriteNullValue();
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("status", cell.Worst.Wire());
        writer.WriteString("reason", cell.Reason);
        writer.WriteNumber("count", cell.Count);
        if (cell.Count > 0)
        {
            writer.WriteNumber("medianMs", Math.Round(cell.MedianMs, 2));
            writer.WriteNumber("p95Ms", Math.Round(cell.Percentile95Ms, 2));
            writer.WriteNumber("largestMs", Math.Round(cell.LargestMs, 2));
        }

        writer.WriteEndObject();
    }
}
