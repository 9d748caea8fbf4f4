using System.Globalization;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Http.Status;

/// <summary>A window's bar, as inline SVG: one path per state, however many cells there are. What it shows is said in words, too.</summary>
internal static class StatusBar
{
    private const int Height = 12;

    /// <summary>
    /// The bar: up is a low strip, what is worse stands higher, without data there is only a dashed line. So it can be read
    /// without its colours.
    /// </summary>
    public static void Add(HtmlWriter html, DependencyView dependency, HistoryCells cells)
    {
        html.Add(
            $"""<div><p class="bar-text"><span>{cells.Window.Title} <b>{(cells.Uptime.Words is { } uptime ? $"{uptime} up" : "")}</b></span><span>{string.Join(", ", LossesOf(cells))}</span></p>"""
        );
        AddAlone(html, dependency, cells);
        html.Add($"</div>");
    }

    /// <summary>The bar without its line of text.</summary>
    public static void AddAlone(HtmlWriter html, DependencyView dependency, HistoryCells cells)
    {
        html.Add(
            $"""<svg class="bar" viewBox="0 0 {cells.Cells.Count} {Height}" preserveAspectRatio="none" role="img" aria-label="{dependency.DisplayName}, {cells.Window.Title}: {Summary(cells)}">"""
        );
        AddRuns(html, cells, DependencyStatus.Pass, "f-up", 5);
        AddRuns(html, cells, DependencyStatus.Warn, "f-warn", 3);
        AddRuns(html, cells, DependencyStatus.Fail, "f-down", 0);
        string gaps = CellRuns.Path(
            cells,
            DependencyStatus.Unknown,
            (path, start, length) => path.Append(CultureInfo.InvariantCulture, $"M{start} 10h{length}")
        );
        if (gaps.Length > 0)
        {
            html.Add($"""<path class="f-gap" d="{gaps}"/>""");
        }

        html.Add($"</svg>");
    }

    private static void AddRuns(HtmlWriter html, HistoryCells cells, DependencyStatus status, string style, int top)
    {
        string runs = CellRuns.Path(
            cells,
            status,
            (path, start, length) => path.Append(CultureInfo.InvariantCulture, $"M{start} {top}h{length}V{Height}h-{length}")
        );
        if (runs.Length > 0)
        {
            html.Add($"""<path class="{style}" d="{runs}"/>""");
        }
    }

    private static IReadOnlyList<string> LossesOf(HistoryCells cells) =>
        Uptime.LossesOf(cells.Uptime.DownTime, CountOf(cells, DependencyStatus.Warn) > 0, cells.Uptime.NoData);

    private static int CountOf(HistoryCells cells, DependencyStatus status) => cells.Cells.Count(c => c.Worst == status);

    private static string Summary(HistoryCells cells) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{(cells.Uptime.Words is { } uptime ? $"{uptime} up; " : "")}of {cells.Cells.Count} {cells.Window.CellNames} "
                + $"{CountOf(cells, DependencyStatus.Pass)} up, "
                + $"{CountOf(cells, DependencyStatus.Warn)} degraded, {CountOf(cells, DependencyStatus.Fail)} down, "
                + $"{CountOf(cells, DependencyStatus.Unknown)} without data"
        );
}
