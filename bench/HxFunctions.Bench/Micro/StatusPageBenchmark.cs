using BenchmarkDotNet.Attributes;
using HxFunctions.Core.Http.Status;
using HxFunctions.Tests.Http;

namespace HxFunctions.Bench.Micro;

/// <summary>The status page over seven days that flap all the time: aggregating the history and rendering it.</summary>
[MemoryDiagnoser]
public class StatusPageBenchmark
{
    [Params(3, 10)]
    public int Dependencies { get; set; }

    [Benchmark]
    public int AggregateAndRender() => StatusPage.Render(FlappingWeek.Of(Dependencies, 23), "nonce").Length;
}
