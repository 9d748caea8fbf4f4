using System.Globalization;
using BenchmarkDotNet.Attributes;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Bench.Micro;

/// <summary>What becomes of one read of Redis, every <c>GUARD_MAX_STALENESS</c> on every instance. The network isn't in it.</summary>
[MemoryDiagnoser]
public class SnapshotBenchmark
{
    private readonly GuardScene _scene = new(10, DependencyStatus.Pass);
    private HealthSnapshot _known = null!;
    private StoreReading _news = null!;
    private StoreReading _same = null!;

    [GlobalSetup]
    public void Write()
    {
        long sent = TimeProvider.System.GetTimestamp();
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        string[] Records(long at) =>
            [
                .. _scene.Snapshot.Dependencies.Select(d =>
                    string.Create(CultureInfo.InvariantCulture, $"{at} {RecordCodec.Write(d.Record!)}")
                ),
            ];
        _same = new(sent, now, LeaseAnswer.NotAsked, IsContended: false, null, Records(now - 10));
        HealthSnapshot nothing = _scene.Snapshot with
        {
            Dependencies = [.. _scene.Snapshot.Dependencies.Select(_ => DependencyKnowledge.Nothing)],
        };
        _known = SnapshotMerge.Merge(nothing, _same);
        _news = new(sent, now, LeaseAnswer.NotAsked, IsContended: false, null, Records(now - 5));
        if (_known.Dependencies.Any(d => d.Record is null))
        {
            throw new InvalidOperationException("The records are not read.");
        }
    }

    [GlobalCleanup]
    public Task StopAsync() => _scene.DisposeAsync().AsTask();

    [Benchmark]
    public object ReadNews() => SnapshotMerge.Merge(_known, _news);

    [Benchmark]
    public object ReadTheSame() => SnapshotMerge.Merge(_known, _same);
}
