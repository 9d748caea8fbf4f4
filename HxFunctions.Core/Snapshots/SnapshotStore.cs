using System.Globalization;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace HxFunctions.Core.Snapshots;

/// <summary>
/// The fleet's shared state in Redis. Every call ends within its deadline and none throws: without an answer it
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
    StoreCaller? caller = null
)
{
    /// <summary>What a call may take in a running host.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(500);

    /// <summary>How long after its last read an instance counts as running.</summary>
    public static readonly TimeSpan RunsFor = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan HistoryLife = TimeSpan.FromDays(8);
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LookFor = TimeSpan.FromSeconds(1);
    public const int MinutesKept = 24 * 60;
    public const int QuartersKept = 7 * 24 * 4;
    public const int TransitionsKept = 500;

    private readonly RedisKey[] _syncKeys = [keys.Snapshot, keys.Override, keys.Lease, keys.Contender, keys.Instances, keys.Reached];
    private readonly RedisValue[] _names = Array.ConvertAll<Dependency, RedisValue>([.. dependencies], d => d.Name);
    private readonly TimeSpan _deadline = (caller ?? StoreCaller.Host).Deadline;
    private readonly bool _isInstance = (caller ?? StoreCaller.Host).IsInstance;
    private readonly RedisClockTracker _clock = new(time);

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

    /// <inheritdoc cref="TrySyncAsync" path="/summary | /param"/>
    /// <returns><see langword="null"/> when Redis didn't answer or refused.</returns>
    public async Task<StoreReading?> SyncAsync(bool wantLease, OverrideKnowledge? remembered) =>
        (await TrySyncAsync(wantLease, remembered)).Reading;

    /// <summary>Reads the whole snapshot, with Redis's clock and the override, and takes or renews the lease if wanted.</summary>
    /// <param name="remembered">An override, or the note of a cleared one, that this instance knows: put back if Redis has lost it.</param>
    /// <returns>What was read, or why nothing was. Neither: the answer was not one of the script's.</returns>
    public async Task<(StoreReading? Reading, RedisFailure? Failure)> TrySyncAsync(bool wantLease, OverrideKnowledge? remembered)
    {
        RedisClock? before = _clock.Latest;
        long sent = time.GetTimestamp();
        double left = remembered is null ? 0 : time.GetElapsedTime(sent, remembered.EndsAt).TotalMilliseconds;
        // Also one that is over: it has replaced others, of which one may last longer.
        bool putBack = sent < remembered?.RememberedUntil && before is not null && TimestampedValue.TrySplit(remembered.Raw, out _, out _);
        RedisValue[] arguments =
        [
            instance.Value,
            wantLease ? Milliseconds(settings.LeaseTime) : "",
            putBack ? remembered!.Raw[(remembered.Raw.IndexOf(' ', StringComparison.Ordinal) + 1)..] : "",
            (long)Math.Floor(left),
            remembered?.SetStamp ?? 0,
            before?.At(sent, time) ?? 0,
            _isInstance ? Milliseconds(RunsFor) : "",
            .. _names,
        ];

        StoreCall call = await RunAsync("sync", SnapshotScripts.Sync, _syncKeys, arguments);
        RedisResult[]? answer = (RedisResult[]?)call.Answer;
        if (
            answer is null
            || answer.Length != 4 + dependencies.Count
            || !long.TryParse((string?)answer[0], CultureInfo.InvariantCulture, out long now)
        )
        {
            return (null, call.Failure);
        }

        RedisClock clock = _clock.Observe(new(now, sent, time.GetTimestamp()));
        LeaseAnswer lease = (string?)answer[1] switch
        {
            "mine" => LeaseAnswer.Mine,
            "other" => LeaseAnswer.HeldByOther,
            "denied" => LeaseAnswer.Denied,
            _ => LeaseAnswer.NotAsked,
        };
        StoreReading reading = new(
            sent,
            now,
            lease,
            (string?)answer[2] == "1",
            (string?)answer[3],
            [.. answer.Skip(4).Select(v => (string?)v)],
            clock.DatesFrom
        );
        return (reading, null);
    }

    /// <summary>Stores a record with its history by compare-and-set. When it finds the record itself, the reply to the first of two
    /// attempts got lost: it is written.</summary>
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
        if (_clock.Latest is not { } clock)
        {
            return null;
        }

        long started = time.GetTimestamp();
        long at = clock.At(observedAt, time);
        CheckPoint check = new(at, record.State.Status, record.State.Reason, record.Latency.TotalMilliseconds);
        string body = RecordCodec.Write(record);
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
            body,
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

        long sent = time.GetTimestamp();
        // The clock is known as exactly as the read took that told it.
        TimeSpan within = left + time.GetElapsedTime(clock.AskedAt, clock.SeenAt);
        long latest = clock.At(sent, time) + (long)within.TotalMilliseconds;
        StoreCall call = await RunAsync("write", SnapshotScripts.Write, written, [.. arguments, latest, Milliseconds(within)], left);
        return
            (RedisResult[]?)call.Answer is [var outcome, var value, var now]
            && (string?)value is { } stored
            && long.TryParse((string?)now, CultureInfo.InvariantCulture, out long nowMs)
            ? new(
                (string?)outcome == "written" || IsOf(stored, body),
                stored,
                TimestampOf(stored, new(nowMs, sent, time.GetTimestamp()), clock)
            )
            : null;
    }

    private static bool IsOf(string stored, string body) =>
        TimestampedValue.TrySplit(stored, out _, out ReadOnlySpan<char> found) && found.SequenceEqual(body);

    /// <summary>When a stored value was observed, on the monotonic clock; <see langword="null"/> when it has no stamp, or the clock was set
    /// since.</summary>
    /// <param name="clock">Redis's clock as it came with the value. Ages are reckoned from when it was asked for, so that what is read is
    /// never taken for younger than it is, however long the answer took.</param>
    /// <param name="before">As seen before that.</param>
    private long? TimestampOf(string stored, RedisClock clock, RedisClock before) =>
        TimestampedValue.TrySplit(stored, out long at, out _) && at >= before.DatesFrom && before.Agrees(clock, time)
            ? clock.AskedAt - (long)((clock.Milliseconds - at) / 1000.0 * time.TimestampFrequency)
            : null;

    public async Task ReleaseLeaseAsync() => _ = await RunAsync("release", SnapshotScripts.Release, [keys.Lease], [instance.Value]);

    /// <summary>Sets an override for all instances.</summary>
    /// <param name="known">Gives the override, or note, that this instance knows now: what it sets counts as set later.</param>
    public Task<OverrideWriting> SetOverrideAsync(GuardOverride value, TimeSpan lasts, Func<OverrideKnowledge?>? known = null) =>
        SetOverrideAsync(OverrideCodec.Write(value), lasts, OverrideEntry.Set(value, lasts), known);

    /// <summary>Leaves a note for as long as any instance may remember an override.</summary>
    /// <inheritdoc cref="SetOverrideAsync(GuardOverride, TimeSpan, Func{OverrideKnowledge?}?)" path="/param"/>
    public Task<OverrideWriting> ClearOverrideAsync(string by, Func<OverrideKnowledge?>? known = null) =>
        SetOverrideAsync(OverrideCodec.Cleared(by, time.GetUtcNow()), GuardOverride.MaxDuration, OverrideEntry.Cleared(by), known);

    private async Task<OverrideWriting> SetOverrideAsync(string body, TimeSpan lasts, string entry, Func<OverrideKnowledge?>? known)
    {
        // Redis's clock says until when it may be set. What is refused by that may have been sent by a clock that has been set since.
        if (_clock.Latest is null)
        {
            await SyncAsync(wantLease: false, remembered: null);
        }

        if (_clock.Latest is not { } clock)
        {
            return OverrideWriting.NotTaken;
        }

        (OverrideWriting writing, bool isRefused) = await SetOverrideOnceAsync(clock, body, lasts, entry, known);
        if (isRefused && await SyncAsync(wantLease: false, remembered: null) is not null)
        {
            (writing, _) = await SetOverrideOnceAsync(_clock.Latest, body, lasts, entry, known);
        }

        return writing;
    }

    private async Task<(OverrideWriting Writing, bool IsRefused)> SetOverrideOnceAsync(
        RedisClock clock,
        string body,
        TimeSpan lasts,
        string entry,
        Func<OverrideKnowledge?>? known
    )
    {
        long latest = clock.At(time.GetTimestamp(), time) + (long)_deadline.TotalMilliseconds;
        RedisValue[] arguments =
        [
            body,
            Milliseconds(lasts),
            latest,
            entry,
            TransitionsKept,
            Milliseconds(HistoryLife),
            known?.Invoke()?.SetStamp ?? 0,
            Milliseconds(_deadline),
            clock.SetBackBy,
        ];
        // Two in a row would both be in the history.
        StoreCall call = await RunAsync(
            "override",
            SnapshotScripts.SetOverride,
            [keys.Override, keys.Transitions, keys.Reached],
            arguments,
            mayRepeat: false
        );
        if (call.Answer is not null || !call.MayHaveRun)
        {
            return (string?)call.Answer is { } stored
                ? (OverrideWriting.Taken(stored), false)
                : (OverrideWriting.NotTaken, call.Answer is not null);
        }

        return (await FindOverrideAsync(body, latest, clock.DatesFrom, known), false);
    }

    /// <summary>Looks whether an override was taken whose answer was lost. It was not when it isn't there at a time at which it can't come
    /// any more. That is not known when Redis's clock has been set since, or another server has taken over, which may have lost it: an
    /// instance that has read it before puts it back. If this one has, it is in effect.</summary>
    /// <param name="datesFrom">Of the clock by which it was sent.</param>
    private async Task<OverrideWriting> FindOverrideAsync(string body, long latest, long datesFrom, Func<OverrideKnowledge?>? known)
    {
        long started = time.GetTimestamp();
        do
        {
            if (known?.Invoke() is { } current && OverrideCodec.IsOf(current.Raw, body))
            {
                return OverrideWriting.Taken(current.Raw);
            }

            if (await SyncAsync(wantLease: false, remembered: null) is { } reading)
            {
                if (reading.Override is { } stored && OverrideCodec.IsOf(stored, body))
                {
                    return OverrideWriting.Taken(stored);
                }

                if (reading.Now > latest && reading.DatesFrom == datesFrom)
                {
                    return OverrideWriting.NotTaken;
                }
            }

            await Task.Delay(LookAgainAfter, time);
        } while (time.GetElapsedTime(started) < _deadline + LookFor);

        return OverrideWriting.NotKnown;
    }

    /// <summary>How many instances know the override, or note, that is stored.</summary>
    /// <param name="remembered">The one that this instance knows.</param>
    /// <returns><see langword="null"/> when none is stored, or Redis doesn't answer.</returns>
    public async Task<OverrideReach?> ReadReachAsync(OverrideKnowledge? remembered)
    {
        RedisValue[] arguments = [_isInstance ? instance.Value : "", remembered?.SetStamp ?? 0, Milliseconds(RunsFor)];
        StoreCall call = await RunAsync("reach", SnapshotScripts.Reach, [keys.Override, keys.Instances, keys.Reached], arguments);
        return (int[]?)call.Answer is [int reached, int running] ? new(reached, running) : null;
    }

    /// <summary>The newest checks of a dependency, newest first; empty when there are none, or no answer.</summary>
    public async Task<IReadOnlyList<CheckPoint>> ReadChecksAsync(string dependency, int count)
    {
        StoreCall call = await RunAsync("history", SnapshotScripts.ReadLists, [keys.Checks(dependency)], [count, HistoryEntries.MaxLength]);
        RedisValue[] entries = (RedisValue[]?)((RedisResult[]?)call.Answer)?[1] ?? [];
        return [.. entries.Select(e => HistoryEntries.ReadCheck(((ReadOnlyMemory<byte>)e).Span)).OfType<CheckPoint>()];
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

    /// <summary>Runs a script under the deadline; what was abandoned is observed when it ends. Never throws.</summary>
    /// <param name="within">The deadline; the store's own when not given.</param>
    private async Task<StoreCall> RunAsync(
        string operation,
        string script,
        RedisKey[] scriptKeys,
        RedisValue[] arguments,
        TimeSpan? within = null,
        bool mayRepeat = true
    )
    {
        try
        {
            Task<RedisResult> running = redis.EvaluateAsync(script, scriptKeys, arguments, mayRepeat);
            running.Observe();
            return new(await running.WaitAsync(within ?? _deadline, time), null, MayHaveRun: true);
        }
        catch (Exception exception)
        {
            LogFailed(operation, exception.GetType().Name, redactor.Redact(exception.Message));
            return new(null, RedisFailures.ForStore(RedisFailures.Of(exception)), MayHaveRun(exception));
        }
    }

    /// <summary>Whether Redis may have run a call that failed: not when it said no, nor when it was never asked.</summary>
    private static bool MayHaveRun(Exception exception) =>
        exception switch
        {
            RedisServerException or RedisUnavailableException or RedisCommandException => false,
            RedisConnectionException connection => connection.CommandStatus is CommandStatus.Sent or CommandStatus.Unknown,
            _ => true,
        };

    private static string Milliseconds(TimeSpan span) => ((long)span.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);

    /// <summary>What a call came to. The reason stays with its call: another may fail at the same time for another reason.</summary>
    /// <param name="Answer"><see langword="null"/> when it failed.</param>
    /// <param name="Failure">Why it failed; <see langword="null"/> when it did not.</param>
    /// <param name="MayHaveRun">Whether Redis may have run the script.</param>
    private readonly record struct StoreCall(RedisResult? Answer, RedisFailure? Failure, bool MayHaveRun);

    [LoggerMessage(2001, LogLevel.Debug, "Snapshot store: {Operation} failed with {ExceptionType}: {Message}")]
    private partial void LogFailed(string operation, string exceptionType, string message);
}
