using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Snapshots;

/// <summary>
/// Records as text: JSON that may gain members within a schema version. Whatever isn't a whole and plausible record of this version is
/// unreadable, and unreadable is the same as absent: the value came from a place that others can write to.
/// </summary>
internal static partial class RecordCodec
{
    public const int SchemaVersion = 1;

    /// <summary>The longest record that is looked at, in characters. Ours have about 250.</summary>
    public const int MaxLength = 4096;

    private const int MaxCounted = 1_000_000;

    /// <summary>More checks than there can ever be; what claims more would overflow some day.</summary>
    private const long MaxSequence = 1L << 50;

    public static string Write(DependencyRecord record) =>
        JsonSerializer.Serialize(
            new RecordJson
            {
                Version = SchemaVersion,
                Status = record.State.Status.Wire(),
                Reason = record.State.Reason,
                Detail = record.State.Detail,
                LatencyMs = Math.Round(record.Latency.TotalMilliseconds, 3),
                Since = record.State.Since,
                Passes = record.State.ConsecutivePasses,
                Failures = record.State.ConsecutiveFailures,
                CheckedAt = record.CheckedAt,
                Sequence = record.Sequence,
                Source = record.Source,
            },
            SnapshotJsonContext.Default.RecordJson
        );

    public static bool TryRead(ReadOnlySpan<char> text, [NotNullWhen(true)] out DependencyRecord? record)
    {
        record = null;
        if (text.Length > MaxLength)
        {
            return false;
        }

        try
        {
            record = JsonSerializer.Deserialize(text, SnapshotJsonContext.Default.RecordJson) is { } json ? Read(json) : null;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            return false;
        }

        return record is not null;
    }

    private static DependencyRecord? Read(RecordJson json)
    {
        if (
            json.Version != SchemaVersion
            || json.Sequence is < 0 or > MaxSequence
            || json.Passes is < 0 or > MaxCounted
            || json.Failures is < 0 or > MaxCounted
            || json.LatencyMs is not (>= 0 and < 86_400_000)
            || json.Reason is null
            || Reasons.Sanitize(json.Reason) != json.Reason
            || json.Source is null
            || !SourceForm().IsMatch(json.Source)
            || DependencyStatusNames.FromWire(json.Status) is not ({ } status and not DependencyStatus.Unknown)
        )
        {
            return null;
        }

        DependencyState state = new(status, json.Reason, json.Since, json.Passes, json.Failures, Reasons.SanitizeDetail(json.Detail));
        return new(state, TimeSpan.FromMilliseconds(json.LatencyMs), json.CheckedAt, json.Sequence, json.Source);
    }

    [GeneratedRegex(@"\A[A-Za-z0-9._\-]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex SourceForm();
}

internal sealed record RecordJson
{
    [JsonPropertyName("v")]
    public required int Version { get; init; }

    [JsonPropertyName("status")]
    public required string? Status { get; init; }

    [JsonPropertyName("reason")]
    public required string? Reason { get; init; }

    [JsonPropertyName("detail")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Detail { get; init; }

    [JsonPropertyName("latencyMs")]
    public required double LatencyMs { get; init; }

    [JsonPropertyName("since")]
    public required DateTimeOffset Since { get; init; }

    [JsonPropertyName("passes")]
    public required int Passes { get; init; }

    [JsonPropertyName("failures")]
    public required int Failures { get; init; }

    [JsonPropertyName("checkedAt")]
    public required DateTimeOffset CheckedAt { get; init; }

    [JsonPropertyName("seq")]
    public required long Sequence { get; init; }

    [JsonPropertyName("source")]
    public required string? Source { get; init; }
}
