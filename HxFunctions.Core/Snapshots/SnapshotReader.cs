using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Telemetry;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Core.Snapshots;

/// <summary>Reads the stored snapshot, one read at a time, and publishes what it brings. Safe for concurrent use.</summary>
internal sealed partial class SnapshotReader(
    SnapshotBoard board,
    CheckLease lease,
    WakeSignal wake,
    HxMeter meter,
    TimeProvider time,
    TaskScheduler scheduler,
    ILogger<SnapshotReader> logger,
    SnapshotStore? store = null
)
{
    private readonly Lock _lock = new();
    private Task _reading = Task.CompletedTask;
    private long? _lastStart;
    private readonly HashSet<string> _logged = [];
    private long? _unusableSince;
    private bool _hasRead;

    /// <summary>Whether there is a store to read.</summary>
    public bool HasStore => store is not null;

    /// <summary>Whether any read has brought something.</summary>
    public bool HasRead
    {
        get
        {
            lock (_lock)
            {
                return _hasRead;
            }
        }
    }

    /// <summary>When the store was found unusable; <see langword="null"/> while it is usable.</summary>
    public long? UnusableSince
    {
        get
        {
            lock (_lock)
            {
                return _unusableSince;
            }
        }
    }

    /// <summary>When the next read is due, on the monotonic clock; <see langword="null"/> while one is under way, or without a
    /// store.</summary>
    /// <param name="pace">How far apart reads begin.</param>
    public long? Due(long pace)
    {
        lock (_lock)
        {
            return store is null || !_reading.IsCompleted ? null : _lastStart + pace ?? 0;
        }
    }

    /// <summary>Reads, or joins the read under way. The task never fails.</summary>
    /// <param name="wantLease">Whether to take or renew the lease with it.</param>
    public Task ReadAsync(bool wantLease)
    {
        lock (_lock)
        {
            if (store is null || !_reading.IsCompleted)
            {
                return _reading;
            }

            _lastStart = time.GetTimestamp();
            // Off the caller's context: what a request carries (culture, trace) is none of a read's business.
            using (ExecutionContext.SuppressFlow())
            {
                _reading = scheduler.Run(() => ReadOnceAsync(store, wantLease));
            }

            // Not within the read: the loop that it wakes must find it completed.
            _ = wake.SetAfterAsync(_reading);
            return _reading;
        }
    }

    /// <summary>Waits for the read under way, if any. Never fails.</summary>
    public async Task FinishAsync()
    {
        Task reading;
        lock (_lock)
        {
            reading = _reading;
        }

        await reading.Ended();
    }

    private async Task ReadOnceAsync(SnapshotStore from, bool wantLease)
    {
        StoreCondition before = board.Current.Store;
        OverrideKnowledge? remembered = board.Current.Override;
        (StoreReading? reading, RedisFailure? failure) = await from.TrySyncAsync(wantLease, remembered);
        lease.Note(reading);
        if (wantLease)
        {
            meter.LeaseRequested(OutcomeOf(reading?.Lease));
        }

        HealthSnapshot after = board.Publish(snapshot =>
        {
            if (reading is null)
            {
                return snapshot with { Store = StoreCondition.Unusable };
            }

            HealthSnapshot merged = SnapshotMerge.Merge(snapshot, reading);
            // Set or cleared here while the read was under way: the next read knows.
            return ReferenceEquals(snapshot.Override, remembered) ? merged : merged with { Override = snapshot.Override };
        });
        lock (_lock)
        {
            _hasRead |= reading is not null;
            if (before != after.Store)
            {
                _unusableSince = after.Store == StoreCondition.Unusable ? time.GetTimestamp() : null;
            }
        }

        LogOnce(before, after.Store, reading, failure);
    }

    /// <summary>Each change, and each further reason for which the store can't be used, once: the first one may be that Redis was late, and
    /// the second what an operator has to fix.</summary>
    private void LogOnce(StoreCondition before, StoreCondition now, StoreReading? reading, RedisFailure? failure)
    {
        string why =
            reading is { Lease: LeaseAnswer.Denied } ? " (it refuses writes)"
            : failure is not null ? $" ({failure})"
            : "";
        lock (_lock)
        {
            if (before != now)
            {
                _logged.Clear();
            }
            else if (now != StoreCondition.Unusable)
            {
                return;
            }

            if (!_logged.Add(why))
            {
                return;
            }
        }

        LogStore(now, why);
    }

    /// <summary>What an attempt to get the lease may come to.</summary>
    public static IReadOnlyList<string> LeaseOutcomes { get; } =
    [.. new LeaseAnswer?[] { LeaseAnswer.Mine, LeaseAnswer.HeldByOther, LeaseAnswer.Denied, null }.Select(OutcomeOf)];

    private static string OutcomeOf(LeaseAnswer? answer) =>
        answer switch
        {
            LeaseAnswer.Mine => "mine",
            LeaseAnswer.HeldByOther => "others",
            LeaseAnswer.Denied => "denied",
            _ => "no_answer",
        };

    [LoggerMessage(2204, LogLevel.Information, "Snapshot store: {Condition}{Why}.")]
    private partial void LogStore(StoreCondition condition, string why);
}
