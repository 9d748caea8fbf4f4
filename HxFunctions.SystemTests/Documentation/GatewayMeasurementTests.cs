using System.Text.Json;
using HxFunctions.Servers;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Documentation;

/// <summary>bench/gateways/measure.py, which measures for docs/performance.md: what it makes of the rounds.</summary>
public sealed class GatewayMeasurementTests
{
    private const string Rows = """
        import json, runpy, sys
        given = json.load(sys.stdin)
        rest = dict.fromkeys(["p50", "p99", "gateway", "guard", "connections"], 0)
        rounds = {case: [{**rest, "rate": rate} for rate in rates] for case, rates in given["rates"].items()}
        print(json.dumps(runpy.run_path(given["file"])["rows_of"]("nginx", "static", rounds)))
        """;

    /// <summary>As the page's method says. The medians' ratio would be 30 / 10.</summary>
    [Fact]
    public async Task Ratio_is_the_median_of_the_rounds_ratios()
    {
        using ThrowAwayDirectory directory = new("hx-measure-");
        string script = Path.Combine(directory.Path, "rows.py");
        await File.WriteAllTextAsync(script, Rows);
        string given = JsonSerializer.Serialize(
            new
            {
                file = Path.Combine(Repository.Root, "bench", "gateways", "measure.py"),
                rates = new Dictionary<string, double[]> { ["no guard"] = [10, 20, 5], ["admin, open"] = [10, 40, 30] },
            }
        );

        JsonElement rows = JsonDocument.Parse(await DebianPython.RunAsync(script, given)).RootElement;

        Assert.Equal(
            [("no guard", 10, 1), ("admin, open", 30, 2)],
            rows.EnumerateArray()
                .Select(row =>
                    (row.GetProperty("case").GetString(), row.GetProperty("rate").GetDouble(), row.GetProperty("ratio").GetDouble())
                )
        );
    }
}
