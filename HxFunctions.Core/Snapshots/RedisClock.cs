namespace HxFunctions.Core.Snapshots;

/// <summary>Redis's clock as last seen, and between which moments on ours that was.</summary>
internal sealed record RedisClock(long Milliseconds, long AskedAt, long SeenAt)
{
    /// <summary>Stamps of before are of another clock, on Redis's: it was set, or another server took over. A stamp may be ahead by the
    /// tolerance, so this is later than the look that noticed it by as much: what that look found stored is of before.</summary>
    public long DatesFrom { get; init; }

    /// <summary>By how many milliseconds a clock that was seen before is ahead of this one: it was set back, or the one of a server that
    /// took over is behind. What was set by that clock must not look later than what is set now.</summary>
    public long SetBackBy { get; init; }

    private static long Tolerance => (long)SnapshotMerge.ClockTolerance.TotalMilliseconds;

    /// <summary>This clock, as the one that was seen after another.</summary>
    public RedisClock After(RedisClock? before, TimeProvider time)
    {
        if (before is null || before.Agrees(this, time))
        {
            return this with { DatesFrom = before?.DatesFrom ?? 0, SetBackBy = before?.SetBackBy ?? 0 };
        }

        long expected = before.Milliseconds + before.SetBackBy + (long)time.GetElapsedTime(before.AskedAt, SeenAt).TotalMilliseconds;
        return this with { DatesFrom = Milliseconds + Tolerance + 1, SetBackBy = Math.Max(0, expected - Milliseconds) };
    }

    /// <summary>Whether a later look at the clock is as late as it should be, give or take what clocks drift.</summary>
    public bool Agrees(RedisClock later, TimeProvider time)
    {
        double least = time.GetElapsedTime(SeenAt, later.AskedAt).TotalMilliseconds,
            most = time.GetElapsedTime(AskedAt, later.SeenAt).TotalMilliseconds,
            passed = later.Milliseconds - Milliseconds,
            drift = Tolerance + (most / 1000);
        return passed >= least - drift && passed <= most + drift;
    }

    /// <summary>A moment on our clock as one on Redis's, early rather than late: what is written is never younger than it is.</summary>
    public long At(long timestamp, TimeProvider time) => Milliseconds + (long)time.GetElapsedTime(SeenAt, timestamp).TotalMilliseconds;
}
