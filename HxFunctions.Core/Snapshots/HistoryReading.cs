using HxFunctions.Core.Dependencies;

namespace HxFunctions.Core.Snapshots;

/// <summary>What one read of the history brought.</summary>
/// <param name="Now">Redis's clock, in milliseconds since 1970: the one that all entries are stamped by.</param>
/// <param name="Dependencies">In the set's order.</param>
/// <param name="Transitions">Newest first.</param>
/// <param name="Overrides">Likewise.</param>
internal sealed record HistoryReading(
    long Now,
    IReadOnlyList<DependencyHistory> Dependencies,
    IReadOnlyList<RecordedTransition> Transitions,
    IReadOnlyList<RecordedOverride> Overrides
);

/// <summary>The three lists of a dependency, each newest first as stored. Whatever in them could not be read is left out.</summary>
/// <param name="Checks">The last few: those that no minute holds yet.</param>
/// <param name="Minutes">Somewhat more than the last hour's.</param>
/// <param name="Quarters">A week's quarter-hours.</param>
internal sealed record DependencyHistory(
    IReadOnlyList<CheckPoint> Checks,
    IReadOnlyList<HistoryBucket> Minutes,
    IReadOnlyList<HistoryBucket> Quarters
)
{
    public static DependencyHistory Nothing { get; } = new([], [], []);
}

/// <summary>A change of state.</summary>
/// <param name="At">Milliseconds since 1970 on Redis's clock.</param>
/// <param name="Reason">Of the state that it went to.</param>
internal sealed record RecordedTransition(long At, string Dependency, DependencyStatus From, DependencyStatus To, string Reason);

/// <summary>That an override was set, or cleared.</summary>
/// <param name="At">Milliseconds since 1970 on Redis's clock.</param>
/// <param name="Verdict">closed or open; cleared when it ends the one before.</param>
/// <param name="Reason">Why, in the words of who set it.</param>
/// <param name="By">Who, as they say.</param>
/// <param name="Lasts">For how long it was set.</param>
internal sealed record RecordedOverride(long At, string Verdict, string Reason, string By, TimeSpan Lasts)
{
    /// <summary><see cref="OverrideKnowledge.SetStamp"/>: of which override this was recorded, and which of two was set later. It is ahead
    /// of <see cref="At"/> where Redis's clock was set back.</summary>
    public long Set { get; init; } = At;

    public bool IsClearing => Verdict == OverrideCodec.ClearedVerdict;

    /// <summary>The same with another beginning, and the same end.</summary>
    public RecordedOverride BegunAt(long at) =>
        this with
        {
            At = at,
            Lasts = IsClearing ? Lasts : Lasts + TimeSpan.FromMilliseconds(At - at),
        };
}
