using System.Globalization;

namespace HxFunctions.Core.Http.Status;

/// <summary>Times and numbers as people read them. All times are UTC: an incident is talked about across time zones.</summary>
internal static class StatusText
{
    /// <summary>For the <c>datetime</c> attribute.</summary>
    public static string Iso(DateTimeOffset at) => at.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);

    public static string Full(DateTimeOffset at) => at.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    public static string Day(DateTimeOffset at) => at.ToUniversalTime().ToString("d MMM", CultureInfo.InvariantCulture);

    public static string Clock(DateTimeOffset at) => at.ToUniversalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    public static string ClockMinutes(DateTimeOffset at) => at.ToUniversalTime().ToString("HH:mm", CultureInfo.InvariantCulture);

    /// <summary>Two units at most: <c>3 h 5 min</c>.</summary>
    public static string Duration(TimeSpan span) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{span.TotalSeconds switch
    {
        < 0 => "0 s",
        < 1 when span > TimeSpan.Zero => "under 1 s",
        < 60 => $"{span.Seconds} s",
        < 3600 => span.Seconds == 0 ? $"{span.Minutes} min" : $"{span.Minutes} min {span.Seconds} s",
        < 86_400 => span.Minutes == 0 ? $"{span.Hours} h" : $"{span.Hours} h {span.Minutes} min",
        _ => span.Hours == 0 ? $"{span.Days} d" : $"{span.Days} d {span.Hours} h",
    }}"
        );

    /// <summary>Two figures or so, with the unit: <c>1.5 ms</c>, <c>3 s</c>.</summary>
    public static string Latency(double milliseconds) =>
        milliseconds >= 1000 ? $"{Figures(milliseconds / 1000)} s" : $"{Figures(milliseconds)} ms";

    private static string Figures(double value) =>
        value.ToString(
            value switch
            {
                >= 10 => "0",
                >= 1 => "0.#",
                _ => "0.##",
            },
            CultureInfo.InvariantCulture
        );
}
