using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace HxFunctions.Wiring.Yaml;

/// <summary>
/// YamlDotNet's parser with bounds: one document, no more than <see cref="DeepestNesting"/> levels, every failure a refusal at its place.
/// The parser's own messages are not passed on: they may quote the file.
/// </summary>
internal static class YamlEvents
{
    /// <summary>LiteLLM's files have about ten; Python's own limit for PyYAML is near two hundred.</summary>
    public const int DeepestNesting = 100;

    /// <summary>The nodes of the only document, in order; none when the file has no document.</summary>
    /// <exception cref="YamlRefusedException"/>
    public static List<ParsingEvent> Read(string text)
    {
        if (text.Length > YamlText.MaxTextLength)
        {
            throw new YamlRefusedException("the file is too large for a configuration; check that it is the right one", 1, 1);
        }

        int unreadable = YamlText.IndexOfUnreadable(text);
        if (unreadable >= 0)
        {
            throw YamlRefusedException.At(text, unreadable, "there is a character here that YAML does not allow; remove it");
        }

        Scanner scanner = new(Open(text));
        try
        {
            List<ParsingEvent> nodes = ReadDocument(text, new Parser(scanner));
            YamlTabs.Refuse(text, nodes);
            YamlPlainValues.Refuse(text, nodes);
            return nodes;
        }
        catch (YamlException exception)
        {
            throw Refuse(text, exception.Start.Index > 0 ? exception.Start : scanner.CurrentPosition, scanner.CurrentPosition);
        }
        catch (Exception exception) when (exception is not YamlRefusedException)
        {
            // The parser has checks of its own state that throw anything at all.
            throw Refuse(text, scanner.CurrentPosition, scanner.CurrentPosition);
        }
    }

    /// <summary>Without the byte order mark, which YamlDotNet would take for content.</summary>
    public static StringReader Open(string text)
    {
        StringReader reader = new(text);
        if (text.StartsWith(YamlText.ByteOrderMark))
        {
            reader.Read();
        }

        return reader;
    }

    /// <summary>The offset in the text of one of the parser's marks.</summary>
    public static int Offset(string text, Mark mark) =>
        (int)Math.Min(mark.Index + (text.StartsWith(YamlText.ByteOrderMark) ? 1 : 0), text.Length);

    private static List<ParsingEvent> ReadDocument(string text, Parser parser)
    {
        List<ParsingEvent> nodes = [];
        int depth = 0;
        bool started = false;
        while (parser.MoveNext())
        {
            ParsingEvent current = parser.Current!;
            switch (current)
            {
                case DocumentStart when started:
                    throw YamlRefusedException.At(
                        text,
                        Offset(text, current.Start),
                        "a second document starts here, but LiteLLM only reads one; remove one of the two"
                    );
                case DocumentStart:
                    started = true;
                    continue;
                case StreamStart or StreamEnd or DocumentEnd:
                    continue;
            }

            depth += current.NestingIncrease;
            if (depth > DeepestNesting)
            {
                throw YamlRefusedException.At(
                    text,
                    Offset(text, current.Start),
                    $"the nesting is deeper than {DeepestNesting} levels here; flatten it"
                );
            }

            nodes.Add(current);
        }

        return nodes;
    }

    /// <param name="mark">Where the construct begins that the parser could not read.</param>
    /// <param name="reached">How far the scanner came: a tab between the two is likely the cause.</param>
    private static YamlRefusedException Refuse(string text, Mark mark, Mark reached)
    {
        int offset = Offset(text, mark);
        int end = Math.Max(offset, Offset(text, reached));
        for (int line = YamlText.LineStart(text, offset); line <= end && line < text.Length; line = YamlText.NextLine(text, line))
        {
            int tab = text.AsSpan(line, YamlText.SkipBlanks(text, line) - line).IndexOf('\t');
            if (tab >= 0)
            {
                return YamlRefusedException.At(text, line + tab, "this line is indented with a tab, which YAML forbids; use spaces");
            }
        }

        return YamlRefusedException.At(text, offset, "the file is not valid YAML here; check the indentation, quotes, brackets and colons");
    }
}
