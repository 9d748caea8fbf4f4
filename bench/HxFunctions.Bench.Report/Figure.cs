using System.Globalization;

namespace HxFunctions.Bench.Report;

/// <summary>How figures are written.</summary>
internal static class Figure
{
    /// <summary>Three digits that say something, or all digits of a large number.</summary>
    public static string Text(double value) =>
        double.IsNaN(value)
            ? "?"
            : value.ToString(
                Math.Abs(value) switch
                {
                    >= 99.95 => "N0",
                    >= 9.995 => "0.0",
                    _ => "0.00",
                },
                CultureInfo.InvariantCulture
            );

    /// <summary>A ratio, to a thousandth.</summary>
    public static string Ratio(double value) => double.IsNaN(value) ? "?" : value.ToString("0.000", CultureInfo.InvariantCulture);
}
