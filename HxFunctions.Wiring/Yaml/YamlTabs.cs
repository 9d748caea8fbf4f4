using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace HxFunctions.Wiring.Yaml;

/// <summary>
/// Tabs that YamlDotNet passes over and PyYAML (lib/yaml/scanner.py, scan_to_next_token) fails at: it skips spaces alone, so that a tab may
/// stand only in quotes, in a comment, and behind the indentation of a text block. LiteLLM would not start with such a file.
/// </summary>
internal static class YamlTabs
{
    /// <param name="nodes">The document's, from YamlDotNet.</param>
    /// <exception cref="YamlRefusedException">There is one, at its place.</exception>
    public static void Refuse(string text, IEnumerable<ParsingEvent> nodes)
    {
        if (!text.Contains('\t', StringComparison.Ordinal))
        {
            return;
        }

        int position = 0;
        foreach (Scalar scalar in nodes.OfType<Scalar>().Where(s => s.Style is not (ScalarStyle.Plain or ScalarStyle.Any)))
        {
            int end = YamlEvents.Offset(text, scalar.End);
            bool isBlock = scalar.Style is ScalarStyle.Literal or ScalarStyle.Folded;
            int start = StartOfText(text, scalar, isBlock);
            RefuseBetween(text, position, start);
            position = end;
            if (!isBlock)
            {
                continue;
            }

            // A comment may stand behind the block's indicator.
            int content = YamlText.NextLine(text, start);
            RefuseBetween(text, start, content);
            RefuseInIndentation(text, content, end);
            position = Math.Max(content, end);
        }

        RefuseBetween(text, position, text.Length);
    }

    /// <summary>Behind anchor and tag: they stand between the event's begin and the indicator or quote.</summary>
    private static int StartOfText(string text, Scalar scalar, bool isBlock)
    {
        int start = YamlEvents.Offset(text, scalar.Start);
        if (scalar.Anchor.IsEmpty && scalar.Tag.IsEmpty)
        {
            return start;
        }

        for (int i = start; i < text.Length; i++)
        {
            bool isSign = isBlock ? text[i] is '|' or '>' : text[i] == (scalar.Style is ScalarStyle.DoubleQuoted ? '"' : '\'');
            if (isSign && (i == start || YamlText.IsBlank(text[i - 1]) || YamlText.IsBreak(text[i - 1])))
            {
                return i;
            }
        }

        return start;
    }

    /// <summary>Outside of quotes and text blocks, where a number sign behind a blank begins a comment.</summary>
    private static void RefuseBetween(string text, int start, int end)
    {
        for (int i = start; i < end; i++)
        {
            if (text[i] is '\t')
            {
                throw At(text, i);
            }

            if (text[i] is '#' && (i == 0 || text[i - 1] is ' ' or YamlText.ByteOrderMark || YamlText.IsBreak(text[i - 1])))
            {
                i = YamlText.LineEnd(text, i);
            }
        }
    }

    /// <summary>The first line that isn't blank has the indentation; a line with less and a tab ends the block for PyYAML.</summary>
    private static void RefuseInIndentation(string text, int start, int end)
    {
        int indentation = -1;
        for (int line = start; line < end; line = YamlText.NextLine(text, line))
        {
            int spaces = text.AsSpan(line, YamlText.LineEnd(text, line) - line).IndexOfAnyExcept(' ');
            if (spaces < 0)
            {
                continue;
            }

            if (indentation < 0)
            {
                indentation = spaces;
            }

            if (spaces < indentation && text[line + spaces] is '\t')
            {
                throw At(text, line + spaces);
            }
        }
    }

    private static YamlRefusedException At(string text, int offset) =>
        YamlRefusedException.At(text, offset, "there is a tab here, but LiteLLM can't read a file with tabs outside of quotes; use spaces");
}
