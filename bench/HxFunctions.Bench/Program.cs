using BenchmarkDotNet.Running;
using HxFunctions.Bench;
using HxFunctions.Bench.Fleet;
using HxFunctions.Bench.Macro;

return args switch
{
    ["servers"] => await ThrowAwayServers.RunAsync(),
    ["start", var rounds, .. var commands] => await StartTime.RunAsync(Numbers.Whole(rounds), commands),
    ["steady", var url, var rate, var seconds, var process] => await SteadyLoad.RunAsync(
        new(url),
        Numbers.Whole(rate),
        Numbers.Whole(seconds),
        Numbers.Whole(process)
    ),
    ["allocation"] => await Allocation.RunAsync(),
    ["request"] => await RequestCost.RunAsync(only: null),
    ["request", var only] => await RequestCost.RunAsync(only),
    ["watching", var seconds] => await CostOfWatching.RunAsync(TimeSpan.FromSeconds(Numbers.Whole(seconds))),
    ["fleet", var seconds] => await FleetGrowth.RunAsync(TimeSpan.FromSeconds(Numbers.Whole(seconds))),
    _ => Micro(args),
};

// Without a verb: dotnet run -c Release --project bench/HxFunctions.Bench -- --filter '*'
static int Micro(string[] args)
{
    BenchmarkSwitcher.FromAssembly(typeof(Numbers).Assembly).Run(args);
    return 0;
}
