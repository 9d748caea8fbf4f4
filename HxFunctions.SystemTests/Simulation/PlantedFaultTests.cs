using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using HxFunctions.Tests.Simulation;
using Fleet = HxFunctions.Tests.Simulation.Simulation;

namespace HxFunctions.SystemTests.Simulation;

/// <summary>
/// Would the simulated hours find a fault? Those that are planted by hand (<see cref="Plants"/>) break their property within a few hours,
/// in scenarios that hold without them: the seeds are those with which <see cref="SimulatedHoursTests"/> begins.
/// </summary>
/// <remarks><c>eng/test</c> runs it as it runs <see cref="SimulatedHoursTests"/>.</remarks>
[Collection("measured")]
public sealed partial class PlantedFaultTests
{
    /// <summary>What comes of the product as it is: the same for every fault.</summary>
    private static readonly ConcurrentDictionary<string, string?> Sound = new();

    public static TheoryData<string> Names => [.. Plants.All.Select(plant => plant.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Planted_fault_is_found_where_all_holds_without_it(string name)
    {
        Plant plant = Named(name);
        int found = FirstBroken(plant)?.Seed ?? 0;

        Assert.True(found != 0, $"{plant.Property} holds for {plant.Hours} simulated hours, although: {name}.");
        Assert.All(
            Enumerable.Range(1, found),
            seed =>
            {
                Scenario sound = plant.ScenarioOf(seed) with { Plant = null };
                Assert.Null(Sound.GetOrAdd(sound.ToString(), _ => Fleet.Run(sound).Violation));
            }
        );
    }

    /// <summary>What a failing seed leaves behind: few events, and who knew what, when.</summary>
    [Theory]
    [InlineData("A server that takes no writes counts as up")]
    [InlineData("An override that is put back lasts for another minute")]
    public void Planted_fault_is_told_as_a_short_story(string name)
    {
        Plant plant = Named(name);
        Hours ran = new(0, 0, TimeSpan.Zero, FirstBroken(plant));

        string[] told = ran.Tell().Split('\n');

        Match violation = Violation().Match(told[0]);
        Assert.True(violation.Success, told[0]);
        Assert.Equal(plant.Property, violation.Groups["property"].Value);
        Assert.InRange(IncidentIn().Count(told[1]), 1, 3);
        // The story ends where the property broke, and has what that instance did before.
        double moment = double.Parse(violation.Groups["moment"].Value, CultureInfo.InvariantCulture);
        double[] moments = [.. told.Skip(2).Select(line => double.Parse(line[..9], CultureInfo.InvariantCulture))];
        Assert.Equal(moments.Order(), moments);
        Assert.InRange(moments[^1], moments[0], moment);
        Assert.Contains(
            told.Skip(2),
            line => line[9..].TrimStart().StartsWith(violation.Groups["instance"].Value + " ", StringComparison.Ordinal)
        );
    }

    private static Plant Named(string name) => Plants.All.Single(plant => plant.Name == name);

    private static Scenario? FirstBroken(Plant plant) =>
        Enumerable
            .Range(1, plant.Seeds)
            .Select(plant.ScenarioOf)
            .FirstOrDefault(scenario => Shrinker.PropertyOf(Fleet.Run(scenario)) == plant.Property);

    [GeneratedRegex(@"^at (?<moment>\d+\.\d{3}) s: (?<property>S\d): .*\b(?<instance>[a-d]\d+)\b")]
    private static partial Regex Violation();

    [GeneratedRegex(@"new\(Fault\.")]
    private static partial Regex IncidentIn();
}
