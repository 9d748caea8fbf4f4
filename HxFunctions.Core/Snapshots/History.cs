using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Snapshots;

/// <summary>One check in the history.</summary>
/// <param name="At">Milliseconds since 1970 on Redis's clock.</param>
internal readonly record struct CheckPoint(long At, DependencyStatus Status, string Reason, double LatencyMs)
{
    public string Write() =>
        string.Create(CultureInfo.InvariantCulture, $"[{At},\"{Status.Wire()}\",\"{Reason}\",{Math.Round(LatencyMs, 2)}]");
}

/// <summary>The checks of a minute or a quarter-hour together.</summary>
/// <param name="Start">Milliseconds since 1970 on Redis's clock.</param>
/// <param name="Worst">The worst state within it, with its reason.</param>
internal readonly record struct HistoryBucket(
    long Start,
    int Count,
    DependencyStatus Worst,
    string Reason,
    double MedianMs,
    double Percentile95Ms,
    double LargestMs
)
{
    public const long Minute = 60_000;
    public const long Quarter = 15 * Minute;

    public string Write() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"[{Start},{Count},\"{Worst.Wire()}\",\"{Reason}\","
                + $"{Math.Round(MedianMs, 2)},{Math.Round(Percentile95Ms, 2)},{Math.Round(LargestMs, 2)}]"
        );

    /// <summary>Aggregates the checks that fall into one bucket; <see langword="null"/> when none does.</summary>
    public static HistoryBucket? Of(IEnumerable<CheckPoint> checks, long start, long length)
    {
        CheckPoint[] inside = [.. checks.Where(c => c.At >= start && c.At < start + length)];
        if (inside.Length == 0)
        {
            return null;
        }

        CheckPoint worst = inside.MinBy(c => c.Status);
        double[] latencies = [.. inside.Select(c => c.LatencyMs).Order()];
        return new(start, inside.Length, worst.Status, worst.Reason, Quantile(latencies, 0.5), Quantile(latencies, 0.95), latencies[^1]);
    }

    public static long StartOf(long at, long length) => at - (at % length);

    /// <summary>The nearest-rank quantile of ordered values.</summary>
    private static double Quantile(double[] ordered, double q) => ordered[Math.Max(0, (int)Math.Ceiling(q * ordered.Length) - 1)];
}

/// <summary>A change of state in the list of transitions.</summary>
internal sealed record TransitionJson
{
    [JsonPropertyName("at")]
    public required long At { get; init; }

    [JsonPropertyName("dependency")]
    public required string Dependency { get; init; }

    [JsonPropertyName("from")]
    public required string From { get; init; }

    [JsonPropertyName("to")]
    public required string To { get; init; }

    [JsonPropertyName("reason")]
    public required string Reason { get; init; }

    public static string Write(long at, string dependency, DependencyStatus from, DependencyState to) =>
        JsonSerializer.Serialize(
            new TransitionJson
            {
                At = at,
                Dependency = dependency,
                From = from.Wire(),
                To = to.Status.Wire(),
                Reason = to.Reason,
            },
            SnapshotJsonContext.Default.TransitionJson
        );
}
