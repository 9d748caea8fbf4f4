using System.Diagnostics.Metrics;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Telemetry;

namespace HxFunctions.Core.Snapshots;

/// <summary>What an instance knows, as gauges. Read from memory when someone collects.</summary>
internal sealed class SnapshotGauges(HxMeter meter, HxSettings settings, DependencySet dependencies, SnapshotBoard board, TimeProvider time)
{
    private static readonly string[] Verdicts = ["closed", "open"];

    /// <summary>Makes them readable, and counters begin, from now on. Once.</summary>
    public void Register()
    {
        CountersFromZero.Start(meter, settings, dependencies);
        meter.Observe("hx.dependency.state", null, "1: the dependency is up or degraded. 0: it is down or unknown.", States);
        meter.Observe("hx.snapshot.age", "s", "Age of this instance's latest record of a dependency.", Ages);
        meter.Observe("hx.override", null, "1 while a manual override is in effect.", Overrides);
    }

    private IEnumerable<Measurement<int>> States()
    {
        HealthSnapshot snapshot = board.Current;
        long now = time.GetTimestamp();
        return dependencies.Select(d => new Measurement<int>(
            snapshot.StatusAt(d.Index, now) is DependencyStatus.Pass or DependencyStatus.Warn ? 1 : 0,
            new KeyValuePair<string, object?>("dependency", d.Name)
        ));
    }

    /// <summary>A dependency of which nothing was ever known has no age.</summary>
    private IEnumerable<Measurement<double>> Ages()
    {
        HealthSnapshot snapshot = board.Current;
        long now = time.GetTimestamp();
        return dependencies
            .Where(d => snapshot.Dependencies[d.Index].Record is not null)
            .Select(d => new Measurement<double>(
                snapshot.Ages.Seconds(now - snapshot.Dependencies[d.Index].ObservedAt),
                new KeyValuePair<string, object?>("dependency", d.Name)
            ));
    }

    private IEnumerable<Measurement<int>> Overrides()
    {
        GuardOverride? inEffect = board.Current.OverrideAt(time.GetTimestamp());
        return Verdicts.Select(verdict => new Measurement<int>(
            inEffect?.Verdict == verdict ? 1 : 0,
            new KeyValuePair<string, object?>("mode", verdict)
        ));
    }
}
