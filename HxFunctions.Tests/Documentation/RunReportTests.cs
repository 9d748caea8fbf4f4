using HxFunctions.Bench.Report;

namespace HxFunctions.Tests.Documentation;

/// <summary>Verdicts, and what becomes of the parts of a run that was not complete.</summary>
public sealed class RunReportTests
{
    private const string Slowest = "decision with LiteLLM's full rules, the slowest";
    private const string First = "first answer, ordinary";

    [Theory]
    [InlineData(true, 0.5, 0.5, true)]
    [InlineData(true, 0.5, 0.500001, false)]
    [InlineData(true, 0, 0, true)]
    [InlineData(false, 0.9, 0.9, true)]
    [InlineData(false, 0.9, 0.899999, false)]
    [InlineData(false, 0.9, 1.2, true)]
    [InlineData(true, 0.5, double.NaN, false)]
    [InlineData(false, 0.5, double.NaN, false)]
    public void Target_is_met_at_its_bound_and_not_beyond(bool isMost, double bound, double value, bool isMet)
    {
        Target target = new("a target", "figure", isMost, bound);

        Assert.Equal(isMet, target.IsMetBy(value));
        Assert.Equal(isMet ? "met" : "**missed**", target.Verdict(value));
    }

    [Theory]
    [InlineData("", 0.9, "≤ 0.90", 0.8996, "0.900")]
    [InlineData("ms", 350, "≤ 350 ms", 48.61, "48.6 ms")]
    [InlineData("bytes", 0, "≤ 0 bytes", 0, "0 bytes")]
    public void Bound_and_figure_are_written_with_their_unit(string unit, double bound, string boundText, double value, string text)
    {
        Target target = new("a target", "figure", true, bound, unit);

        Assert.Equal((boundText, text), (target.BoundText, target.Written(value)));
    }

    [Theory]
    [InlineData(0.999, "1.00")]
    [InlineData(9.99, "9.99")]
    [InlineData(9.996, "10.0")]
    [InlineData(99.94, "99.9")]
    [InlineData(99.96, "100")]
    [InlineData(123456.7, "123,457")]
    [InlineData(double.NaN, "?")]
    public void Figure_has_three_digits(double value, string text) => Assert.Equal(text, Figure.Text(value));

    [Fact]
    public void Targets_are_told_apart_by_their_texts_and_figures()
    {
        Assert.Equal(Targets.All.Count, Targets.All.Select(target => target.Text).Distinct().Count());
        Assert.Equal(Targets.All.Count, Targets.All.Select(target => target.Figure).Distinct().Count());
    }

    [Fact]
    public void Part_that_was_not_run_keeps_its_tables_and_rows()
    {
        PerformancePage page = EmptyPage();
        RunReport.Write(
            page,
            [Result(Parts.Decision, "one", "decision.nanoseconds", 150), Result(Parts.Start, "one", "start.ordinary", 300)],
            []
        );

        MarkdownTable targets = RunReport.Write(page, [Result(Parts.Start, "two", "start.ordinary", 351)], [("cores", "2 of them")]);

        Assert.Equal(
            [
                [First, "≤ 350 ms", "351 ms", "**missed**"],
            ],
            targets.Rows
        );
        Assert.Equal(
            [
                [First, "≤ 350 ms", "351 ms", "**missed**"],
                [Slowest, "≤ 150 ns", "150 ns", "met"],
            ],
            MarkdownTable.ReadRows(page.Read(RunReport.TargetsTable))
        );
        Assert.Equal(
            ["decision one", "start two"],
            MarkdownTable.ReadRows(page.Read(RunReport.RunsTable)).Select(row => $"{row[0]} {row[2]}")
        );
        Assert.Equal(["decision: one", "start: two"], new[] { Parts.Decision, Parts.Start }.Select(part => page.Read(part).Trim()));
        Assert.Equal(
            [
                ["cores", "2 of them"],
            ],
            MarkdownTable.ReadRows(page.Read(RunReport.MachineTable))
        );
    }

    [Fact]
    public void Result_is_read_as_it_was_written()
    {
        string folder = Directory.CreateTempSubdirectory("hx-report-").FullName;
        try
        {
            PartResult result = Result(Parts.Worker, "one", "worker.answered", 1.15);
            result.Write(folder);

            PartResult read = Assert.Single(PartResult.ReadAll(folder));
            Assert.Equal((result.Part, result.Commit, result.Others), (read.Part, read.Commit, read.Others));
            Assert.Equal(result.Tables, read.Tables);
            Assert.Equal(result.Figures, read.Figures);
            Assert.Equal(result.Tables[Parts.Worker], File.ReadAllText(Path.Combine(folder, "worker.md")));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Row_must_have_a_cell_for_each_column() =>
        Assert.Throws<ArgumentException>(() => new MarkdownTable("a", "b").Add("only one"));

    private static PartResult Result(string part, string commit, string figure, double value) =>
        new(
            part,
            "2026-05-30",
            commit,
            "2 × Something",
            12.3,
            0.01,
            new Dictionary<string, string> { [part] = $"{part}: {commit}\n" },
            new Dictionary<string, double> { [figure] = value }
        );

    private static PerformancePage EmptyPage() =>
        new(string.Concat(RunReport.Tables.Select(name => $"<!-- table: {name} -->\n<!-- end of table -->\n")));
}
