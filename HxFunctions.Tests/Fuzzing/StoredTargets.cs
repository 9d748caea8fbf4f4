using System.Text;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Fuzzing;

/// <summary>The readers of what is in Redis, where others may write.</summary>
internal static class StoredTargets
{
    private const long RedisNow = 1_800_000_000_000;
    private const string Stamp = "1800000000000 ";

    private const string Record =
        """{"v":1,"status":"fail","reason":"timeout","latencyMs":12.5,"since":"2026-11-01T12:00:00+00:00","passes":0,"failures":3,"checkedAt":"2026-11-01T12:00:05+00:00","seq":42,"source":"a1b2"}""";

    private const string Override =
        """{"set":1800000000000,"v":1,"verdict":"closed","reason":"migrating","by":"ops","setAt":"2026-11-01T12:00:00+00:00"}""";

    private static readonly MemoryBound Memory = new(64 * 1024, 64);
    private static readonly SnapshotAges Ages = new(7_000, 38_000, 65_000, 1, 1_000);

    private static readonly string[] Words =
    [
        "\"",
        ":",
        ",",
        "{",
        "}",
        "[",
        "]",
        "null",
        "true",
        "\"v\":1",
        "\"v\":2",
        "\"status\":\"pass\"",
        "\"status\":\"warn\"",
        "\"reason\":\"ok\"",
        "\"latencyMs\":",
        "\"since\":",
        "\"passes\":",
        "\"seq\":",
        "\"source\":\"",
        "\"verdict\":\"open\"",
        "\"override\":\"open\"",
        "\"seconds\":",
        "\"verdict\":\"cleared\"",
        "\"set\":",
        "\"by\":",
        "\\u0041",
        "\\ud83e",
        "\\n",
        "2026-11-01T12:00:00Z",
        "9999-12-31T23:59:59.9999999-14:00",
        Stamp,
        "[[[[[[[[",
        "/**/",
        "// ",
        "\"pass\"",
        "\"fail\"",
    ];

    public static IEnumerable<FuzzTarget> All =>
        [
            new(
                "a record",
                [Record, Record.Replace("fail", "pass", StringComparison.Ordinal).Replace("timeout", "ok", StringComparison.Ordinal), "{}"],
                Words,
                ReadRecord,
                Memory
            ),
            new("a stored record", [Stamp + Record, "0 {}", Stamp, Stamp + Override], Words, ReadStored, Memory),
            new(
                "a stored override",
                [Stamp + Override, Stamp + Override.Replace("closed", "cleared", StringComparison.Ordinal), "1800000060000 {}"],
                Words,
                ReadOverride,
                Memory
            ),
            new(
                "the history",
                [
                    """[1800000000000,"pass","ok",1.25]""",
                    """[1800000000000,12,"fail","timeout",1,2.5,3]""",
                    """{"at":1800000000000,"dependency":"postgres","from":"pass","to":"fail","reason":"timeout"}""",
                    """{"at":1800000000000,"override":"closed","reason":"migrating","by":"ops","seconds":600}""",
                    "[]",
                ],
                Words,
                ReadHistory,
                Memory
            ),
        ];

    private static string ReadRecord(string text)
    {
        if (!RecordCodec.TryRead(text, out DependencyRecord? record))
        {
            return "unreadable";
        }

        Assert.True(RecordCodec.TryRead(RecordCodec.Write(record), out DependencyRecord? again));
        // Latency is written to the microsecond.
        Assert.Equal(record with { Latency = default }, again with { Latency = default });
        return $"{record.State.Status} {record.State.Reason}";
    }

    private static string ReadStored(string text)
    {
        HealthSnapshot snapshot = SnapshotMerge.Merge(
            new([DependencyKnowledge.Nothing], null, StoreCondition.Untried, Ages),
            new(0, RedisNow, LeaseAnswer.NotAsked, false, text, [text])
        );
        DependencyKnowledge knowledge = snapshot.Dependencies[0];
        Assert.Equal(text, knowledge.Stored);
        // Nothing is from the future, and nothing old is trusted.
        Assert.True(knowledge.Record is null || knowledge.ObservedAt <= 0);
        return $"{snapshot.StatusAt(0, 0)} {snapshot.DecisiveAt(0, 0)} {snapshot.OverrideAt(0) is null}";
    }

    private static string ReadOverride(string text)
    {
        if (SnapshotMerge.ReadOverride(text, RedisNow, 0, Ages.TicksPerSecond) is not { } knowledge)
        {
            return "unreadable";
        }

        Assert.True(knowledge.EndsAt <= GuardOverride.MaxDuration.TotalMilliseconds + 30_000);
        Assert.True(
            knowledge.Value is null
                || (
                    knowledge.Value.Reason.Length <= GuardOverride.MaxReasonLength && knowledge.Value.By.Length <= GuardOverride.MaxByLength
                )
        );
        return $"{knowledge.Value?.Verdict} {knowledge.EndsAt > 0} {knowledge.SetStamp > 0}";
    }

    /// <summary>As UTF-8, and as bytes that may be none.</summary>
    private static string ReadHistory(string text) =>
        $"{ReadHistory(Encoding.UTF8.GetBytes(text))} {ReadHistory(Encoding.Latin1.GetBytes(text))}";

    private static string ReadHistory(byte[] entry)
    {
        CheckPoint? check = HistoryEntries.ReadCheck(entry);
        HistoryBucket? bucket = HistoryEntries.ReadBucket(entry);
        RecordedTransition? transition = HistoryEntries.ReadTransition(entry);
        RecordedOverride? set = HistoryEntries.ReadOverride(entry);
        Assert.True(set is null || (set.Reason.Length <= GuardOverride.MaxReasonLength && set.By.Length <= GuardOverride.MaxByLength));
        Assert.True(set is null || set.Lasts <= GuardOverride.MaxDuration);
        string?[] reasons = [check?.Reason, bucket?.Reason, transition?.Reason];
        Assert.All(reasons, reason => Assert.True(reason is null || reason == Reasons.Sanitize(reason)));
        return $"{check?.Status} {bucket?.Worst} {transition?.From} {transition?.To} {check?.Reason} {set?.Verdict}";
    }
}
