using System.Globalization;
using System.Text.RegularExpressions;

namespace HxFunctions.Tests.Simulation;

/// <summary>That each is found takes minutes: PlantedFaultTests in the system tests.</summary>
public sealed partial class PlantTests
{
    [Fact]
    public void Page_lists_the_planted_faults()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "knowledge.md"));

        Assert.Equal(
            Plants.All.Select(plant => (plant.Name, plant.Property, plant.Hours.ToString(CultureInfo.InvariantCulture))),
            TableRow().Matches(page).Select(row => (row.Groups[1].Value, row.Groups[2].Value, row.Groups[3].Value))
        );
    }

    [Fact]
    public void Every_guarantee_is_broken_by_some() =>
        Assert.Equal(["S1", "S2", "S3", "S4", "S5"], Plants.All.Select(plant => plant.Property).Distinct().Order());

    [GeneratedRegex(@"^\| ([^|]+) \| (S\d) \| ([\d.]+) h", RegexOptions.Multiline)]
    private static partial Regex TableRow();
}
