using YamlDotNet.Core.Events;

namespace HxFunctions.Wiring.Yaml;

/// <summary>Entries of a mapping that YamlDotNet reads and PyYAML doesn't. LiteLLM would not start with such a file.</summary>
internal static class YamlEntries
{
    private const int LongestKey = 1024;

    /// <summary>Without a question mark before it, PyYAML takes for a key only what has its colon in the same line and not too far away
    /// (lib/yaml/scanner.py, stale_possible_simple_keys), and what is there at all (lib/yaml/parser.py).</summary>
    /// <param name="value">What follows the key.</param>
    /// <exception cref="YamlRefusedException">It is none.</exception>
    public static void RefuseKey(string text, Scalar key, ParsingEvent value)
    {
        int start = YamlEvents.Offset(text, key.Start);
        int end = YamlEvents.Offset(text, key.End);
        if (text.AsSpan(0, start).TrimEnd().EndsWith('?'))
        {
            return;
        }

        if (start == end)
        {
            // In a block, YamlDotNet doesn't say where.
            throw YamlRefusedException.At(
                text,
                key.Start.Index > 0 ? start : YamlEvents.Offset(text, value.Start),
                "there is no key before the colon here; write one, or put a value that begins with a colon in quotes"
            );
        }

        int colon = NextToken(text, end);
        if (colon < text.Length && text[colon] is ':' && (colon - start > LongestKey || YamlText.NextLine(text, start) <= colon))
        {
            throw YamlRefusedException.At(
                text,
                start,
                $"LiteLLM can't read a key that is longer than {LongestKey} characters, or that has its colon in another line; shorten it"
            );
        }
    }

    /// <summary>Behind a list or a mapping in braces, YamlDotNet doesn't miss the comma before the next entry.</summary>
    /// <param name="end">Of the list or mapping.</param>
    /// <exception cref="YamlRefusedException">Neither a comma nor the end of the braces follows.</exception>
    public static void RefuseEnd(string text, ParsingEvent end)
    {
        // The event ends before the bracket.
        int next = NextToken(text, YamlEvents.Offset(text, end.End) + 1);
        if (next < text.Length && text[next] is not (',' or '}' or ']'))
        {
            throw YamlRefusedException.At(text, next, "a comma is missing before this, inside { }; write it");
        }
    }

    /// <summary>Behind blanks, line ends and comments.</summary>
    private static int NextToken(string text, int offset)
    {
        while (offset < text.Length && (YamlText.IsBlank(text[offset]) || YamlText.IsBreak(text[offset]) || text[offset] is '#'))
        {
            offset = text[offset] is '#' ? YamlText.LineEnd(text, offset) : offset + 1;
        }

        return offset;
    }
}
