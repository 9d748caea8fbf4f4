using System.Buffers;
using System.Text;

namespace HxFunctions.Core.Routing;

/// <summary>Brings a path into its widest reading: everything decoded and folded that any server might decode or fold.</summary>
/// <remarks>
/// Why one reading is enough. Rules hold unreserved ASCII only, which no further decoding or folding changes. So a stretch
/// of the path that spells a rule's segment, a dot segment or nothing at all in a server's less decoded reading spells the
/// same here; a stretch that is still encoded there can't be part of a rule there, and where that server drops it whole (with
/// dots, as a parameter or as an authority), <see cref="RouteWalk"/> allows for it having fallen apart into several here.
/// <list type="bullet">
/// <item>Percent-decoding runs up to <see cref="MaxRounds"/> times. An escape that is broken in the path as sent can't be
/// decided; one that only comes up later (<c>100%25</c>) stays as it is, as lenient servers leave it, while valid ones
/// beside it are decoded. <c>%uXXXX</c> is decoded by some servers only and can't be decided.</item>
/// <item>UTF-8 is read leniently: an overlong form is the character that it spells (<c>%c0%af</c> is a slash). Anything
/// else invalid can't be decided.</item>
/// <item>Compatibility characters are folded before and after every round, because a fold can bring up a slash, a dot
/// or a percent sign.</item>
/// <item>A control character in any round can't be decided: some servers cut there, some drop it, some refuse.</item>
/// </list>
/// </remarks>
internal static class PathReader
{
    /// <summary>How many times a path may be percent-encoded over.</summary>
    public const int MaxRounds = 4;

    private const int Undecidable = -1;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>Writes the widest reading of a path without its query.</summary>
    /// <param name="path">The path as sent.</param>
    /// <param name="buffer">Room for <see cref="CompatibilityFolds.MaxExpansion"/> times the path's length.</param>
    /// <returns>The reading's length, or -1 when the path can't be decided.</returns>
    public static int Widen(ReadOnlySpan<char> path, Span<char> buffer)
    {
        int length = Admit(path, buffer);
        for (int round = 1; length >= 0 && FindEscape(buffer[..length]) >= 0; round++)
        {
            length = round > MaxRounds ? Undecidable : DecodeOnce(buffer[..length]);
        }

        return length;
    }

    /// <summary>Checks the path as sent and folds it.</summary>
    private static int Admit(ReadOnlySpan<char> path, Span<char> buffer)
    {
        int written = 0;
        for (int i = 0; i < path.Length; )
        {
            char c = path[i];
            if (char.IsControl(c))
            {
                return Undecidable;
            }

            if (char.IsAscii(c))
            {
                if (c == '%' && !IsTriplet(path, i))
                {
                    return Undecidable;
                }

                buffer[written++] = c;
                i++;
                continue;
            }

            if (IsMojibake(path, i) || Rune.DecodeFromUtf16(path[i..], out Rune rune, out int consumed) != OperationStatus.Done)
            {
                return Undecidable;
            }

            written += CompatibilityFolds.Write(rune, buffer[written..]);
            i += consumed;
        }

        return written;
    }

    /// <summary>
    /// Whether UTF-8 bytes were taken for Latin-1 here, as happens to headers. A server that sees the bytes reads another path.
    /// </summary>
    private static bool IsMojibake(ReadOnlySpan<char> path, int i) =>
        path[i] is >= '\u00C0' and <= '\u00F7' && i + 1 < path.Length && path[i + 1] is >= '\u0080' and <= '\u00BF';

    /// <summary>One round in place: no escape is shorter than what it becomes, so the writer never passes the reader.</summary>
    private static int DecodeOnce(Span<char> text)
    {
        int written = 0;
        for (int i = 0; i < text.Length; )
        {
            if (!IsTriplet(text, i))
            {
                if (IsUnicodeEscape(text, i))
                {
                    return Undecidable;
                }

                text[written++] = text[i++];
                continue;
            }

            if (!TryReadCodePoint(text, ref i, out Rune rune) || Rune.IsControl(rune))
            {
                return Undecidable;
            }

            written += CompatibilityFolds.Write(rune, text[written..]);
        }

        return written;
    }

    /// <summary>Reads one UTF-8 sequence of triplets, overlong or not.</summary>
    private static bool TryReadCodePoint(ReadOnlySpan<char> text, ref int i, out Rune rune)
    {
        int lead = ReadTriplet(text, ref i);
        (int following, int value) = lead switch
        {
            < 0x80 => (0, lead),
            < 0xC0 => (-1, 0),
            < 0xE0 => (1, lead & 0x1F),
            < 0xF0 => (2, lead & 0x0F),
            < 0xF8 => (3, lead & 0x07),
            _ => (-1, 0),
        };
        rune = default;
        if (following < 0)
        {
            return false;
        }

        for (; following > 0; following--)
        {
            if (!IsTriplet(text, i) || ReadTriplet(text, ref i) is not (>= 0x80 and < 0xC0 and int next))
            {
                return false;
            }

            value = (value << 6) | (next & 0x3F);
        }

        return Rune.TryCreate(value, out rune);
    }

    private static int FindEscape(ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            int next = text[i..].IndexOf('%');
            if (next < 0)
            {
                return -1;
            }

            i += next;
            if (IsTriplet(text, i) || IsUnicodeEscape(text, i))
            {
                return i;
            }
        }

        return -1;
    }

    private static bool IsTriplet(ReadOnlySpan<char> text, int i) =>
        i + 2 < text.Length && text[i] == '%' && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]);

    private static bool IsUnicodeEscape(ReadOnlySpan<char> text, int i) =>
        i + 5 < text.Length && text[i] == '%' && (text[i + 1] | 0x20) == 'u' && !text.Slice(i + 2, 4).ContainsAnyExcept(HexDigits);

    private static int ReadTriplet(ReadOnlySpan<char> text, ref int i)
    {
        int value = (HexValue(text[i + 1]) << 4) | HexValue(text[i + 2]);
        i += 3;
        return value;
    }

    private static int HexValue(char digit) => (digit & 0xF) + ((digit >> 6) * 9);
}
