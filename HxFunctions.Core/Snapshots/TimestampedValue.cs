using System.Globalization;

namespace HxFunctions.Core.Snapshots;

/// <summary>
/// Values that carry a moment on Redis's clock in front: <c>&lt;milliseconds since 1970&gt; &lt;body&gt;</c>. The stamp stands outside of
/// the JSON, because the script that stores the value sets it.
/// </summary>
internal static class TimestampedValue
{
    public static bool TrySplit(string text, out long milliseconds, out ReadOnlySpan<char> body)
    {
        body = default;
        milliseconds = 0;
        int space = text.IndexOf(' ', StringComparison.Ordinal);
        if (
            space is < 1 or > 15
            || !long.TryParse(text.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out milliseconds)
        )
        {
            return false;
        }

        body = text.AsSpan(space + 1);
        return true;
    }
}
