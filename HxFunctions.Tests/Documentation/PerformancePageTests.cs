using System.Text.RegularExpressions;
using HxFunctions.Bench.Report;

namespace HxFunctions.Tests.Documentation;

/// <summary>docs/performance.md and what <c>bench/run</c> writes into it.</summary>
public sealed partial class PerformancePageTests
{
    private const string Small = """
        # Page
        <!-- table: a -->

        | a | x |
        | --- | ---: |
        | one | 1 |

        <!-- end of table -->
        Between, 5 ms.
        <!-- table: b -->
        <!-- end of table -->
        The end.
        """;

    private static PerformancePage Page => new(File.ReadAllText(Path.Combine(Repository.Root, "docs", "performance.md")));

    [Fact]
    public void Page_has_every_table_of_the_run_once_and_no_other() => Assert.Equal(RunReport.Tables.Order(), Page.Names.Order());

    [Fact]
    public void Every_part_was_run() => Assert.Equal(Parts.Names, RowsOf(RunReport.RunsTable).Select(row => row[0]));

    /// <summary>Against the bound of today.</summary>
    [Fact]
    public void Every_target_was_judged() =>
        Assert.Equal(
            Targets.All.Select(target => (target.Text, target.BoundText)),
            RowsOf(RunReport.TargetsTable).Select(row => (row[0], row[1]))
        );

    [Fact]
    public void Page_has_no_figure_that_the_run_did_not_write() =>
        Assert.Empty(Measurement().Matches(Page.Prose).Select(found => found.Value));

    /// <summary>They would fall behind with the next run.</summary>
    [Fact]
    public void Readme_leaves_the_figures_of_the_comparison_to_the_page()
    {
        string readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        string section = readme[readme.IndexOf("\n## Why not", StringComparison.Ordinal)..].Split("\n## ")[1];

        Assert.Contains("](docs/performance.md#compared-with-alternatives)", section, StringComparison.Ordinal);
        Assert.Empty(Measurement().Matches(section).Select(found => found.Value));
    }

    [Theory]
    [InlineData("It takes 0.1 of it.", true)]
    [InlineData("It takes 33 ns.", true)]
    [InlineData("A third: 12 µs", true)]
    [InlineData("It serves 48,000 requests per second", true)]
    [InlineData("25 % of a core", true)]
    [InlineData("67 times", true)]
    [InlineData("one thread, two hops, 2 of 3 questions", false)]
    public void Typed_figure_is_found(string text, bool found) => Assert.Equal(found, Measurement().IsMatch(text));

    [Fact]
    public void Replacing_a_table_leaves_all_else_as_it_is()
    {
        PerformancePage page = new(Small);

        page.Replace("a", "| new |\n| --- |\n");
        page.Replace("b", "| b |\n");
        page.Replace("b", "| b |\n");

        Assert.Equal(
            Small
                .Replace("| a | x |\n| --- | ---: |\n| one | 1 |\n", "| new |\n| --- |\n", StringComparison.Ordinal)
                .Replace("<!-- table: b -->\n", "<!-- table: b -->\n\n| b |\n\n", StringComparison.Ordinal),
            page.ToString()
        );
        Assert.Equal("| b |\n", page.Read("b"));
        Assert.Equal(["a", "b"], page.Names);
    }

    [Fact]
    public void Page_of_docs_survives_being_written_again()
    {
        PerformancePage page = Page;
        foreach (string name in page.Names)
        {
            page.Replace(name, page.Read(name));
        }

        Assert.Equal(Page.ToString(), page.ToString());
    }

    [Theory]
    [InlineData("<!-- table: a -->\n<!-- table: b -->\n<!-- end of table -->")]
    [InlineData("<!-- table: a -->\n")]
    [InlineData("<!-- end of table -->\n")]
    public void Marker_out_of_turn_is_refused(string text) => Assert.Throws<FormatException>(() => new PerformancePage(text).Names);

    [Fact]
    public void Table_that_the_page_lacks_is_refused() => Assert.Throws<FormatException>(() => new PerformancePage(Small).Replace("c", ""));

    private static IReadOnlyList<string[]> RowsOf(string table) => MarkdownTable.ReadRows(Page.Read(table));

    [GeneratedRegex(@"\d\.\d|\d ?(%|[nµm]?s\b|[KMG]i?B\b|bytes\b|times\b|requests\b|statements\b|connections\b)")]
    private static partial Regex Measurement();
}
