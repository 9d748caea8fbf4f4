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
    /// <param name="known">What this instance knows, as if it were recorded: it counts before what the list says of the same, and is there
    /// when the list is not.</param>
    /// <param name="now">Redis's clock, as all else.</param>
    public static IEnumerable<OverrideIncident> From(IEnumerable<RecordedOverride> recorded, RecordedOverride? known, long now, long from)
    {
        RecordedOverride[] all =
        [
            .. recorded.Where(r => r.At != known?.At).Concat(known is null ? [] : new[] { known }).OrderBy(r => r.At),
        ];
        for (int i = 0; i < all.Length; i++)
        {
            if (all[i].IsClearing)
            {
                continue;
            }

            // There is one override at a time: the next one that is set ends it as clearing does.
            long end = all[i].At + (long)all[i].Lasts.TotalMilliseconds;
            RecordedOverride? ending = i + 1 < all.Length && all[i + 1].At < end ? all[i + 1] : null;
            end = ending?.At ?? end;
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
                long at = HistoryEntries.IsMoment(known.SetStamp) ? known.SetStamp : value.SetAt.ToUnixTimeMilliseconds();
                return new(at, value.Verdict, value.Reason, value.By, TimeSpan.FromMilliseconds(now - at) + endsIn);
            default:
                return new(known.SetStamp, OverrideCodec.ClearedVerdict, "", known.ClearedBy ?? "", TimeSpan.Zero);
        }
    }
}
