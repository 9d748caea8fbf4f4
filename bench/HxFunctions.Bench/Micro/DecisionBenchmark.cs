using BenchmarkDotNet.Attributes;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Guarding;

namespace HxFunctions.Bench.Micro;

/// <summary>A whole decision from memory: read, match, look at what is known, decide. Without HTTP and JSON.</summary>
[MemoryDiagnoser]
public class DecisionBenchmark
{
    private readonly string _hostile = HostilePaths.Of("encoded", 2048);
    private GuardScene _up = null!;
    private GuardScene _down = null!;
    private Guard _guard = null!;
    private Guard _closing = null!;

    [Params(10, 100)]
    public int Rules { get; set; }

    [GlobalSetup]
    public void Start()
    {
        _up = new(Rules, DependencyStatus.Pass);
        _down = new(Rules, DependencyStatus.Fail);
        _guard = _up.Guard;
        _closing = _down.Guard;
        if (GuardedOpen() || !GuardedClosed() || Unguarded())
        {
            throw new InvalidOperationException("The guard decides otherwise than the names of the benchmarks say.");
        }
    }

    [GlobalCleanup]
    public async Task StopAsync()
    {
        await _up.DisposeAsync();
        await _down.DisposeAsync();
    }

    [Benchmark]
    public bool GuardedOpen() => Decide(_guard, "/v1/keys/3f2a");

    [Benchmark]
    public bool GuardedClosed() => Decide(_closing, "/v1/keys/3f2a");

    [Benchmark]
    public bool Unguarded() => Decide(_guard, "/v1/chat/completions");

    [Benchmark]
    public bool Hostile2K() => Decide(_guard, _hostile);

    private static bool Decide(Guard guard, string path)
    {
        ValueTask<GuardDecision> decision = guard.DecideAsync(path, "POST");
        return decision.IsCompletedSuccessfully
            ? decision.Result.Closed
            : throw new InvalidOperationException("A decision from memory waits for nothing.");
    }
}
