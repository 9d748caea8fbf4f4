using BenchmarkDotNet.Attributes;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Guarding;

namespace HxFunctions.Bench.Micro;

/// <summary>A whole decision with the full default rules, and with as many configured templates as there can be.</summary>
[MemoryDiagnoser]
public class RouteBenchmark
{
    private const int MaxEntries = 1000;

    private GuardScene _default = null!;
    private GuardScene _configured = null!;
    private Guard _guard = null!;
    private Guard _templates = null!;

    [GlobalSetup]
    public void Start()
    {
        _default = new("default", DependencyStatus.Fail);
        _configured = new(
            string.Join(
                ';',
                Enumerable
                    .Range(0, MaxEntries)
                    .Select(i => (i % 2 == 0 ? $"/v{i % 4}/area{i}/{{id}}/update" : $"/models/{{id:path}}:verb{i}") + "=postgres,redis")
            ),
            DependencyStatus.Fail
        );
        _guard = _default.Guard;
        _templates = _configured.Guard;
        if (!DefaultPrefix() || !DefaultTemplate() || DefaultOpen() || DefaultExempt() || !Template() || !Suffix() || TemplateOpen())
        {
            throw new InvalidOperationException("The guard decides otherwise than the names of the benchmarks say.");
        }
    }

    [GlobalCleanup]
    public async Task StopAsync()
    {
        await _default.DisposeAsync();
        await _configured.DisposeAsync();
    }

    [Benchmark]
    public bool DefaultPrefix() => Decide(_guard, "/key/generate", "POST");

    [Benchmark]
    public bool DefaultTemplate() => Decide(_guard, "/model/3f2a/update", "PATCH");

    [Benchmark]
    public bool DefaultOpen() => Decide(_guard, "/chat/completions", "POST");

    [Benchmark]
    public bool DefaultExempt() => Decide(_guard, "/key/health", "POST");

    [Benchmark]
    public bool Template() => Decide(_templates, "/v2/area998/3f2a/update", "POST");

    [Benchmark]
    public bool Suffix() => Decide(_templates, "/models/gemini/x:verb999", "POST");

    [Benchmark]
    public bool TemplateOpen() => Decide(_templates, "/v2/area998/3f2a/info", "POST");

    private static bool Decide(Guard guard, string path, string method)
    {
        ValueTask<GuardDecision> decision = guard.DecideAsync(path, method);
        return decision.IsCompletedSuccessfully
            ? decision.Result.Closed
            : throw new InvalidOperationException("A decision from memory waits for nothing.");
    }
}
