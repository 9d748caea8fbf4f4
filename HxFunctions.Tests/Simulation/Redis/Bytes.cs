using System.Globalization;
using System.Text;

namespace HxFunctions.Tests.Simulation.Redis;

/// <summary>Redis's strings are bytes. As keys of dictionaries they are text with a character per byte.</summary>
internal static class Bytes
{
    public static string Text(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    /// <summary>The bytes of <see cref="Text"/>.</summary>
    public static byte[] Of(string text) => Encoding.Latin1.GetBytes(text);

    public static byte[] Of(long number) => Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture));

    /// <summary>What C's printf makes of a number by <c>%.17g</c>, by which Redis hands a script's numbers to its commands.</summary>
    public static byte[] Of(double number)
    {
        if (double.IsInteger(number) && Math.Abs(number) < 1e17 && !(number == 0 && double.IsNegative(number)))
        {
            return Of((long)number);
        }

        return Encoding.ASCII.GetBytes(
            double.IsNaN(number) ? (double.IsNegative(number) ? "-nan" : "nan")
            : double.IsInfinity(number) ? (number < 0 ? "-inf" : "inf")
            : Shortened(number)
        );
    }

    /// <summary>Reads an integer as strictly as Redis does: no spaces, no plus, no zeros in front.</summary>
    public static bool TryParse(byte[] text, out long number)
    {
        number = 0;
        int first = text is [(byte)'-', ..] ? 1 : 0;
        if (text.Length == first || text.Length > 20 || (text[first] == '0' && text.Length > 1))
        {
            return false;
        }

        return text.AsSpan(first).IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0
            && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
    }

    private static string Shortened(double number)
    {
        // One digit, the point, 16 digits, "E", a sign and three digits.
        string all = Math.Abs(number).ToString("E16", CultureInfo.InvariantCulture);
        string digits = (all[..1] + all[2..18]).TrimEnd('0').PadRight(1, '0');
        int exponent = int.Parse(all.AsSpan(19), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string text = exponent switch
        {
            < -4 or >= 17 => WithPoint(digits, 1) + string.Create(CultureInfo.InvariantCulture, $"e{exponent:+00;-00}"),
            < 0 => "0." + new string('0', -exponent - 1) + digits,
            _ => WithPoint(digits.PadRight(exponent + 1, '0'), exponent + 1),
        };
        return double.IsNegative(number) ? "-" + text : text;
    }

    private static string WithPoint(string digits, int before) =>
        digits.Length == before ? digits : digits[..before] + "." + digits[before..];
}
