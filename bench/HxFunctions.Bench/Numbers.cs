using System.Globalization;

namespace HxFunctions.Bench;

/// <summary>Numbers in and out of the benchmarks.</summary>
internal static class Numbers
{
    public static int Whole(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    public static double Median(IEnumerable<double> values) => Quantile(values, 0.5);

    /// <summary>The smallest value that this part of all values doesn't exceed.</summary>
    public static double Quantile(IEnumerable<double> values, double part)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : sorted[Math.Clamp((int)Math.Ceiling(part * sorted.Length) - 1, 0, sorted.Length - 1)];
    }

    /// <summary>Writes a line of a Markdown table.</summary>
    public static void Row(params object[] cells) => Console.WriteLine("| " + string.Join(" | ", cells.Select(Text)) + " |");

    private static string Text(object cell) =>
        cell is double number
            ? number.ToString(
                Math.Abs(number) >= 100 ? "N0"
                    : Math.Abs(number) >= 10 ? "0.0"
                    : "0.00",
                CultureInfo.InvariantCulture
            )
            : Convert.ToString(cell, CultureInfo.InvariantCulture)!;
}
