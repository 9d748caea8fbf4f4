using BenchmarkDotNet.Attributes;
using HxFunctions.Core.Routing;

namespace HxFunctions.Bench.Micro;

/// <summary>Reading and matching alone: linear in the path's length, whatever is in it.</summary>
[MemoryDiagnoser]
public class PathBenchmark
{
    private readonly RouteMatcher _matcher = new(DefaultRules.Prefixes, null);
    private string _path = "";

    [Params("plain", "dots", "slashes", "params", "encoded", "folded")]
    public string Kind { get; set; } = "";

    [Params(512, 2048, 8192)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Write()
    {
        _path = HostilePaths.Of(Kind, Length);
        Span<ulong> matched = stackalloc ulong[_matcher.WordCount];
        if (!_matcher.TryMatch(_path, GuardMethods.Post, matched))
        {
            throw new InvalidOperationException("The path is refused without being read: that would measure nothing.");
        }
    }

    [Benchmark]
    public bool ReadAndMatch()
    {
        Span<ulong> matched = stackalloc ulong[_matcher.WordCount];
        return _matcher.TryMatch(_path, GuardMethods.Post, matched);
    }
}
