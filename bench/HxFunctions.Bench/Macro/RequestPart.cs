using HxFunctions.Bench.Runs;

namespace HxFunctions.Bench.Macro;

/// <summary><c>request</c>: one request, part by part: its processor time, and what it allocates.</summary>
internal static class RequestPart
{
    public static async Task RunAsync(PartRun run)
    {
        run.Add("request", await RequestCost.RunAsync(run.Pick(2000, 20), only: null));
        run.Add("allocation", await Allocation.RunAsync(run.Pick(20_000, 500)));
    }
}
