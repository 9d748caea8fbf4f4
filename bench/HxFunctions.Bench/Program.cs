using BenchmarkDotNet.Running;
using HxFunctions.Bench;
using HxFunctions.Bench.Fleet;
using HxFunctions.Bench.Macro;

return args switch
{
    ["servers"] => await ThrowAwayServers.RunAsync().ConfigureAwait(false),
    ["start", var rounds, .. var commands] => await StartTime.RunAsync(Numbers.Whole(rounds), commands).ConfigureAwait(false),
    ["steady", var url, var rate, var seconds, var process] =>
        await SteadyLoad.RunAsync(new(url), Numbers.Whole(rate), Numbers.Whole(seconds), Numbers.Whole(process)).ConfigureAwait(false),
    ["allocation"] => await Allocation.RunAsync().ConfigureAwait(false),
    ["request"] => await RequestCost.RunAsync(only: null).ConfigureAwait(false),
    ["request", var only] => await RequestCost.RunAsync(only).ConfigureAwait(false),
    ["watching", var seconds] => await CostOfWatching.RunAsync(TimeSpan.FromSeconds(Numbers.Whole(seconds))).ConfigureAwait(false),
    ["fleet", var seconds] => await FleetGrowth.RunAsync(TimeSpan.FromSeconds(Numbers.Whole(seconds))).ConfigureAwait(false),
    _ => Micro(args),
};

// Without a verb: dotnet run -c Release --project bench/HxFunctions.Bench -- --filter '*'
static int Micro(string[] args)
{
    BenchmarkSwitcher.FromAssembly(typeof(Numbers).Assembly).Run(args);
    return 0;
}
