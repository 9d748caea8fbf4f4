using BenchmarkDotNet.Running;
using HxFunctions.Bench.Macro;
using HxFunctions.Bench.Runs;

return args switch
{
    ["run", .. var options] => await BenchRun.RunAsync(options),
    ["part", var part, .. var options] => await PartRun.RunAsync(part, isQuick: options is ["--quick"]),
    // For a profiler: one row of that table, alone.
    ["request", var row] => await RequestCost.RunAloneAsync(row),
    _ => Micro(args),
};

// Without a verb, BenchmarkDotNet's own options: bench/README.md
static int Micro(string[] args)
{
    BenchmarkSwitcher.FromAssembly(typeof(BenchRun).Assembly).Run(args);
    return 0;
}
