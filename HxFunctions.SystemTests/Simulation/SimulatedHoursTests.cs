using System.Globalization;
using HxFunctions.Tests.Simulation;
using Xunit.Abstractions;

namespace HxFunctions.SystemTests.Simulation;

/// <summary>
/// The fleet in a simulated world, for hundreds of hours: no property breaks. <c>HX_SIMULATED_HOURS</c> sets how many,
/// <c>HX_SIMULATED_SEED</c> the first seed.
/// </summary>
/// <remarks><c>eng/test</c> runs it beside the other system tests, in a process of its own at a low priority.</remarks>
[Collection("measured")]
public sealed class SimulatedHoursTests(ITestOutputHelper output)
{
    private const double Hours = 500;
    private const int FirstSeed = 1;

    /// <summary>Of the processors' time: 12 minutes of two cores, on a machine four times as slow as a quiet one.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(24);

    [Fact]
    public void No_property_breaks_in_hundreds_of_hours()
    {
        bool isLong = Variable("HX_SIMULATED_HOURS") is not null;
        double wanted = Variable("HX_SIMULATED_HOURS") ?? Hours;
        int first = (int)(Variable("HX_SIMULATED_SEED") ?? FirstSeed);

        HxFunctions.Tests.Simulation.Hours ran = SimulatedHours.Run(wanted, first, isLong ? TimeSpan.FromDays(1) : Limit);

        output.WriteLine($"{ran}, seeds from {first}");
        Assert.True(ran.Broken is null, ran.Broken is null ? "" : ran.Tell());
        Assert.True(ran.Simulated >= wanted, $"Only {ran} within {Limit.TotalMinutes} minutes of the processors.");
    }

    private static double? Variable(string name) =>
        double.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out double value) ? value : null;
}
