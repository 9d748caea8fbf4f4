using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Runtime.CompilerServices;

namespace HxFunctions.Core.Telemetry;

/// <summary>A counter that keeps its totals itself and is read when someone collects: whoever collects first gets all that was counted
/// since the start. Whatever collects can so be made when it is needed, and not at the start.</summary>
internal sealed class SeriesCounter
{
    private readonly ConcurrentDictionary<Series, StrongBox<long>> _totals = [];
    private readonly string[] _tags;

    /// <param name="tags">One to three, by name.</param>
    public SeriesCounter(Meter meter, string name, string unit, string description, params string[] tags)
    {
        _tags = tags;
        meter.CreateObservableCounter(name, Read, unit, description);
    }

    /// <summary>Counts. 0 makes the series exist.</summary>
    public void Add(long count, string first, string second = "", string third = "")
    {
        Series series = new(first, second, third);
        if (!_totals.TryGetValue(series, out StrongBox<long>? total))
        {
            total = _totals.GetOrAdd(series, static _ => new());
        }

        Interlocked.Add(ref total.Value, count);
    }

    private IEnumerable<Measurement<long>> Read()
    {
        foreach ((Series series, StrongBox<long> total) in _totals)
        {
            string[] values = [series.First, series.Second, series.Third];
            KeyValuePair<string, object?>[] tags = [.. _tags.Zip(values, (tag, value) => KeyValuePair.Create(tag, (object?)value))];
            yield return new(Interlocked.Read(ref total.Value), tags);
        }
    }

    private readonly record struct Series(string First, string Second, string Third);
}
