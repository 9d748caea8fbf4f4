using HxFunctions.Core.Configuration;

namespace HxFunctions.Core.Snapshots;

/// <summary>
/// This instance's side of the lease in Redis, which spares a fleet from checking everything once per instance. It saves work and decides
/// nothing: two holders do no harm. Safe for concurrent use.
/// </summary>
internal sealed class CheckLease(HxSettings settings, TimeProvider time, SnapshotStore? store = null)
{
    private readonly long _lasts = settings.LeaseTime.ToTicks(time);
    private readonly Lock _lock = new();
    private long? _takenAt;
    private long? _renewedAt;
    private long _standsAsideUntil = long.MinValue;
    private bool _isContended;
    private LeaseAnswer _lastAnswer;

    /// <summary>What the last read said of the lease.</summary>
    public LeaseAnswer LastAnswer
    {
        get
        {
            lock (_lock)
            {
                return _lastAnswer;
            }
        }
    }

    /// <summary>Whether this instance holds it, going by its own clock since it was asked for.</summary>
    public bool IsOurs(long now)
    {
        lock (_lock)
        {
            return _renewedAt is { } at && now - at < _lasts;
        }
    }

    /// <summary>Since when this instance holds it without a break; <see langword="null"/>: it doesn't.</summary>
    public long? HeldSince(long now)
    {
        lock (_lock)
        {
            return _renewedAt is { } at && now - at < _lasts ? _takenAt : null;
        }
    }

    /// <summary>Whether another instance would take it, by the last read.</summary>
    public bool IsContended
    {
        get
        {
            lock (_lock)
            {
                return _isContended;
            }
        }
    }

    /// <summary>Until when this instance leaves it to others.</summary>
    public long StandsAsideUntil
    {
        get
        {
            lock (_lock)
            {
                return _standsAsideUntil;
            }
        }
    }

    /// <summary>Gives it to whoever else would take it, and leaves it to others for a time.</summary>
    public Task HandOnAsync(long standAsideUntil)
    {
        lock (_lock)
        {
            _standsAsideUntil = standAsideUntil;
        }

        return ReleaseAsync();
    }

    /// <summary>Takes note of what a read brought.</summary>
    /// <param name="reading"><see langword="null"/>: there was no answer, so that what was held is held on.</param>
    public void Note(StoreReading? reading)
    {
        lock (_lock)
        {
            _lastAnswer = reading?.Lease ?? LeaseAnswer.NotAsked;
            _isContended = reading?.IsContended ?? _isContended;
            if (_lastAnswer == LeaseAnswer.Mine)
            {
                _takenAt = _renewedAt is { } at && reading!.SentAt - at < _lasts ? _takenAt : reading!.SentAt;
            }

            _renewedAt = _lastAnswer switch
            {
                LeaseAnswer.Mine => reading!.SentAt,
                LeaseAnswer.HeldByOther or LeaseAnswer.Denied => null,
                _ => _renewedAt,
            };
        }
    }

    /// <summary>Gives it back, if it was ever taken.</summary>
    public async Task ReleaseAsync()
    {
        lock (_lock)
        {
            if (_renewedAt is null)
            {
                return;
            }

            _renewedAt = null;
        }

        if (store is not null)
        {
            await store.ReleaseLeaseAsync();
        }
    }
}
