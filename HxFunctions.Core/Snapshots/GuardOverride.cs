using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace HxFunctions.Core.Snapshots;

/// <summary>Manual override; takes precedence over verdicts.</summary>
/// <param name="Closed">Whether guarded routes are closed; else they are open.</param>
/// <param name="Reason">Why, in the operator's words: shown wherever a verdict is.</param>
/// <param name="By">Who, as they say.</param>
/// <param name="SetAt">When, by the wall clock of where it was set: for people.</param>
public sealed record GuardOverride(bool Closed, string Reason, string By, DateTimeOffset SetAt)
{
    /// <summary>How long an override may last: 24 hours.</summary>
    public static readonly TimeSpan MaxDuration = TimeSpan.FromHours(24);

    /// <summary>The most characters (UTF-16 code units) that a <see cref="Reason"/> may have.</summary>
    public const int MaxReasonLength = 200;

    /// <summary>The most characters (UTF-16 code units) that <see cref="By"/> may have.</summary>
    public const int MaxByLength = 100;

    public string Verdict => Closed ? "closed" : "open";
}

/// <summary>An override as an instance remembers it.</summary>
/// <param name="Value">The override, or <see langword="null"/> for the note that it was cleared.</param>
/// <param name="EndsAt">When it ends, on this process's monotonic clock.</param>
/// <param name="Raw">What is stored, to see whether it changed.</param>
/// <param name="ClearedBy">Who cleared it, as they say; <see langword="null"/> unless it is such a note.</param>
internal sealed record OverrideKnowledge(GuardOverride? Value, long EndsAt, string Raw, string? ClearedBy = null)
{
    /// <summary>When it was set or cleared, in milliseconds of Redis's clock: of two, the later one counts, also when Redis comes back with
    /// an older state.</summary>
    public long SetStamp { get; } = OverrideCodec.SetStampOf(Raw);

    /// <summary>Until when this instance remembers it, on the same clock: after its end for as long as the longest lasts in all, so that
    /// none that it replaced comes back.</summary>
    public long RememberedUntil { get; init; } = EndsAt;

    /// <summary>Whether both come of one command. What is stored may differ: an override that Redis lost is put back with an end reckoned
    /// anew.</summary>
    public bool IsOfSameOccasion(OverrideKnowledge other) => SetStamp == other.SetStamp && Value == other.Value;
}

internal static class OverrideCodec
{
    /// <summary>The verdict of a note that an override was cleared.</summary>
    public const string ClearedVerdict = "cleared";

    /// <summary>How a body begins after the script has put its stamp into it.</summary>
    private const string SetStampPrefix = "{\"set\":";

    /// <summary>What is left in the place of a cleared override.</summary>
    public static string Cleared(string by, DateTimeOffset now) => Write(ClearedVerdict, "", by, now);

    public static string Write(GuardOverride value) => Write(value.Verdict, value.Reason, value.By, value.SetAt);

    /// <summary>The digits of a moment in milliseconds; what has more is none.</summary>
    private const int MaxStampLength = 15;

    /// <summary>When the script set a stored value, in milliseconds of Redis's clock; 0 when it doesn't say, or says no moment.</summary>
    public static long SetStampOf(string stored)
    {
        if (
            !TimestampedValue.TrySplit(stored, out _, out ReadOnlySpan<char> body)
            || !body.StartsWith(SetStampPrefix, StringComparison.Ordinal)
        )
        {
            return 0;
        }

        body = body[SetStampPrefix.Length..];
        int end = body.IndexOf(',');
        return
            end is > 0 and <= MaxStampLength && long.TryParse(body[..end], NumberStyles.None, CultureInfo.InvariantCulture, out long stamp)
            ? stamp
            : 0;
    }

    /// <summary>Whether a stored value has a body that was sent to be set: the script puts its own members in front.</summary>
    public static bool IsOf(string stored, string body) => stored.EndsWith(body.AsSpan(1), StringComparison.Ordinal);

    /// <inheritdoc cref="TryRead(ReadOnlySpan{char}, out GuardOverride?, out string?, out TimeSpan?)"/>
    public static bool TryRead(ReadOnlySpan<char> text, out GuardOverride? value, out string? clearedBy) =>
        TryRead(text, out value, out clearedBy, out _);

    /// <param name="value"><see langword="null"/> when it says that it was cleared.</param>
    /// <param name="clearedBy">Who cleared it then.</param>
    /// <param name="lasts">How long it was set for; <see langword="null"/> when it doesn't say.</param>
    public static bool TryRead(ReadOnlySpan<char> text, out GuardOverride? value, out string? clearedBy, out TimeSpan? lasts)
    {
        lasts = null;
        value = null;
        clearedBy = null;
        if (text.Length > RecordCodec.MaxLength || !TryParse(text, out OverrideJson? json))
        {
            return false;
        }

        if (
            json.Version != RecordCodec.SchemaVersion
            || json.Reason is not { Length: <= GuardOverride.MaxReasonLength }
            || json.By is not { Length: <= GuardOverride.MaxByLength }
        )
        {
            return false;
        }

        lasts =
            json.Lasts >= 0 && json.Lasts <= GuardOverride.MaxDuration.TotalMilliseconds
                ? TimeSpan.FromMilliseconds(json.Lasts.Value)
                : null;
        if (json.Verdict == ClearedVerdict)
        {
            clearedBy = json.By;
            return true;
        }

        if (json.Verdict is not ("closed" or "open"))
        {
            return false;
        }

        value = new(json.Verdict == "closed", json.Reason, json.By, json.SetAt);
        return true;
    }

    private static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out OverrideJson? json)
    {
        try
        {
            json = JsonSerializer.Deserialize(text, SnapshotJsonContext.Default.OverrideJson);
            return json is not null;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            json = null;
            return false;
        }
    }

    private static string Write(string verdict, string reason, string by, DateTimeOffset setAt) =>
        JsonSerializer.Serialize(
            new OverrideJson
            {
                Version = RecordCodec.SchemaVersion,
                Verdict = verdict,
                Reason = reason,
                By = by,
                SetAt = setAt,
            },
            SnapshotJsonContext.Default.OverrideJson
        );
}

internal sealed record OverrideJson
{
    [JsonPropertyName("v")]
    public required int Version { get; init; }

    /// <summary>Milliseconds that it was set for; the script puts it in front.</summary>
    [JsonPropertyName("lasts"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Lasts { get; init; }

    [JsonPropertyName("verdict")]
    public required string? Verdict { get; init; }

    [JsonPropertyName("reason")]
    public required string? Reason { get; init; }

    [JsonPropertyName("by")]
    public required string? By { get; init; }

    [JsonPropertyName("setAt")]
    public required DateTimeOffset SetAt { get; init; }
}
