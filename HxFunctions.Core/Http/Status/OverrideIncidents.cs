using HxFunctions.Core.Snapshots;

namespace HxFunctions.Core.Http.Status;

/// <summary>A time in which an override was in effect.</summary>
/// <param name="Verdict">closed or open.</param>
/// <param name="Reason">Why, in the operator's words.</param>
/// <param name="By">Who set it, as they say.</param>
/// <param name="ClearedBy">Who cleared it, as they say; <see langword="null"/> unless that ended it.</param>
internal sealed record OverrideIncident(string Verdict, string Reason, string By, string? ClearedBy, long? Start, long? End)
    : Incident(Start, End);

/// <summary>Makes incidents of overrides that were set and cleared. Pure.</summary>
internal static class OverrideIncidents
{
    /// <summary>All overrides that were not over before <paramref name="from"/>.</summary>
    /// <param name="recorded">In any order.</param>
    /// <param name="known">What this instance knows, as if it were recorded: its end counts before what the list says of the same, and it
    /// is there when the list is not.</param>
    /// <param name="now">Redis's clock, as all else.</param>
    public static IEnumerable<OverrideIncident> From(IReadOnlyList<RecordedOverride> recorded, RecordedOverride? known, long now, long from)
    {
        RecordedOverride? same = recorded.FirstOrDefault(r => r.Set == known?.Set);
        RecordedOverride[] all =
        [
            .. recorded
                .Where(r => r.Set != known?.Set)
                .Concat(known is null ? [] : new[] { same is null ? known : known.BegunAt(same.At) })
                .OrderBy(r => r.Set),
        ];
        for (int i = 0; i < all.Length; i++)
        {
            if (all[i].IsClearing)
            {
                continue;
            }

            // There is one override at a time: the next one that is set ends it as clearing does. Before it began, if Redis's clock was set
            // back meanwhile.
            long end = all[i].At + (long)all[i].Lasts.TotalMilliseconds;
            RecordedOverride? ending = i + 1 < all.Length && all[i + 1].At < end ? all[i + 1] : null;
            end = Math.Max(all[i].At, ending?.At ?? end);
            if (end >= from)
            {
                string? clearedBy = ending is { IsClearing: true } ? ending.By : null;
                yield return new(all[i].Verdict, all[i].Reason, all[i].By, clearedBy, all[i].At, end > now ? null : end);
            }
        }
    }

    /// <summary>What an instance knows, as it would be recorded. Its end is the one that counts here: Redis's clock may have been set
    /// since, and a lost override is put back.</summary>
    /// <param name="endsIn">Until its end; negative when that is past.</param>
    /// <param name="now">Redis's clock.</param>
    public static RecordedOverride? Recorded(OverrideKnowledge? known, TimeSpan endsIn, long now)
    {
        switch (known)
        {
            case null:
                return null;
            case { Value: { } value }:
                // Without a store nothing has put a stamp of Redis's clock into it, and who else writes there may have put in anything.
                // Where the clock was set back, the stamp is ahead.
                bool hasStamp = HistoryEntries.IsMoment(known.SetStamp);
                long at = hasStamp && known.SetStamp <= now ? known.SetStamp : value.SetAt.ToUnixTimeMilliseconds();
                return new(at, value.Verdict, value.Reason, value.By, TimeSpan.FromMilliseconds(now - at) + endsIn)
                {
                    Set = hasStamp ? known.SetStamp : at,
                };
            default:
                return new(Math.Min(known.SetStamp, now), OverrideCodec.ClearedVerdict, "", known.ClearedBy ?? "", TimeSpan.Zero)
                {
                    Set = known.SetStamp,
                };
        }
    }
}
