namespace HxFunctions.SystemTests.Soak;

/// <summary>Counts answers by how long they took, to a tenth of a millisecond, in memory that doesn't grow.</summary>
internal sealed class Latencies
{
    private const int PerSecond = 10_000;

    private readonly long[] _counts = new long[(30 * PerSecond) + 1];
    private long _slowest;

    public long Count => _counts.Sum();

    public TimeSpan Slowest => TimeSpan.FromTicks(Interlocked.Read(ref _slowest));

    public void Add(TimeSpan took)
    {
        Interlocked.Increment(ref _counts[Math.Min((int)(took.TotalSeconds * PerSecond), _counts.Length - 1)]);
        for (long before; (before = Interlocked.Read(ref _slowest)) < took.Ticks; )
        {
            Interlocked.CompareExchange(ref _slowest, took.Ticks, before);
        }
    }

    /// <returns>In milliseconds.</returns>
    public double Quantile(double part)
    {
        long rank = (long)(part * Count),
            seen = 0;
        for (int i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen > rank)
            {
                return (i + 1) * 1000.0 / PerSecond;
            }
        }

        return 0;
    }
}
