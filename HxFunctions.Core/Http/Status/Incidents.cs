using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Core.Http.Status;

/// <summary>A time in which something was not as usual.</summary>
/// <param name="Start">Milliseconds since 1970; <see langword="null"/> when it was not recorded: nothing is while Redis is down.</param>
/// <param name="End"><see langword="null"/> while it lasts, as far as is known.</param>
internal abstract record Incident(long? Start, long? End)
{
    public bool IsOver => End is not null;

    /// <summary>Those that last first, then the newest first.</summary>
    public static IReadOnlyList<Incident> InOrder(IEnumerable<Incident> incidents) =>
        [.. incidents.OrderBy(i => i.IsOver).ThenByDescending(i => i.Start ?? i.End)];

    /// <summary>How long it lasted, or has lasted until <paramref name="now"/>; <see langword="null"/> when its start is not
    /// known.</summary>
    public TimeSpan? Duration(long now) => Start is { } start ? TimeSpan.FromMilliseconds(Math.Max(0, (End ?? now) - start)) : null;
}

/// <summary>A time in which a dependency could not be used, or in part only.</summary>
/// <param name="Worst">Fail or warn.</param>
/// <param name="Reason">Of the worst state; unknown when it was not recorded.</param>
/// <param name="StartAfter">The last moment before it at which the dependency is known to have passed.</param>
internal sealed record DependencyIncident(
    string Dependency,
    DependencyStatus Worst,
    string Reason,
    long? Start,
    long? StartAfter,
    long? End
) : Incident(Start, End)
{
    /// <summary>When the first and the last of its transitions were recorded; 0 when none was.</summary>
    public long FirstRecorded { get; init; }

    public long LastRecorded { get; init; }
}

/// <summary>Makes incidents of transitions. Pure.</summary>
internal static class DependencyIncidents
{
    /// <summary>All incidents that were not over before <paramref name="from"/>.</summary>
    /// <param name="names">Of the dependencies that are watched now: others' transitions are left out.</param>
    /// <param name="histories">In the same order.</param>
    /// <param name="current">What is held of each now, <see langword="null"/> for nothing: it is newer than anything in Redis.</param>
    public static IEnumerable<DependencyIncident> From(
        IEnumerable<RecordedTransition> transitions,
        IReadOnlyList<string> names,
        IReadOnlyList<DependencyHistory> histories,
        IReadOnlyList<DependencyState?> current,
        long from
    )
    {
        ILookup<string, RecordedTransition> byName = transitions.OrderBy(t => t.At).ToLookup(t => t.Dependency, StringComparer.Ordinal);
        List<DependencyIncident> all = [];
        for (int i = 0; i < names.Count; i++)
        {
            List<DependencyIncident> found = Of(byName[names[i]], i < histories.Count ? histories[i] : DependencyHistory.Nothing);
            BringUpToDate(found, names[i], current[i]);
            all.AddRange(found);
        }

        return all.Where(i => i.End is not { } end || end >= from);
    }

    /// <param name="transitions">Of one dependency, oldest first.</param>
    private static List<DependencyIncident> Of(IEnumerable<RecordedTransition> transitions, DependencyHistory history)
    {
        List<DependencyIncident> found = [];
        foreach (RecordedTransition t in transitions)
        {
            DependencyIncident? open = found is [.., { IsOver: false } last] ? last : null;
            if (t.To == DependencyStatus.Pass)
            {
                if (open is not null)
                {
                    found[^1] = open with { End = t.At, LastRecorded = t.At };
                }
                // Its beginning could not be stored.
                else if (t.From is DependencyStatus.Fail or DependencyStatus.Warn)
                {
                    found.Add(Recorded(new(t.Dependency, t.From, Reasons.Unknown, null, LastPass(history, t.At), t.At), t));
                }
            }
            else if (open is null)
            {
                bool began = t.From is DependencyStatus.Pass or DependencyStatus.Unknown;
                found.Add(
                    Recorded(new(t.Dependency, t.To, t.Reason, began ? t.At : null, began ? null : LastPass(history, t.At), null), t)
                );
            }
            else if (t.From == DependencyStatus.Pass)
            {
                // It was up in between, though that was not recorded: this moment is the latest at which the one before can have ended.
                found[^1] = open with
                {
                    End = t.At,
                    LastRecorded = t.At,
                };
                found.Add(Recorded(new(t.Dependency, t.To, t.Reason, t.At, null, null), t));
            }
            else if (t.To < open.Worst)
            {
                found[^1] = open with { Worst = t.To, Reason = t.Reason, LastRecorded = t.At };
            }
        }

        return found;
    }

    private static DependencyIncident Recorded(DependencyIncident incident, RecordedTransition first) =>
        incident with
        {
            FirstRecorded = first.At,
            LastRecorded = first.At,
        };

    private static void BringUpToDate(List<DependencyIncident> found, string name, DependencyState? current)
    {
        DependencyIncident? open = found is [.., { IsOver: false } last] ? last : null;
        long since = current?.Since.ToUnixTimeMilliseconds() ?? 0;
        switch (current?.Status)
        {
            case DependencyStatus.Pass when open is not null:
                found[^1] = open with { End = Math.Max(since, open.Start ?? 0) };
                break;
            case DependencyStatus.Fail or DependencyStatus.Warn when open is null:
                found.Add(new(name, current.Status, current.Reason, since, null, null));
                break;
        }
    }

    /// <summary>The end of the newest stretch of passing checks before a moment.</summary>
    private static long? LastPass(DependencyHistory history, long before)
    {
        long? Newest(IReadOnlyList<HistoryBucket> buckets, long length)
        {
            foreach (HistoryBucket bucket in buckets)
            {
                if (bucket.Worst == DependencyStatus.Pass && bucket.Start + length <= before)
                {
                    return bucket.Start + length;
                }
            }

            return null;
        }

        return Newest(history.Minutes, HistoryBucket.Minute) ?? Newest(history.Quarters, HistoryBucket.Quarter);
    }
}
