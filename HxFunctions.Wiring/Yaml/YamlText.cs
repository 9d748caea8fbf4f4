using System.Buffers;
using System.Text;

namespace HxFunctions.Wiring.Yaml;

/// <summary>A YAML file as text: its bytes, its lines, its positions.</summary>
internal static class YamlText
{
    /// <summary>UTF-16 units. LiteLLM's largest configurations have a tenth of it; the editor's memory and time grow with the
    /// text.</summary>
    public const int MaxTextLength = 2_000_000;

    public const char ByteOrderMark = '\uFEFF';

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>What YAML 1.1 (chapter 4.2) and both PyYAML and YamlDotNet take for the end of a line.</summary>
    private static readonly SearchValues<char> Breaks = SearchValues.Create("\r\n\u0085\u2028\u2029");

    private static readonly SearchValues<char> OrdinaryCharacters = SearchValues.Create([
        .. "\t\r\n",
        .. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c),
    ]);

    /// <summary>The text of a file; a byte order mark stays as U+FEFF at index 0, so that encoding gives the same bytes
    /// again.</summary>
    /// <exception cref="YamlRefusedException">The bytes are not UTF-8.</exception>
    public static string Decode(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]) || bytes.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
        {
            throw new YamlRefusedException("the file is UTF-16; save it as UTF-8", 1, 1);
        }

        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException exception)
        {
            string valid = Encoding.UTF8.GetString(bytes[..Math.Clamp(exception.Index, 0, bytes.Length)]).TrimEnd('\uFFFD');
            throw YamlRefusedException.At(valid, valid.Length, "the file is not UTF-8 from here on; save it as UTF-8");
        }
    }

    /// <summary>Line and column of an offset, both from 1, as an editor counts them: lines end with LF, CRLF or CR.</summary>
    public static (int Line, int Column) Position(string text, int offset)
    {
        offset = Math.Clamp(offset, 0, text.Length);
        int line = 1;
        int start = text.StartsWith(ByteOrderMark) ? 1 : 0;
        ReadOnlySpan<char> before = text.AsSpan(0, offset);
        if (!before.Contains('\r'))
        {
            return (before.Count('\n') + 1, Math.Max(offset - Math.Max(before.LastIndexOf('\n') + 1, start), 0) + 1);
        }

        for (int i = start; i < offset; i++)
        {
            if (text[i] is not '\n' && (text[i] is not '\r' || (i + 1 < text.Length && text[i + 1] is '\n')))
            {
                continue;
            }

            line++;
            start = i + 1;
        }

        return (line, Math.Max(offset - start, 0) + 1);
    }

    /// <summary>The first character that no YAML file may hold (YAML 1.1, chapter 4.1: PyYAML refuses the file), or -1.</summary>
    public static int IndexOfUnreadable(string text)
    {
        int first = text.AsSpan().IndexOfAnyExcept(OrdinaryCharacters);
        for (int i = first < 0 ? text.Length : first; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]))
            {
                if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                {
                    return i;
                }

                i++;
            }
            else if (text[i] is not ('\t' or '\n' or '\r' or '\u0085' or (>= ' ' and <= '~') or (>= '\u00A0' and <= '\uFFFD')))
            {
                return i;
            }
        }

        return -1;
    }

    public static bool HasLoneSurrogate(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
            {
                continue;
            }

            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
            {
                return true;
            }

            i++;
        }

        return false;
    }

    public static bool IsBreak(char character) => Breaks.Contains(character);

    public static bool IsBlank(char character) => character is ' ' or '\t';

    /// <summary>The first offset from <paramref name="offset"/> on that is neither space nor tab.</summary>
    public static int SkipBlanks(string text, int offset)
    {
        while (offset < text.Length && IsBlank(text[offset]))
        {
            offset++;
        }

        return offset;
    }

    /// <summary>Where the line of an offset begins, behind a byte order mark.</summary>
    public static int LineStart(string text, int offset)
    {
        int found = text.AsSpan(0, offset).LastIndexOfAny(Breaks);
        return found >= 0 ? found + 1
            : text.StartsWith(ByteOrderMark) && offset > 0 ? 1
            : 0;
    }

    /// <summary>Where the line of an offset ends: its break, or the end of the text.</summary>
    public static int LineEnd(string text, int offset)
    {
        int found = text.AsSpan(offset).IndexOfAny(Breaks);
        return found < 0 ? text.Length : offset + found;
    }

    /// <summary>Where the next line begins, or the end of the text.</summary>
    public static int NextLine(string text, int offset)
    {
        int end = LineEnd(text, offset);
        if (end == text.Length)
        {
            return end;
        }

        return text[end] is '\r' && end + 1 < text.Length && text[end + 1] is '\n' ? end + 2 : end + 1;
    }

    /// <summary>The newline that the neighbour above an offset has: of the line that ends there, else of the one before; LF in a file of
    /// one line.</summary>
    public static string NewlineBefore(string text, int offset)
    {
        int found = text.AsSpan(0, offset).LastIndexOfAny('\r', '\n');
        if (found < 0)
        {
            return "\n";
        }

        if (text[found] is '\r')
        {
            return found + 1 < text.Length && text[found + 1] is '\n' ? "\r\n" : "\r";
        }

        return found > 0 && text[found - 1] is '\r' ? "\r\n" : "\n";
    }
}
