using System.Globalization;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace HxFunctions.Core.Snapshots;

/// <summary>Reads the history from Redis, all of it in one go, and at a pace that doesn't depend on how many requests ask for it.</summary>
internal sealed partial class HistoryReader(
    IStoreCommands redis,
    StoreKeys keys,
    DependencySet dependencies,
    HxSettings settings,
    TimeProvider time,
    Redactor redactor,
    ILogger<HistoryReader> logger
)
{
    /// <summary>After this there is no history to show: the page must come within a second.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(600);

    /// <summary>How long what was read answers requests, before Redis is read again.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(2);

    /// <summary>An hour's, and those that the quarter-hour now running is made of.</summary>
    private const int MinutesRead = 60 + 30;

    /// <summary>The minute now running and the one before it, at the guard's pace; a tenth more for checks that people ask for.</summary>
    private readonly int _checksRead = (int)((1.1 * 120 / settings.MaxStaleness.TotalSeconds) + 20);

    private readonly Lock _lock = new();
    private Task<KeptReading?> _read = Task.FromResult<KeptReading?>(null);

    /// <summary>Reads, unless a read is under way, which is shared, or one has ended less than <see cref="KeptFor"/> ago. A read that
    /// failed is not kept.</summary>
    /// <returns><see langword="null"/> when Redis gave no answer in time, or refused one. Never throws.</returns>
    public async Task<HistoryReading?> ReadAsync()
    {
        if (await ReadOrShareAsync() is not { } kept)
        {
            return null;
        }

        // Ages are reckoned from Redis's clock as it is now, not as it was when the reading came.
        long milliseconds = (long)time.GetElapsedTime(kept.At).TotalMilliseconds;
        return kept.Reading with { Now = kept.Reading.Now + milliseconds };
    }

    private Task<KeptReading?> ReadOrShareAsync()
    {
        lock (_lock)
        {
            if (_read.IsCompleted && !(_read.Result is { } kept && time.GetElapsedTime(kept.At) < KeptFor))
            {
                _read = ReadInTimeAsync();
            }

            return _read;
        }
    }

    private async Task<KeptReading?> ReadInTimeAsync()
    {
        try
        {
            Task<HistoryReading> reading = ReadAllAsync();
            reading.Observe();
            return new(await reading.WaitAsync(Deadline, time), time.GetTimestamp());
        }
        catch (Exception exception)
        {
            LogFailed(exception.GetType().Name, redactor.Redact(exception.Message));
            return null;
        }
    }

    private async Task<HistoryReading> ReadAllAsync()
    {
        // Asked for together, so that it is one round trip however many dependencies there are; one by one, so that others have their turn
        // in between: Redis does nothing else while a script runs.
        Task<RedisResult[]> news = ListsAsync((keys.Transitions, SnapshotStore.TransitionsKept, OverrideEntry.MaxLength));
        Task<RedisResult[]>[] histories =
        [
            .. dependencies.Select(d =>
                ListsAsync(
                    (keys.Checks(d.Name), _checksRead, HistoryEntries.MaxLength),
                    (keys.Minutes(d.Name), MinutesRead, HistoryEntries.MaxLength),
                    (keys.Quarters(d.Name), SnapshotStore.QuartersKept, HistoryEntries.MaxLength)
                )
            ),
        ];
        await Task.WhenAll([news, .. histories]);

        RedisResult[] first = await news;
        (List<RecordedTransition> changes, List<RecordedOverride> overrides) = ReadChanges(Entries(first, 0));
        return new(
            long.Parse((string)first[0]!, CultureInfo.InvariantCulture),
            [
                .. histories.Select(h => new DependencyHistory(
                    Read(Entries(h.Result, 0), HistoryEntries.ReadCheck),
                    Read(Entries(h.Result, 1), HistoryEntries.ReadBucket),
                    Read(Entries(h.Result, 2), HistoryEntries.ReadBucket)
                )),
            ],
            changes,
            overrides
        );
    }

    /// <summary>One list holds both, for both are news of the fleet.</summary>
    private static (List<RecordedTransition> Transitions, List<RecordedOverride> Overrides) ReadChanges(RedisValue[] entries)
    {
        List<RecordedTransition> transitions = [];
        List<RecordedOverride> overrides = [];
        foreach (RedisValue entry in entries)
        {
            if (HistoryEntries.ReadOverride(Bytes(entry)) is { } set)
            {
                overrides.Add(set);
            }
            else if (HistoryEntries.ReadTransition(Bytes(entry)) is { } transition)
            {
                transitions.Add(transition);
            }
        }

        return (transitions, overrides);
    }

    private async Task<RedisResult[]> ListsAsync(params (string Key, int Count, int Longest)[] lists) =>
        (RedisResult[])
            (
                await redis.EvaluateAsync(
                    SnapshotScripts.ReadLists,
                    [.. lists.Select(l => (RedisKey)l.Key)],
                    [.. lists.SelectMany(l => new RedisValue[] { l.Count, l.Longest })],
                    mayRepeat: true
                )
            )!;

    private static RedisValue[] Entries(RedisResult[] answer, int list) => (RedisValue[])answer[list + 1]!;

    private static List<T> Read<T>(RedisValue[] entries, EntryReader<T> read)
        where T : struct
    {
        List<T> found = new(entries.Length);
        foreach (RedisValue entry in entries)
        {
            if (read(Bytes(entry)) is { } value)
            {
                found.Add(value);
            }
        }

        return found;
    }

    private static ReadOnlySpan<byte> Bytes(RedisValue value) => ((ReadOnlyMemory<byte>)value).Span;

    /// <param name="At">When it came.</param>
    private sealed record KeptReading(HistoryReading Reading, long At);

    private delegate T? EntryReader<T>(ReadOnlySpan<byte> entry)
        where T : struct;

    [LoggerMessage(2401, LogLevel.Debug, "Reading the history failed with {ExceptionType}: {Message}")]
    private partial void LogFailed(string exceptionType, string message);
}
