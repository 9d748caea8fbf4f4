namespace HxFunctions.Core.Snapshots;

/// <summary>What a read says of the lease.</summary>
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
/// <param name="IsContended">Whether the lease is ours and another instance would take it.</param>
/// <param name="Override">The stored value, or <see langword="null"/>.</param>
/// <param name="Records">The stored value per dependency, in the set's order, or <see langword="null"/>.</param>
/// <param name="DatesFrom">Stamps of before this moment on Redis's clock can't be dated: the clock has been set since.</param>
internal sealed record StoreReading(
    long SentAt,
    long Now,
    LeaseAnswer Lease,
    bool IsContended,
    string? Override,
    IReadOnlyList<string?> Records,
    long DatesFrom = 0
);

/// <summary>What setting or clearing an override came to.</summary>
/// <param name="Stored">The value that Redis has now, if it took it.</param>
/// <param name="IsKnown">Whether it is known if Redis took it: the answer may have been lost, and Redis not answer since.</param>
internal sealed record OverrideWriting(string? Stored, bool IsKnown)
{
    public static OverrideWriting NotTaken { get; } = new(null, true);

    public static OverrideWriting NotKnown { get; } = new(null, false);

    public static OverrideWriting Taken(string stored) => new(stored, true);
}

/// <summary>How far the override that is stored, or the note that it was cleared, has come.</summary>
/// <param name="Reached">How many instances know it.</param>
/// <param name="Running">How many have read within <see cref="SnapshotStore.RunsFor"/>. One that ended less than that ago is among
/// them.</param>
internal sealed record OverrideReach(int Reached, int Running);

/// <summary>What a write came to: written, or the value that someone else stored meanwhile.</summary>
/// <param name="ObservedAt">When that was observed, on the monotonic clock, if it can be dated.</param>
internal sealed record StoreWriting(bool Written, string Stored, long? ObservedAt);
