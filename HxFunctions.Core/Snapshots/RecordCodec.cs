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
    public const int Longest = 4096;

    private const int MostCounted = 1_000_000;

    /// <summary>More checks than there can ever be; what claims more would overflow some day.</summary>
    private const long MostChecks = 1L << 50;

    public static string Write(DependencyRecord record) =>
        JsonSerializer.Serialize(
            new RecordJson
            {
                Version = SchemaVersion,
                Status = record.State.Status.Wire(),
                Reason = record.State.Reason,
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
        if (text.Length > Longest)
        {
            return false;
        }

        try
        {
            // Not by a generated reader, whose metadata takes a fifth of a first answer to be made ready.
            using JsonDocument document = JsonDocument.Parse(text.ToString());
            record = Read(document.RootElement);
        }
        catch (Exception exception)
            when (exception is JsonException or ArgumentException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            return false;
        }

        return record is not null;
    }

    private static DependencyRecord? Read(JsonElement json)
    {
        if (json.GetProperty(Names.Version).GetInt32() != SchemaVersion)
        {
            return null;
        }

        long sequence = json.GetProperty(Names.Sequence).GetInt64();
        int passes = json.GetProperty(Names.Passes).GetInt32(),
            failures = json.GetProperty(Names.Failures).GetInt32();
        double latency = json.GetProperty(Names.LatencyMs).GetDouble();
        string? reason = json.GetProperty(Names.Reason).GetString(),
            source = json.GetProperty(Names.Source).GetString();
        if (
            sequence is < 0 or > MostChecks
            || passes is < 0 or > MostCounted
            || failures is < 0 or > MostCounted
            || latency is not (>= 0 and < 86_400_000)
            || reason is null
            || Reasons.Sanitize(reason) != reason
            || source is null
            || !SourceForm().IsMatch(source)
            || DependencyStatusNames.FromWire(json.GetProperty(Names.Status).GetString())
                is not ({ } status and not DependencyStatus.Unknown)
        )
        {
            return null;
        }

        DependencyState state = new(status, reason, json.GetProperty(Names.Since).GetDateTimeOffset(), passes, failures);
        return new(state, TimeSpan.FromMilliseconds(latency), json.GetProperty(Names.CheckedAt).GetDateTimeOffset(), sequence, source);
    }

    [GeneratedRegex(@"\A[A-Za-z0-9._\-]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex SourceForm();

    public static class Names
    {
        public const string Version = "v";
        public const string Status = "status";
        public const string Reason = "reason";
        public const string LatencyMs = "latencyMs";
        public const string Since = "since";
        public const string Passes = "passes";
        public const string Failures = "failures";
        public const string CheckedAt = "checkedAt";
        public const string Sequence = "seq";
        public const string Source = "source";
    }
}

internal sealed record RecordJson
{
    [JsonPropertyName(RecordCodec.Names.Version)]
    public required int Version { get; init; }

    [JsonPropertyName(RecordCodec.Names.Status)]
    public required string? Status { get; init; }

    [JsonPropertyName(RecordCodec.Names.Reason)]
    public required string? Reason { get; init; }

    [JsonPropertyName(RecordCodec.Names.LatencyMs)]
    public required double LatencyMs { get; init; }

    [JsonPropertyName(RecordCodec.Names.Since)]
    public required DateTimeOffset Since { get; init; }

    [JsonPropertyName(RecordCodec.Names.Passes)]
    public required int Passes { get; init; }

    [JsonPropertyName(RecordCodec.Names.Failures)]
    public required int Failures { get; init; }

    [JsonPropertyName(RecordCodec.Names.CheckedAt)]
    public required DateTimeOffset CheckedAt { get; init; }

    [JsonPropertyName(RecordCodec.Names.Sequence)]
    public required long Sequence { get; init; }

    [JsonPropertyName(RecordCodec.Names.Source)]
    public required string? Source { get; init; }
}
