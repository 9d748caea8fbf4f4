using System.Globalization;

namespace HxFunctions.Tests.Simulation;

/// <summary>A fleet and what happens to it. Together with the seed it makes one history.</summary>
/// <param name="Seed">Of everything that is left to chance.</param>
/// <param name="Lasts">In seconds.</param>
/// <param name="Staleness"><c>GUARD_MAX_STALENESS</c>, in seconds.</param>
internal sealed record Scenario(int Seed, double Lasts, int Instances, double Staleness, IReadOnlyList<Incident> Incidents)
{
    /// <summary>What is wrong with the product, by hand; <see langword="null"/>: nothing.</summary>
    public Plant? Plant { get; init; }

    /// <summary>Makes one up.</summary>
    /// <param name="faults">What may happen; everything by default.</param>
    public static Scenario Of(int seed, double lasts, params Fault[] faults)
    {
        if (faults.Length == 0)
        {
            faults = Enum.GetValues<Fault>();
        }

        Random dice = new(seed);
        int instances = 1 + dice.Next(4);
        double staleness = dice.Next(4) switch
        {
            0 => 1,
            1 => 5,
            _ => 2,
        };
        List<Incident> incidents = [];
        // Quiet in between, so that what must be true again some time after is looked at; now and then two together.
        for (double at = 5 + (dice.NextDouble() * 60); at < lasts - 60; at += Pause(dice))
        {
            incidents.Add(IncidentOf(dice, faults[dice.Next(faults.Length)], Math.Round(at, 3), instances));
        }

        return new(seed, lasts, instances, staleness, incidents);
    }

    /// <summary>As the test that keeps it would be written.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"new({Seed}, {Lasts}, {Instances}, {Staleness}, [{string.Join(", ", Incidents)}])");

    private static double Pause(Random dice) =>
        dice.Next(3) switch
        {
            0 => dice.NextDouble() * 3,
            1 => dice.NextDouble() * 30,
            _ => 30 + (dice.NextDouble() * 120),
        };

    private static Incident IncidentOf(Random dice, Fault fault, double at, int instances)
    {
        double lasts = Math.Round(
            fault switch
            {
                Fault.Kill or Fault.Upgrade => 0.1 + (dice.NextDouble() * 4),
                Fault.LiveLoop => 3 + (dice.NextDouble() * 10),
                Fault.Pause => 0.5 + (dice.NextDouble() * 20),
                Fault.NoTraffic => dice.NextDouble() * 300,
                _ => dice.Next(2) == 0 ? dice.NextDouble() * 10 : dice.NextDouble() * 90,
            },
            3
        );
        double amount = fault == Fault.SetOverride ? 1 + (dice.NextDouble() * 200) : dice.NextDouble() * 8;
        double shift = dice.Next(2) == 0 ? 0 : (dice.NextDouble() * 120) - 60;
        return new(fault, at, lasts, dice.Next(instances), dice.Next(3), Math.Round(amount, 3), Math.Round(shift, 3));
    }
}
