using System.Globalization;
using HxFunctions.Cli.Commands;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace HxFunctions.Cli.Smoke;

/// <summary>Results for people: the servers, the guarded routes by what they gave, and what to do. What fails comes first.</summary>
internal static class SmokeTable
{
    private static readonly string[] Keys = ["admin key", "no key", "limited key"];

    /// <summary>Below these, in columns, tables with a column for each key would break words.</summary>
    private const int MinWidth = 76,
        MinWidthOfAll = 100;

    /// <param name="all">Each route on a line of its own, instead of one for all that gave the same.</param>
    /// <param name="width">In columns; <see langword="null"/>: the terminal's, or what suits a file.</param>
    public static string Render(IReadOnlyList<SmokeResult> results, TimeSpan took, bool all, TextWriter output, int? width = null)
    {
        IReadOnlyList<RouteGroup> groups = all ? RouteGroup.Singles(results) : RouteGroup.Of(results);
        int columns = width ?? CliConsole.WidthOf(output);
        Table routes = columns < (all ? MinWidthOfAll : MinWidth) ? NarrowRoutes(groups) : Routes(groups, all);
        bool isShortened = groups.Any(g => g.Results.Count > 1);
        IEnumerable<string> parts = new IRenderable[] { Servers(results), routes, Advice(results) }
            .Select(part => CliConsole.Render(part, output, columns))
            .Where(text => text.Length > 0)
            .Append(Summary(results, took) + (isShortened ? $"  --all shows each route{Environment.NewLine}" : ""));
        return string.Join(Environment.NewLine, parts);
    }

    private static CliTable Servers(IReadOnlyList<SmokeResult> results)
    {
        CliTable table = new CliTable("Check", "Result", "Found", "Time").Right(3);
        foreach (SmokeResult result in results.Where(r => !RouteGroup.IsRoute(r)).OrderBy(r => r.Outcome != SmokeOutcome.Fail))
        {
            table.AddRow(NameOf(result), Coloured(result, result.Word), Markup.Escape(result.Found), Time(result.Took));
        }

        return table;
    }

    /// <summary>A line for each group, a column for each key.</summary>
    private static Table Routes(IReadOnlyList<RouteGroup> groups, bool all)
    {
        int keys = KeyCount(groups);
        Table table = new Table().Border(TableBorder.Simple).AddColumn("Guarded");
        if (all)
        {
            table.AddColumn("Request");
        }

        table.AddColumn("Guard").AddColumns([.. Keys.Take(keys).Select(key => $"{char.ToUpperInvariant(key[0])}{key[1..]}")]);
        if (all)
        {
            table.AddColumn(new TableColumn("Time").RightAligned().NoWrap());
        }

        foreach (RouteGroup group in groups)
        {
            List<string> cells = [Markup.Escape(string.Join(", ", RouteGroup.Shortened(group.Routes)))];
            if (all)
            {
                cells.Add(Markup.Escape(RequestOf(group.First[0])));
            }

            cells.Add(group.First[0].Verdict ?? "");
            cells.AddRange(Enumerable.Range(0, keys).Select(key => Coloured(group.First[key], group.Cell(key))));
            if (all)
            {
                cells.Add(Time(TimeSpan.FromTicks(group.First.Sum(r => r.Took.Ticks))));
            }

            table.AddRow([.. cells]);
        }

        return table;
    }

    /// <summary>The same in three columns: a line for each name and for each key.</summary>
    private static Table NarrowRoutes(IReadOnlyList<RouteGroup> groups)
    {
        int keys = KeyCount(groups);
        Table table = new Table().Border(TableBorder.Simple).AddColumn(new TableColumn("Guarded").NoWrap()).AddColumns("Guard", "Answers");
        foreach (RouteGroup group in groups)
        {
            table.AddRow(
                Markup.Escape(string.Join(",\n", RouteGroup.Shortened(group.Routes))),
                group.First[0].Verdict ?? "",
                string.Join('\n', Enumerable.Range(0, keys).Select(key => Coloured(group.First[key], $"{Keys[key]}: {group.Cell(key)}")))
            );
        }

        return table;
    }

    /// <summary>The limited key's column is left out when there was no such key: the first table says so.</summary>
    private static int KeyCount(IReadOnlyList<RouteGroup> groups) =>
        groups.All(g => g.First[^1].Advice == RouteProbe.NoLimitedKey) ? Keys.Length - 1 : Keys.Length;

    /// <summary>What results mean, each thing once; many routes share one cause. That there was no limited key is said once, too.</summary>
    private static Grid Advice(IReadOnlyList<SmokeResult> results)
    {
        Grid grid = new Grid().AddColumn(new GridColumn().NoWrap().PadLeft(2).PadRight(1)).AddColumn(new GridColumn().PadRight(0));
        foreach (
            IGrouping<(SmokeOutcome Outcome, string Advice), SmokeResult> group in results
                .Where(r =>
                    r.Advice.Length > 0 && r.Advice != RouteProbe.NoLimitedKey && !(RouteGroup.IsRoute(r) && r.Outcome == SmokeOutcome.Pass)
                )
                .GroupBy(r => (r.Outcome, r.Advice))
                .OrderBy(g =>
                    g.Key.Outcome switch
                    {
                        SmokeOutcome.Fail => 0,
                        SmokeOutcome.Pass => 1,
                        _ => 2,
                    }
                )
        )
        {
            SmokeResult first = group.First();
            string word = first.Outcome == SmokeOutcome.Pass ? "note" : first.Word;
            IEnumerable<string> names = group.Select(r => RouteGroup.IsRoute(r) ? RouteGroup.NameOf(r) : RequestOf(r)).Distinct();
            grid.AddRow(Coloured(first, word), Markup.Escape($"{string.Join(", ", RouteGroup.Shortened(names))}: {group.Key.Advice}"));
        }

        return grid;
    }

    private static string NameOf(SmokeResult result) => Markup.Escape($"{RequestOf(result)} ({result.Name})");

    /// <summary>All of them are GETs.</summary>
    private static string RequestOf(SmokeResult result) => result.Request.Split(' ', 2)[^1];

    private static string Coloured(SmokeResult result, string text)
    {
        string colour = result.Outcome switch
        {
            SmokeOutcome.Pass => "green",
            SmokeOutcome.Fail => "red",
            _ => "grey",
        };
        return $"[{colour}]{Markup.Escape(text)}[/]";
    }

    private static string Time(TimeSpan time) =>
        time == TimeSpan.Zero ? "" : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0} ms");

    private static string Summary(IReadOnlyList<SmokeResult> results, TimeSpan took) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"  {results.Count(r => r.Outcome == SmokeOutcome.Pass)} passed, "
                + $"{results.Count(r => r.Outcome == SmokeOutcome.Fail)} failed, "
                + $"{results.Count(r => r.Outcome == SmokeOutcome.Skipped)} skipped in {took.TotalSeconds:0.0} s{Environment.NewLine}"
        );
}
