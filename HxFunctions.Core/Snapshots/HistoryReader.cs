using System.Globalization;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace HxFunctions.Core.Snapshots;

/// <summary>Reads the history from Redis, all of it in one go.</summary>
internal sealed partial class HistoryReader(
    RedisConnection connection,
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

    /// <summary>An hour's, and those that the quarter-hour now running is made of.</summary>
    private const int MinutesRead = 60 + 30;

    /// <summary>The minute now running and the one before it, at the guard's pace; a tenth more for checks that people ask for.</summary>
    private readonly int _checksRead = (int)((1.1 * 120 / settings.MaxStaleness.TotalSeconds) + 20);

    /// <returns><see langword="null"/> when Redis gave no answer in time, or refused one. Never throws.</returns>
    public async Task<HistoryReading?> ReadAsync()
    {
        try
        {
            Task<HistoryReading> reading = Task.Run(() => connection.RunAsync(ReadAllAsync));
            reading.Observe();
            return await reading.WaitAsync(Deadline, time);
        }
        catch (Exception exception)
        {
            LogFailed(exception.GetType().Name, redactor.Redact(exception.Message));
            return null;
        }
    }

    private async Task<HistoryReading> ReadAllAsync(IDatabase database)
    {
        // Asked for together, so that it is one round trip however many lists there are.
        Task<RedisResult> clock = database.ExecuteAsync("TIME");
        Task<RedisValue[]> transitions = ListAsync(database, keys.Transitions, SnapshotStore.TransitionsKept);
        (Task<RedisValue[]> Checks, Task<RedisValue[]> Minutes, Task<RedisValue[]> Quarters)[] lists =
        [
            .. dependencies.Select(d =>
                (
                    ListAsync(database, keys.Checks(d.Name), _checksRead),
                    ListAsync(database, keys.Minutes(d.Name), MinutesRead),
                    ListAsync(database, keys.Quarters(d.Name), SnapshotStore.QuartersKept)
                )
            ),
        ];
        Task all = Task.WhenAll(lists.SelectMany(l => new Task[] { l.Checks, l.Minutes, l.Quarters }).Append(transitions).Append(clock));
        await all;

        (List<RecordedTransition> changes, List<RecordedOverride> overrides) = ReadChanges(transitions.Result);
        return new(
            Milliseconds(await clock),
            [
                .. lists.Select(l => new DependencyHistory(
                    Read(l.Checks.Result, HistoryEntries.ReadCheck),
                    Read(l.Minutes.Result, HistoryEntries.ReadBucket),
                    Read(l.Quarters.Result, HistoryEntries.ReadBucket)
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

    private static async Task<RedisValue[]> ListAsync(IDatabase database, string key, int count)
    {
        try
        {
            return await database.ListRangeAsync(key, 0, count - 1);
        }
        catch (RedisServerException exception) when (exception.Message.StartsWith("WRONGTYPE", StringComparison.Ordinal))
        {
            // Someone else's value; the next check replaces it.
            return [];
        }
    }

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

    /// <summary>TIME answers with seconds and microseconds.</summary>
    private static long Milliseconds(RedisResult time)
    {
        RedisResult[] parts = (RedisResult[])time!;
        return (long.Parse((string)parts[0]!, CultureInfo.InvariantCulture) * 1000)
            + (long.Parse((string)parts[1]!, CultureInfo.InvariantCulture) / 1000);
    }

    private delegate T? EntryReader<T>(ReadOnlySpan<byte> entry)
        where T : struct;

    [LoggerMessage(2401, LogLevel.Debug, "Reading the history failed with {ExceptionType}: {Message}")]
    private partial void LogFailed(string exceptionType, string message);
}
