using System.Globalization;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace HxFunctions.Core.Snapshots;

/// <summary>
/// The place in Redis where all instances meet. Every call ends within its deadline and none throws: without an answer it
/// returns <see langword="null"/>, for Redis being down is an ordinary state here.
/// </summary>
internal sealed partial class SnapshotStore(
    IStoreCommands redis,
    StoreKeys keys,
    DependencySet dependencies,
    HxSettings settings,
    InstanceId instance,
    TimeProvider time,
    Redactor redactor,
    ILogger<SnapshotStore> logger,
    StoreDeadline? deadline = null
)
{
    /// <summary>What a call may take in a running host.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan HistoryLife = TimeSpan.FromDays(8);
    public const int MinutesKept = 24 * 60;
    public const int QuartersKept = 7 * 24 * 4;
    public const int TransitionsKept = 500;

    private readonly RedisKey[] _syncKeys = [keys.Snapshot, keys.Override, keys.Lease];
    private readonly RedisValue[] _names = Array.ConvertAll<Dependency, RedisValue>([.. dependencies], d => d.Name);
    private readonly TimeSpan _deadline = (deadline ?? StoreDeadline.Host).Value;
    private RedisClock? _clock;
    private volatile Failed? _lastFailure;

    /// <summary>Why the last call failed; <see langword="null"/> when it did not.</summary>
    public RedisFailure? Failure => _lastFailure?.Failure;

    /// <summary>How many checks of a dependency the history keeps.</summary>
    public int ChecksKept { get; } = ChecksToKeep(settings.MaxStaleness, dependencies.Count);

    /// <summary>
    /// An hour's worth at the guard's pace; with many dependencies less, so that all lists together stay under 2 MB even when everything
    /// fails, but never less than the quarter-hour that the longest aggregate is made of.
    /// </summary>
    internal static int ChecksToKeep(TimeSpan pace, int dependencies)
    {
        // The other lists at their largest, per dependency and together, and one check (docs/status.md, "What it costs").
        const double budget = 2_000_000,
            together = 60_000,
            each = 168_000,
            check = 58;
        double room = (((budget - together) / Math.Max(dependencies, 1)) - each) / check;
        double least = Math.Max(120, (900 / pace.TotalSeconds) + 20);
        return (int)Math.Clamp(Math.Min(3600 / pace.TotalSeconds, room), least, Math.Max(least, 7200));
    }

    /// <summary>Reads the whole snapshot, with Redis's clock and the override, and takes or renews the lease if wanted.</summary>
    /// <param name="remembered">An override, or the note of a cleared one, that this instance knows: put back if Redis has lost it.</param>
    public async Task<StoreReading?> SyncAsync(bool wantLease, OverrideKnowledge? remembered)
    {
        long sent = time.GetTimestamp();
        double left = remembered is null ? 0 : time.GetElapsedTime(sent, remembered.EndsAt).TotalMilliseconds;
        bool putBack = left >= 1 && TimestampedValue.TrySplit(remembered!.Raw, out _, out _);
        RedisValue[] arguments =
        [
            instance.Value,
            wantLease ? Milliseconds(settings.LeaseTime) : "",
            putBack ? remembered!.Raw[(remembered.Raw.IndexOf(' ', StringComparison.Ordinal) + 1)..] : "",
            (long)left,
            remembered?.SetStamp ?? 0,
            .. _names,
        ];

        RedisResult[]? answer = (RedisResult[]?)await RunAsync("sync", SnapshotScripts.Sync, _syncKeys, arguments);
        if (
            answer is null
            || answer.Length != 3 + dependencies.Count
            || !long.TryParse((string?)answer[0], CultureInfo.InvariantCulture, out long now)
        )
        {
            return null;
        }

        _clock = new(now, sent, time.GetTimestamp());
        LeaseAnswer lease = (string?)answer[1] switch
        {
            "mine" => LeaseAnswer.Mine,
            "other" => LeaseAnswer.HeldByOther,
            "denied" => LeaseAnswer.Denied,
            _ => LeaseAnswer.NotAsked,
        };
        return new(sent, now, lease, (string?)answer[2], [.. answer.Skip(3).Select(v => (string?)v)]);
    }

    /// <summary>Stores a record with its history by compare-and-set.</summary>
    /// <param name="expected">The value that the check started from, readable or not; <see langword="null"/>: there was none.</param>
    /// <param name="observedAt">When the last probe ended, on the monotonic clock.</param>
    /// <returns><see langword="null"/> when Redis didn't answer or refused.</returns>
    public async Task<StoreWriting?> WriteAsync(
        Dependency dependency,
        string? expected,
        DependencyRecord record,
        DependencyStatus before,
        long observedAt
    )
    {
        if (_clock is not { } clock)
        {
            return null;
        }

        long started = time.GetTimestamp();
        long at = clock.At(observedAt, time);
        CheckPoint check = new(at, record.State.Status, record.State.Reason, record.Latency.TotalMilliseconds);
        (string minute, string quarter) = await AggregatesAsync(dependency, expected, at);
        RedisKey[] written =
        [
            keys.Snapshot,
            keys.Checks(dependency.Name),
            keys.Minutes(dependency.Name),
            keys.Quarters(dependency.Name),
            keys.Transitions,
        ];
        RedisValue[] arguments =
        [
            dependency.Name,
            expected ?? "",
            at,
            RecordCodec.Write(record),
            Milliseconds(settings.Expiry),
            Milliseconds(HistoryLife),
            before == record.State.Status ? "" : TransitionJson.Write(at, dependency.Name, before, record.State),
            TransitionsKept,
            check.Write(),
            ChecksKept,
            minute,
            MinutesKept,
            quarter,
            QuartersKept,
        ];

        // Reading the history has taken its part of the time.
        TimeSpan left = _deadline - time.GetElapsedTime(started);
        if (left <= TimeSpan.Zero)
        {
            return null;
        }

        RedisResult[]? answer = (RedisResult[]?)await RunAsync("write", SnapshotScripts.Write, written, arguments, left);
        return answer is [var outcome, var value] && (string?)value is { } stored ? new((string?)outcome == "written", stored) : null;
    }

    /// <summary>A moment on Redis's clock as one on the monotonic clock; <see langword="null"/> before the first read.</summary>
    /// <remarks>Reckoned from when the clock was asked for, so that what is read is never taken for younger than it is, however long the
    /// answer took.</remarks>
    public long? TimestampOf(long milliseconds) =>
        _clock is { } clock ? clock.AskedAt - (long)((clock.Milliseconds - milliseconds) / 1000.0 * time.TimestampFrequency) : null;

    public async Task ReleaseLeaseAsync() => _ = await RunAsync("release", SnapshotScripts.Release, [keys.Lease], [instance.Value]);

    /// <returns>The stored value, or <see langword="null"/> when Redis didn't take it.</returns>
    public Task<string?> SetOverrideAsync(GuardOverride value, TimeSpan lasts) =>
        SetOverrideAsync(OverrideCodec.Write(value), lasts, OverrideEntry.Set(value, lasts));

    /// <summary>Leaves a note for as long as any instance may remember an override.</summary>
    public Task<string?> ClearOverrideAsync(string by) =>
        SetOverrideAsync(OverrideCodec.Cleared(by, time.GetUtcNow()), GuardOverride.MaxDuration, OverrideEntry.Cleared(by));

    private async Task<string?> SetOverrideAsync(string body, TimeSpan lasts, string entry)
    {
        RedisValue latest = _clock is { } clock ? clock.At(time.GetTimestamp(), time) + (long)_deadline.TotalMilliseconds : "";
        RedisValue[] arguments = [body, Milliseconds(lasts), latest, entry, TransitionsKept, Milliseconds(HistoryLife)];
        // Two in a row would both be in the history.
        return (string?)
            await RunAsync("override", SnapshotScripts.SetOverride, [keys.Override, keys.Transitions], arguments, mayRepeat: false);
    }

    /// <summary>The newest checks of a dependency, newest first; empty when there are none, or no answer.</summary>
    public async Task<IReadOnlyList<CheckPoint>> ReadChecksAsync(string dependency, int count)
    {
        RedisResult[]? answer = (RedisResult[]?)
            await RunAsync("history", SnapshotScripts.ReadLists, [keys.Checks(dependency)], [count, HistoryEntries.MaxLength]);
        return [.. ((RedisValue[]?)answer?[1] ?? []).Select(e => CheckPoint.Read(e.ToString())).OfType<CheckPoint>()];
    }

    /// <summary>The aggregates that this check completes: those of the minute and quarter-hour in which the check before it fell, if that
    /// is another one.</summary>
    private async Task<(string Minute, string Quarter)> AggregatesAsync(Dependency dependency, string? previous, long at)
    {
        if (previous is null || !TimestampedValue.TrySplit(previous, out long before, out _))
        {
            return ("", "");
        }

        long minute = HistoryBucket.StartOf(before, HistoryBucket.Minute);
        if (minute == HistoryBucket.StartOf(at, HistoryBucket.Minute))
        {
            return ("", "");
        }

        long quarter = HistoryBucket.StartOf(before, HistoryBucket.Quarter);
        bool crossesQuarter = quarter != HistoryBucket.StartOf(at, HistoryBucket.Quarter);

        // A tenth more than the pace would have it, for checks that people ask for.
        double seconds = (crossesQuarter ? HistoryBucket.Quarter : HistoryBucket.Minute) / 1000.0;
        int enough = (int)((1.1 * seconds / settings.MaxStaleness.TotalSeconds) + 20);
        IReadOnlyList<CheckPoint> checks = await ReadChecksAsync(dependency.Name, enough);
        return (
            HistoryBucket.Of(checks, minute, HistoryBucket.Minute)?.Write() ?? "",
            crossesQuarter ? HistoryBucket.Of(checks, quarter, HistoryBucket.Quarter)?.Write() ?? "" : ""
        );
    }

    private Task<RedisResult?> RunAsync(
        string operation,
        string script,
        RedisKey[] scriptKeys,
        RedisValue[] arguments,
        TimeSpan? within = null,
        bool mayRepeat = true
    ) => GuardAsync(operation, () => redis.EvaluateAsync(script, scriptKeys, arguments, mayRepeat), within);

    /// <summary>Runs a call under the deadline; what was abandoned is observed when it ends.</summary>
    /// <param name="within">The deadline; the store's own when not given.</param>
    private async Task<T?> GuardAsync<T>(string operation, Func<Task<T>> call, TimeSpan? within = null)
        where T : class
    {
        try
        {
            Task<T> running = call();
            running.Observe();
            T answer = await running.WaitAsync(within ?? _deadline, time);
            _lastFailure = null;
            return answer;
        }
        catch (Exception exception)
        {
            _lastFailure = new(RedisFailures.ForStore(RedisFailures.Of(exception)));
            LogFailed(operation, exception.GetType().Name, redactor.Redact(exception.Message));
            return null;
        }
    }

    private static string Milliseconds(TimeSpan span) => ((long)span.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

    private sealed record Failed(RedisFailure Failure);

    /// <summary>Redis's clock as last seen, and between which moments on ours that was.</summary>
    private sealed record RedisClock(long Milliseconds, long AskedAt, long SeenAt)
    {
        /// <summary>A moment on our clock as one on Redis's, early rather than late: what is written is never younger than it is.</summary>
        public long At(long timestamp, TimeProvider time) => Milliseconds + (long)time.GetElapsedTime(SeenAt, timestamp).TotalMilliseconds;
    }

    [LoggerMessage(2001, LogLevel.Debug, "Snapshot store: {Operation} failed with {ExceptionType}: {Message}")]
    private partial void LogFailed(string operation, string exceptionType, string message);
}

internal enum LeaseAnswer
{
    NotAsked,
    Mine,
    HeldByOther,

    /// <summary>Redis refuses writes.</summary>
    Denied,
}

/// <summary>What one read brought.</summary>
/// <param name="SentAt">When it was asked for, on the monotonic clock: ages reckoned from here err on the old side.</param>
/// <param name="Now">Redis's clock, in milliseconds since 1970.</param>
/// <param name="Override">The stored value, or <see langword="null"/>.</param>
/// <param name="Records">The stored value per dependency, in the set's order, or <see langword="null"/>.</param>
internal sealed record StoreReading(long SentAt, long Now, LeaseAnswer Lease, string? Override, IReadOnlyList<string?> Records);

/// <summary>What a write came to: written, or the value that someone else stored meanwhile.</summary>
internal sealed record StoreWriting(bool Written, string Stored);
