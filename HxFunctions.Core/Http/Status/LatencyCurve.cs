using System.Globalization;
using System.Text;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Http.Status;

/// <summary>A window's latency, as inline SVG: the median as a line, with a band up to the 95th percentile. What it shows is said in words,
/// too.</summary>
internal static class LatencyCurve
{
    private const int Height = 100;

    /// <summary>A cell is two units wide, so that its middle is a whole number.</summary>
    private const int CellWidth = 2;

    /// <summary>The curve with its axes, or words when there is nothing to draw.</summary>
    public static void Add(HtmlWriter html, DependencyView dependency, HistoryCells cells)
    {
        HistoryCell[] measured = [.. cells.Cells.Where(c => c.Count > 0)];
        if (measured.Length == 0)
        {
            html.Add($"""<p class="quiet small chart">Nothing was measured.</p>""");
            return;
        }

        // A failure takes as long as its time-out: it would flatten everything else, so it doesn't set the scale.
        HistoryCell[] scaling = measured.Where(c => c.Worst != DependencyStatus.Fail).ToArray() is { Length: > 0 } passing
            ? passing
            : measured;
        double top = NiceCeiling(scaling.Max(c => c.Percentile95Ms));
        html.Add(
            $"""<figure class="chart"><div class="y" aria-hidden="true"><span>{StatusText.Latency(top)}</span><span>{StatusText.Latency(top / 2)}</span><span>0</span></div>"""
        );
        html.Add(
            $"""<svg viewBox="0 0 {cells.Cells.Count * CellWidth} {Height}" preserveAspectRatio="none" role="img" aria-label="Latency of {dependency.DisplayName}, {cells.Window.Title}: {Summary(cells)}">"""
        );
        html.Add(
            $"""<path class="grid" d="M0 0H{cells.Cells.Count * CellWidth}M0 50H{cells.Cells.Count * CellWidth}M0 100H{cells.Cells.Count * CellWidth}"/>"""
        );
        string failed = CellRuns.Path(
            cells,
            DependencyStatus.Fail,
            (path, start, length) =>
                path.Append(CultureInfo.InvariantCulture, $"M{start * CellWidth} 0h{length * CellWidth}V{Height}h-{length * CellWidth}")
        );
        if (failed.Length > 0)
        {
            html.Add($"""<path class="failed" d="{failed}"/>""");
        }

        (string band, string curve) = Lines(cells, top);
        html.Add($"""<path class="band" d="{band}"/><path class="curve" d="{curve}"/></svg>""");
        AddTimes(html, cells);
        html.Add($"</figure>");
    }

    /// <summary>In words: the typical latency and the largest.</summary>
    public static string Summary(HistoryCells cells)
    {
        HistoryCell[] measured = [.. cells.Cells.Where(c => c.Count > 0)];
        if (measured.Length == 0)
        {
            return "nothing measured";
        }

        double median = HistoryCell.WeightedMedian(measured.Select(c => (c.MedianMs, c.Count)));
        return $"median {StatusText.Latency(median)}, max {StatusText.Latency(measured.Max(c => c.LargestMs))}";
    }

    /// <summary>The band from the median to the 95th percentile, and the median's line; both broken where nothing was measured.</summary>
    private static (string Band, string Curve) Lines(HistoryCells cells, double top)
    {
        StringBuilder band = new(),
            curve = new();
        for (int start = 0; start < cells.Cells.Count; start++)
        {
            if (cells.Cells[start].Count == 0)
            {
                continue;
            }

            int end = start;
            while (end < cells.Cells.Count && cells.Cells[end].Count > 0)
            {
                end++;
            }

            int[] medians = [.. Enumerable.Range(start, end - start).Select(i => Y(cells.Cells[i].MedianMs, top))];
            int[] highs = [.. Enumerable.Range(start, end - start).Select(i => Y(cells.Cells[i].Percentile95Ms, top))];
            int x = (start * CellWidth) + 1;

            curve.Append(CultureInfo.InvariantCulture, $"M{x} {medians[0]}");
            // A measurement with nothing beside it is a dot.
            if (medians.Length == 1)
            {
                curve.Append("h.1");
            }

            AddSteps(curve, medians, CellWidth);
            band.Append(CultureInfo.InvariantCulture, $"M{x} {highs[0]}");
            AddSteps(band, highs, CellWidth);
            band.Append(CultureInfo.InvariantCulture, $"V{medians[^1]}");
            AddSteps(band, [.. medians.Reverse()], -CellWidth);
            start = end;
        }

        return (band.ToString(), curve.ToString());
    }

    /// <summary>The way from the first of some heights to the last, in relative steps: shorter than the places themselves.</summary>
    private static void AddSteps(StringBuilder path, int[] heights, int step)
    {
        for (int i = 1; i < heights.Length; i++)
        {
            int rise = heights[i] - heights[i - 1];
            string before = i == 1 ? "l"
                : step < 0 ? ""
                : " ",
                between = rise < 0 ? "" : " ";
            path.Append(CultureInfo.InvariantCulture, $"{before}{step}{between}{rise}");
        }
    }

    private static int Y(double milliseconds, double top) => Height - (int)Math.Round(Math.Min(1, milliseconds / top) * Height);

    /// <summary>1, 2 or 5 times a power of ten, not less than the value, and not less than a tenth of a millisecond.</summary>
    private static double NiceCeiling(double value)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(value, 0.1))));
        double factor = new double[] { 1, 2, 5, 10 }.First(f => f * power >= value - 1e-9);
        return factor * power;
    }

    private static void AddTimes(HtmlWriter html, HistoryCells cells)
    {
        html.Add($"""<div class="x" aria-hidden="true">""");
        for (int i = 0; i <= 2; i++)
        {
            DateTimeOffset at = DateTimeOffset.FromUnixTimeMilliseconds(
                cells.Start + (cells.Window.Cells * cells.Window.CellLength * i / 2)
            );
            string label = cells.Window == StatusWindow.Week ? StatusText.Day(at) : StatusText.ClockMinutes(at);
            html.Add($"<span>{label}{(i == 2 ? " UTC" : "")}</span>");
        }

        html.Add($"</div>");
    }
}
