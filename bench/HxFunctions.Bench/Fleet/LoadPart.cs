using HxFunctions.Bench.Runs;

namespace HxFunctions.Bench.Fleet;

/// <summary><c>load</c>: what it costs the dependencies to be watched.</summary>
internal static class LoadPart
{
    public static async Task RunAsync(PartRun run)
    {
        run.Add("load", await CostOfWatching.RunAsync(TimeSpan.FromSeconds(run.Pick(120, 4))));
        run.Add("check", await CheckCost.RunAsync(run.Pick(20_000, 400)));
    }
}
