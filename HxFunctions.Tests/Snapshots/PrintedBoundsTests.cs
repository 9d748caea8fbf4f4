using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using HxFunctions.Cli.Commands;
using HxFunctions.Cli.Demo;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Snapshots;

/// <summary>One table of bounds, wherever it is printed.</summary>
public sealed partial class PrintedBoundsTests
{
    private static readonly Settings Defaults = Settings.From(
        new Dictionary<string, string?>
        {
            [Variables.PgUrl] = "postgresql://u:p@127.0.0.1/db",
            [Variables.RedisUrl] = "redis://127.0.0.1",
            [Variables.QdrantUrl] = "http://127.0.0.1:6333",
        }
    );

    private static IReadOnlyList<DetectionBound> Rows => DetectionBounds.From(Defaults.Product).Rows;

    [Fact]
    public void Page_has_the_table_of_the_defaults()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "knowledge.md"));
        Assert.Equal(
            Rows.Select(row => (row.Case, row.Name, row.Text, row.TextBehindCache)),
            TableRow().Matches(page).Select(row => (row.Groups[1].Value, row.Groups[2].Value, row.Groups[3].Value, row.Groups[4].Value))
        );
    }

    [Fact]
    public void Readme_has_the_first_three()
    {
        string readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        Assert.Equal(Rows.Take(3).Select(row => row.Text), ReadmeRow().Matches(readme).Select(row => row.Groups[1].Value));
        Assert.Equal("+ 2 s", Rows.Single(row => row.Name == "otherInstances").Text);
        Assert.Contains("a second instance is at most 2 s later", readme, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Config_as_json_has_the_same_figures()
    {
        using JsonDocument config = JsonDocument.Parse(await ConfigAsync(json: true));
        Assert.Equal(Rows.Select(row => (row.Name, row.Seconds)), FiguresOf("boundsSeconds"));
        Assert.Equal(Rows.Select(row => (row.Name, row.SecondsBehindCache)), FiguresOf("boundsSecondsBehindCache"));

        IEnumerable<(string, double)> FiguresOf(string property) =>
            config.RootElement.GetProperty(property).EnumerateObject().Select(row => (row.Name, row.Value.GetDouble()));
    }

    [Fact]
    public async Task Config_as_text_has_the_same_figures()
    {
        string[] lines = (await ConfigAsync(json: false)).Split('\n');
        Assert.All(
            Rows,
            row =>
                Assert.Single(
                    lines,
                    line =>
                        line.Trim().StartsWith(row.Case, StringComparison.Ordinal)
                        && line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^2..]
                            is [var within, var behind]
                        && (within, behind) == (row.Text, row.TextBehindCache)
                )
        );
    }

    [Fact]
    public void Line_at_start_has_the_same_figures()
    {
        string line = DetectionBounds.From(Defaults.Product).ToString();
        Assert.Equal(
            Rows.Select(row => row.Seconds).Append(DetectionBound.GatewayCache.TotalSeconds),
            Figure().Matches(line).Select(figure => double.Parse(figure.Groups[1].Value, CultureInfo.InvariantCulture))
        );
    }

    [Fact]
    public void Demo_promises_the_same_figures()
    {
        (TimeSpan killed, TimeSpan hung, TimeSpan reopened) = DemoPlot.Promises(DetectionBounds.From(Defaults.Product));
        Assert.Equal(
            Rows.Take(3).Select(row => row.Text),
            [DemoPage.Promised(killed), DemoPage.Promised(hung), DemoPage.Promised(reopened)]
        );
    }

    /// <summary>The policies say themselves for how long they keep a verdict.</summary>
    [Fact]
    public void Policies_keep_a_verdict_for_as_long_as_the_bounds_reckon_with()
    {
        string[] longest =
        [
            .. Directory
                .EnumerateFiles(Path.Combine(Repository.Root, "infra", "apim"), "*.xml", SearchOption.AllDirectories)
                .SelectMany(file => Kept().Matches(File.ReadAllText(file)))
                .Select(kept => kept.Groups[1].Value),
        ];
        Assert.NotEmpty(longest);
        Assert.All(longest, seconds => Assert.Equal(DetectionBound.GatewayCache.TotalSeconds, int.Parse(seconds)));
    }

    private static async Task<string> ConfigAsync(bool json)
    {
        using StringWriter output = new(CultureInfo.InvariantCulture);
        using StringWriter error = new(CultureInfo.InvariantCulture);
        Assert.Equal(ExitCode.Ok, await ConfigCommand.RunAsync(Defaults, json ? text => text : null, output, error));
        return output.ToString();
    }

    [GeneratedRegex(@"(?m)^\| ([^|]+) \| `([A-Za-z]+)` \| [^|]+ \| ((?:\+ )?[0-9.]+ s) \| ((?:\+ )?[0-9.]+ s) \|\r?$")]
    private static partial Regex TableRow();

    [GeneratedRegex(@"(?m)^\| [^|]+: its routes are (?:closed|open) \| ([0-9.]+ s) \|\r?$")]
    private static partial Regex ReadmeRow();

    /// <summary>The duration of an expression that ends in "? shorter : longest".</summary>
    [GeneratedRegex("<cache-store-value [^>]*? : ([0-9]+);")]
    private static partial Regex Kept();

    [GeneratedRegex("([0-9.]+) s\\b")]
    private static partial Regex Figure();
}
