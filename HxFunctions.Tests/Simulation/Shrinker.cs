namespace HxFunctions.Tests.Simulation;

/// <summary>Makes a scenario that breaks a property smaller, as long as it breaks the same one.</summary>
internal static class Shrinker
{
    /// <param name="runs">How many smaller ones are tried at most.</param>
    public static Scenario Shrink(Scenario scenario, int runs = 400)
    {
        string property = PropertyOf(Simulation.Run(scenario)) ?? throw new ArgumentException("It breaks no property.", nameof(scenario));
        int left = runs;
        bool hasShrunk = true;
        while (hasShrunk)
        {
            hasShrunk = false;
            foreach (Scenario smaller in Smaller(scenario))
            {
                if (left-- <= 0)
                {
                    return scenario;
                }

                Outcome outcome = Simulation.Run(smaller);
                if (PropertyOf(outcome) == property)
                {
                    // Nothing after it matters.
                    scenario = Until(smaller, outcome.Seconds);
                    hasShrunk = true;
                    break;
                }
            }
        }

        return scenario;
    }

    /// <summary>S1, S2, …</summary>
    public static string? PropertyOf(Outcome outcome) => outcome.Violation?.Split(": ")[1][..2];

    private static Scenario Until(Scenario scenario, double seconds) =>
        scenario with
        {
            Lasts = Math.Ceiling(seconds) + 1,
            Incidents = [.. scenario.Incidents.Where(incident => incident.At <= seconds)],
        };

    private static IEnumerable<Scenario> Smaller(Scenario scenario)
    {
        int count = scenario.Incidents.Count;
        for (int size = count / 2; size >= 1; size /= 2)
        {
            for (int start = 0; start < count; start += size)
            {
                yield return scenario with
                {
                    Incidents = [.. scenario.Incidents.Take(start), .. scenario.Incidents.Skip(start + size)],
                };
            }
        }

        if (scenario.Instances > 1 && scenario.Incidents.All(incident => incident.Instance < scenario.Instances - 1))
        {
            yield return scenario with
            {
                Instances = scenario.Instances - 1,
            };
        }

        // Earlier altogether.
        if (count > 0 && scenario.Incidents[0].At > 20)
        {
            double shift = scenario.Incidents[0].At - 10;
            yield return scenario with
            {
                Lasts = scenario.Lasts - shift,
                Incidents = [.. scenario.Incidents.Select(incident => incident with { At = Math.Round(incident.At - shift, 3) })],
            };
        }
    }
}
