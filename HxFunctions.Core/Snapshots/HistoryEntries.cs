using System.Text.Json;
using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Snapshots;

/// <summary>
/// Reads entries of the history lists. What isn't a whole and plausible entry is none: the lists are in a place that others can write to,
/// and one odd entry must not hide the rest.
/// </summary>
internal static class HistoryEntries
{
    /// <summary>The longest check, bucket or transition that is looked at, in bytes. Ours have 50 to 100. A list with a longer one is cut
    /// off there (<see cref="SnapshotScripts.ReadLists"/>), so no version may ever write one.</summary>
    public const int MaxLength = 512;

    /// <summary>The year 2286; what claims to be later is no moment of ours.</summary>
    private const long LastMoment = 10_000_000_000_000;

    private const double MaxLatencyMs = 86_400_000;
    private const int MaxCounted = 1_000_000;

    /// <summary>Reads <c>[at,"status","reason",latency]</c>.</summary>
    public static CheckPoint? ReadCheck(ReadOnlySpan<byte> entry)
    {
        Span<double> n = stackalloc double[2];
        return TryRead(entry, 1, n, out DependencyStatus status, out string reason) && IsMoment(n[0]) && IsLatency(n[1])
            ? new((long)n[0], status, reason, n[1])
            : null;
    }

    /// <summary>Reads <c>[start,count,"status","reason",median,p95,largest]</c>.</summary>
    public static HistoryBucket? ReadBucket(ReadOnlySpan<byte> entry)
    {
        Span<double> n = stackalloc double[5];
        return
            TryRead(entry, 2, n, out DependencyStatus status, out string reason)
            && IsMoment(n[0])
            && n[1] is >= 1 and <= MaxCounted
            && IsLatency(n[2])
            && IsLatency(n[3])
            && IsLatency(n[4])
            ? new((long)n[0], (int)n[1], status, reason, n[2], n[3], n[4])
            : null;
    }

    public static RecordedTransition? ReadTransition(ReadOnlySpan<byte> entry)
    {
        if (entry.Length > MaxLength)
        {
            return null;
        }

        try
        {
            return
                JsonSerializer.Deserialize(entry, SnapshotJsonContext.Default.TransitionJson) is { Dependency: { } dependency } json
                && IsMoment(json.At)
                && DependencyStatusNames.FromWire(json.From) is { } from
                && DependencyStatusNames.FromWire(json.To) is { } to and not DependencyStatus.Unknown
                ? new(json.At, dependency, from, to, Reasons.Sanitize(json.Reason))
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Reads what <see cref="OverrideEntry"/> and the script write. Other entries are told apart without being parsed.</summary>
    public static RecordedOverride? ReadOverride(ReadOnlySpan<byte> entry)
    {
        if (entry.Length > OverrideEntry.MaxLength || entry.IndexOf(OverrideEntry.Mark) < 0)
        {
            return null;
        }

        try
        {
            return
                JsonSerializer.Deserialize(entry, SnapshotJsonContext.Default.OverrideEntry)
                    is {
                        Verdict: "closed" or "open" or OverrideCodec.ClearedVerdict,
                        Reason.Length: <= GuardOverride.MaxReasonLength,
                        By.Length: <= GuardOverride.MaxByLength,
                    } json
                && IsMoment(json.At)
                && json.Seconds >= 0
                && json.Seconds <= GuardOverride.MaxDuration.TotalSeconds
                && json.SetStamp >= 0
                ? new(json.At, json.Verdict, json.Reason, json.By, TimeSpan.FromSeconds(json.Seconds))
                {
                    Set = json.SetStamp == 0 ? json.At : json.SetStamp,
                }
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>An array: numbers, a status, a reason, the rest of the numbers. Further elements are a later version's.</summary>
    private static bool TryRead(
        ReadOnlySpan<byte> entry,
        int numbersBefore,
        Span<double> numbers,
        out DependencyStatus status,
        out string reason
    )
    {
        status = DependencyStatus.Unknown;
        reason = "";
        if (entry.Length > MaxLength)
        {
            return false;
        }

        Utf8JsonReader reader = new(entry);
        try
        {
            if (
                !reader.Read()
                || reader.TokenType != JsonTokenType.StartArray
                || !TryReadNumbers(ref reader, numbers[..numbersBefore])
                || !TryReadText(ref reader, out string? word)
                || DependencyStatusNames.FromWire(word) is not ({ } known and not DependencyStatus.Unknown)
                || !TryReadText(ref reader, out string? why)
            )
            {
                return false;
            }

            status = known;
            reason = Reasons.Sanitize(why);
            return TryReadNumbers(ref reader, numbers[numbersBefore..]);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool TryReadNumbers(ref Utf8JsonReader reader, Span<double> numbers)
    {
        foreach (ref double number in numbers)
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.Number || !reader.TryGetDouble(out number))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryReadText(ref Utf8JsonReader reader, out string? value)
    {
        value = null;
        if (!reader.Read() || reader.TokenType != JsonTokenType.String)
        {
            return false;
        }

        try
        {
            value = reader.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, escaped.
            return false;
        }

        return true;
    }

    /// <summary>Whether milliseconds since 1970 can be a moment of ours.</summary>
    public static bool IsMoment(double at) => at is > 0 and < LastMoment;

    private static bool IsLatency(double milliseconds) => milliseconds is >= 0 and < MaxLatencyMs;
}
