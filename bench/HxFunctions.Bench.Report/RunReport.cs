using System.Globalization;

namespace HxFunctions.Bench.Report;

/// <summary>Puts the results of a run into the page, and says which targets were met.</summary>
internal static class RunReport
{
    public const string TargetsTable = "targets";
    public const string MachineTable = "machine";
    public const string RunsTable = "runs";

    /// <summary>Every table that the page must have.</summary>
    public static IReadOnlyList<string> Tables { get; } =
    [TargetsTable, MachineTable, RunsTable, .. Parts.Tables.SelectMany(part => part.Tables)];

    /// <summary>Writes what was measured. A part that wasn't run keeps its tables, and its rows in the tables of all parts.</summary>
    /// <param name="page">The page, which is changed.</param>
    /// <param name="results">Of the parts that were run.</param>
    /// <param name="machine">Facts about the machine, by name.</param>
    /// <returns>The targets of the parts that were run.</returns>
    public static MarkdownTable Write(PerformancePage page, IReadOnlyList<PartResult> results, IReadOnlyList<(string, string)> machine)
    {
        foreach ((string name, string table) in results.SelectMany(result => result.Tables))
        {
            page.Replace(name, table);
        }

        MarkdownTable targets = Judge(results);
        MarkdownTable all = Judge(results);
        all.Keep(MarkdownTable.ReadRows(page.Read(TargetsTable)));
        all.Arrange([.. Targets.All.Select(target => target.Text)]);
        page.Replace(TargetsTable, all.ToString());

        MarkdownTable runs = Runs(results);
        runs.Keep(MarkdownTable.ReadRows(page.Read(RunsTable)));
        runs.Arrange(Parts.Names);
        page.Replace(RunsTable, runs.ToString());

        if (machine.Count > 0)
        {
            MarkdownTable facts = new(2, "machine", "");
            foreach ((string name, string value) in machine)
            {
                facts.Add(name, value);
            }

            page.Replace(MachineTable, facts.ToString());
        }

        return targets;
    }

    private static MarkdownTable Judge(IReadOnlyList<PartResult> results)
    {
        Dictionary<string, double> figures = results.SelectMany(result => result.Figures).ToDictionary();
        MarkdownTable table = new(1, "target", "bound", "measured", "verdict");
        foreach (Target target in Targets.All)
        {
            if (figures.TryGetValue(target.Figure, out double value))
            {
                table.Add(target.Text, target.BoundText, target.Written(value), target.Verdict(value));
            }
        }

        return table;
    }

    private static MarkdownTable Runs(IReadOnlyList<PartResult> results)
    {
        MarkdownTable table = new(4, "part", "day", "commit", "machine", "took, s", "other programs, % of the processor time");
        foreach (PartResult result in results)
        {
            table.Add(
                result.Part,
                result.Day,
                result.Commit,
                result.Machine,
                result.Seconds.ToString("0", CultureInfo.InvariantCulture),
                Figure.Text(100 * result.Others)
            );
        }

        return table;
    }
}
