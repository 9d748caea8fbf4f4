using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace HxFunctions.Core.Configuration.Connections;

/// <summary>What the URL parsers share: percent-decoding, ports, and which keywords a problem may name.</summary>
internal static class UrlText
{
    /// <summary>In characters. Far above any real URL; keeps hostile input cheap.</summary>
    internal const int MaxLength = 32 * 1024;

    /// <summary>More than any cluster's list of seeds; each host costs a connection pool.</summary>
    internal const int MaxHosts = 64;

    internal const string Empty = "is empty";
    internal const string TooLong = "is longer than 32768 characters";
    internal const string TooManyHosts = "has more than 64 hosts";
    internal const string NotAPort = "has a port that is not a number from 1 to 65535";
    internal const string NotAHost =
        "has a host that is neither a name nor an IP address (in a user name or password, write @ : / ? # [ ] % as %40 %3A %2F "
        + "%3F %23 %5B %5D %25)";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private static readonly SearchValues<string> SecretWords = SearchValues.Create(
        ["password", "pwd", "psw", "secret", "scram_"],
        StringComparison.OrdinalIgnoreCase
    );

    /// <summary>
    /// Percent-decodes <paramref name="text"/> as UTF-8; <c>+</c> stays a plus. A broken escape, <c>%00</c>, a NUL and bytes that are not
    /// UTF-8 are problems, never a replacement character: a password must arrive as it was meant or not at all.
    /// </summary>
    internal static bool TryDecode(
        ReadOnlySpan<char> text,
        [NotNullWhen(true)] out string? decoded,
        [NotNullWhen(false)] out string? problem
    )
    {
        decoded = null;
        problem = null;
        ArrayBufferWriter<byte> bytes = new(Math.Max(text.Length, 1));
        try
        {
            while (!text.IsEmpty)
            {
                int percent = text.IndexOf('%');
                StrictUtf8.GetBytes(percent < 0 ? text : text[..percent], bytes);
                if (percent < 0)
                {
                    break;
                }

                if (
                    percent + 2 >= text.Length
                    || !byte.TryParse(
                        text.Slice(percent + 1, 2),
                        NumberStyles.AllowHexSpecifier,
                        CultureInfo.InvariantCulture,
                        out byte value
                    )
                )
                {
                    problem = "has a '%' without two hexadecimal digits after it (write a percent sign as %25)";
                    return false;
                }

                bytes.Write([value]);
                text = text[(percent + 3)..];
            }

            if (bytes.WrittenSpan.Contains((byte)0))
            {
                problem = "has a NUL character, which is forbidden";
            }
            else
            {
                decoded = StrictUtf8.GetString(bytes.WrittenSpan);
            }
        }
        catch (ArgumentException)
        {
            problem = "has a percent-encoded character that is not UTF-8";
        }

        return problem is null;
    }

    /// <summary>Decimal digits only, 1 to 65535.</summary>
    internal static bool TryPort(ReadOnlySpan<char> text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= 65535;

    /// <summary>Whether a keyword's value is a secret.</summary>
    internal static bool IsSecret(string keyword) => keyword.AsSpan().ContainsAny(SecretWords);

    /// <summary>
    /// Whether a problem may name this unknown keyword. A password with an unencoded separator in it ends up in a keyword's place, so what
    /// follows a password directly is named only when it reads like a keyword (letters, no digits).
    /// </summary>
    internal static bool MayBeNamed(string keyword, bool followsSecret) =>
        keyword.Length is > 0 and <= 40
        && char.IsAsciiLetter(keyword[0])
        && keyword.All(c => char.IsAsciiLetter(c) || c is '_' or ' ' || (!followsSecret && (char.IsAsciiDigit(c) || c is '-' or '.')));

    /// <summary>What follows the scheme when <paramref name="value"/> begins with any <c>scheme://</c>; the scheme in lower case.</summary>
    internal static bool TrySplitScheme(string value, [NotNullWhen(true)] out string? scheme, [NotNullWhen(true)] out string? rest)
    {
        int end = value.IndexOf("://", StringComparison.Ordinal);
        bool found = end > 0 && char.IsAsciiLetter(value[0]) && value.AsSpan(0, end).IndexOfAnyExcept(SchemeCharacters) < 0;
        scheme = found ? value[..end].ToLowerInvariant() : null;
        rest = found ? value[(end + 3)..] : null;
        return found;
    }

    private static readonly SearchValues<char> SchemeCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-._"
    );
}
