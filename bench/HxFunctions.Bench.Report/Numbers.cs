namespace HxFunctions.Bench.Report;

/// <summary>What becomes of many values.</summary>
internal static class Numbers
{
    /// <summary>The one in the middle; of an even number of values, halfway between the two in the middle.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The smallest value that this part of all values doesn't exceed.</summary>
    public static double Quantile(IEnumerable<double> values, double part)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : sorted[Math.Clamp((int)Math.Ceiling(part * sorted.Length) - 1, 0, sorted.Length - 1)];
    }

    /// <summary>Megabytes of 1,000,000 bytes, as a target means them.</summary>
    /// <param name="kilobytes">The kernel's, which are 1,024 bytes (proc_pid_status(5)).</param>
    public static double Megabytes(double kilobytes) => kilobytes * 1024 / 1_000_000;
}
