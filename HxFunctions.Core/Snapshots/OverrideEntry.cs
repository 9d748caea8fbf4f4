using System.Text.Json;
using System.Text.Json.Serialization;

namespace HxFunctions.Core.Snapshots;

/// <summary>
/// An override, or that one was cleared, as an entry among the transitions. It has none of a transition's members but the moment and the
/// reason, so that versions that know only transitions pass it over.
/// </summary>
internal sealed record OverrideEntry
{
    /// <summary>How every entry has its verdict, and no transition can: text within JSON has its quotation marks escaped.</summary>
    public static ReadOnlySpan<byte> Mark => "\"override\":"u8;

    /// <summary>The longest entry that is looked at, in bytes: the longest reason and name, with six bytes for a character that JSON
    /// escapes. As with <see cref="HistoryEntries.MaxLength"/>, no version may ever write a longer one.</summary>
    public const int MaxLength = 2048;

    /// <summary>Milliseconds since 1970 on Redis's clock; the script puts it in front.</summary>
    [JsonPropertyName("at"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long At { get; init; }

    /// <summary>The stamp of the override (<see cref="OverrideKnowledge.SetStamp"/>), which may be ahead of Redis's clock; the script puts
    /// it in front. Older entries have it as <see cref="At"/>.</summary>
    [JsonPropertyName("set"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long SetStamp { get; init; }

    /// <summary>closed, open, or cleared.</summary>
    [JsonPropertyName("override")]
    public required string? Verdict { get; init; }

    [JsonPropertyName("reason")]
    public required string? Reason { get; init; }

    [JsonPropertyName("by")]
    public required string? By { get; init; }

    /// <summary>For how long it was set.</summary>
    [JsonPropertyName("seconds")]
    public required double Seconds { get; init; }

    public static string Set(GuardOverride value, TimeSpan lasts) => Write(value.Verdict, value.Reason, value.By, lasts.TotalSeconds);

    public static string Cleared(string by) => Write(OverrideCodec.ClearedVerdict, "", by, 0);

    private static string Write(string verdict, string reason, string by, double seconds) =>
        JsonSerializer.Serialize(
            new OverrideEntry
            {
                Verdict = verdict,
                Reason = reason,
                By = by,
                Seconds = seconds,
            },
            SnapshotJsonContext.Default.OverrideEntry
        );
}
