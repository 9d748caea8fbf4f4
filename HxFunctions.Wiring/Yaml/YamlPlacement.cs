using System.Text;
using YamlDotNet.Core;

namespace HxFunctions.Wiring.Yaml;

/// <summary>Where new entries go in a file, and how they look there: as a careful reader of the file would have written them.</summary>
internal sealed class YamlPlacement(string text, YamlLayout layout, YamlSplices splices)
{
    /// <summary>Indentation where the file shows none.</summary>
    private const int UsualWidth = 2;

    /// <summary>Entries of nested mappings come first at the same offset: ranks fall with the depth, and all are above that of replaced
    /// values.</summary>
    private const int HighestRank = 1000;

    /// <summary>The quotes that all keys of a mapping have.</summary>
    public static ScalarStyle QuotesOf(YamlPlace mapping)
    {
        List<ScalarStyle> styles = [.. mapping.Entries.Select(e => e.Key.Style).Distinct()];
        return styles is [ScalarStyle.SingleQuoted or ScalarStyle.DoubleQuoted] ? styles[0] : ScalarStyle.Plain;
    }

    /// <summary>Whether a text block has the indicator <c>-</c>, which takes the newline at its end away.</summary>
    public static bool IsStripped(string text, YamlPlace block) => Indicators(text, block).Contains('-');

    /// <summary>The top-level entries of a file without any.</summary>
    public void FillDocument(List<YamlAddition> additions)
    {
        int start = text.StartsWith(YamlText.ByteOrderMark) ? 1 : 0;
        int at = start;
        bool afterComment = false;
        for (int line = start; line < text.Length; line = YamlText.NextLine(text, line))
        {
            ReadOnlySpan<char> content = text.AsSpan(line, YamlText.LineEnd(text, line) - line);
            if (content.StartsWith("..."))
            {
                break;
            }

            if (content.IsWhiteSpace())
            {
                continue;
            }

            afterComment = content.TrimStart().StartsWith('#');
            at = YamlText.NextLine(text, line);
        }

        YamlBlockStyle style = new(0, UsualWidth, YamlText.NewlineBefore(text, at), ScalarStyle.Plain);
        StringBuilder lines = new();
        foreach (YamlAddition addition in additions)
        {
            if (afterComment || lines.Length > 0)
            {
                lines.Append(style.Newline);
            }

            YamlWriter.WriteBlock(lines, [addition], style);
        }

        InsertLines(at, lines.ToString(), style.Newline, HighestRank);
    }

    /// <summary>New entries at the end of a mapping.</summary>
    public void AddTo(YamlPlace mapping, int depth, List<YamlAddition> additions)
    {
        if (mapping.IsFlow)
        {
            AddToFlow(mapping, additions);
            return;
        }

        int at = AfterComments(AfterEntry(mapping.Entries[^1], mapping.Column), mapping.Column, out _);
        YamlBlockStyle style = new(mapping.Column, WidthIn(mapping), YamlText.NewlineBefore(text, at), QuotesOf(mapping));
        bool separated = mapping == layout.Root && AreSectionsSeparated(mapping);
        StringBuilder lines = new();
        foreach (YamlAddition addition in additions)
        {
            // A text block that keeps the newlines at its end would take a blank line for one.
            bool wouldBeTaken = lines.Length == 0 && mapping.Last.IsTextBlock && Indicators(text, mapping.Last).Contains('+');
            if (separated && addition.Value is null && !wouldBeTaken)
            {
                lines.Append(style.Newline);
            }

            YamlWriter.WriteBlock(lines, [addition], style);
        }

        InsertLines(at, lines.ToString(), style.Newline, HighestRank - depth);
    }

    /// <summary>Entries for a key without a value.</summary>
    public void Fill(YamlPlace mapping, YamlPlaceEntry entry, int depth, List<YamlAddition> additions)
    {
        ScalarStyle quotes = QuotesOf(mapping);
        int behind = entry.Colon + 1;
        if (mapping.IsFlow)
        {
            splices.Add(behind, entry.End - behind, " " + YamlWriter.WriteFlow(additions, quotes));
            return;
        }

        if (!entry.Value.IsEmpty)
        {
            splices.Add(behind, entry.Value.End - behind, "");
        }

        int at = AfterComments(YamlText.NextLine(text, entry.End), mapping.Column + 1, out int commentColumn);
        int width = WidthIn(mapping);
        YamlBlockStyle style = new(
            commentColumn > 0 ? commentColumn : mapping.Column + width,
            width,
            YamlText.NewlineBefore(text, at),
            quotes
        );
        StringBuilder lines = new();
        YamlWriter.WriteBlock(lines, additions, style);
        InsertLines(at, lines.ToString(), style.Newline, HighestRank - depth - 1);
    }

    /// <summary>Whole lines, each with its newline; at the end of a file without a final newline they come without one too.</summary>
    private void InsertLines(int at, string lines, string newline, int rank)
    {
        bool isOpen = at == text.Length && at > 0 && !YamlText.IsBreak(text[at - 1]) && text[at - 1] is not YamlText.ByteOrderMark;
        splices.Add(at, 0, isOpen ? newline + lines[..^newline.Length] : lines, rank);
    }

    /// <summary>The line below an entry of a block mapping.</summary>
    private int AfterEntry(YamlPlaceEntry entry, int column)
    {
        YamlPlace last = entry.Value.Last;
        if (!last.IsTextBlock)
        {
            return YamlText.NextLine(text, entry.End);
        }

        if (Indicators(text, last).Contains('+'))
        {
            return last.End;
        }

        // Blank lines below a text block are not of it unless they are longer than its indentation, or it keeps them.
        int after = YamlText.NextLine(text, last.Start);
        for (int line = after; line < last.End; line = YamlText.NextLine(text, line))
        {
            ReadOnlySpan<char> content = text.AsSpan(line, YamlText.LineEnd(text, line) - line);
            if (content.Length > column || !content.IsWhiteSpace())
            {
                after = YamlText.NextLine(text, line);
            }
        }

        return Math.Min(after, last.End);
    }

    /// <summary>Comments below an entry that are indented like its mapping belong to it; others belong to what follows.</summary>
    /// <param name="column">Of the first such comment; -1 for none.</param>
    private int AfterComments(int at, int leastColumn, out int column)
    {
        column = -1;
        int after = at;
        for (int line = at; line < text.Length; line = YamlText.NextLine(text, line))
        {
            if (IsBlankLine(line))
            {
                continue;
            }

            int content = YamlText.SkipBlanks(text, line);
            if (text[content] is not '#' || content - line < leastColumn)
            {
                break;
            }

            if (column < 0)
            {
                column = content - line;
            }

            after = YamlText.NextLine(text, line);
        }

        return after;
    }

    private void AddToFlow(YamlPlace mapping, List<YamlAddition> additions)
    {
        ScalarStyle quotes = QuotesOf(mapping);
        List<string> entries = [.. additions.Select(a => YamlWriter.WriteFlow(a, quotes))];
        int closing = mapping.End - 1;
        if (mapping.Entries.Count == 0)
        {
            int opening = text.IndexOf('{', mapping.Start) + 1;
            bool isSpaced =
                closing > opening && string.IsNullOrWhiteSpace(text[opening..closing]) && YamlText.SkipBlanks(text, opening) == closing;
            splices.Add(isSpaced ? opening + 1 : opening, 0, string.Join(", ", entries) + (isSpaced ? " " : ""), HighestRank);
            return;
        }

        YamlPlaceEntry last = mapping.Entries[^1];
        int end = last.End;
        int next = NextFlowToken(end);
        bool hasComma = text[next] is ',';
        if (hasComma)
        {
            end = next + 1;
        }

        int lineStart = YamlText.LineStart(text, last.Key.Start);
        bool hasOwnLine = lineStart > mapping.Start && YamlText.SkipBlanks(text, lineStart) == last.Key.Start;
        if (!hasOwnLine)
        {
            splices.Add(end, 0, hasComma ? $" {string.Join(", ", entries)}," : $", {string.Join(", ", entries)}", HighestRank);
            return;
        }

        int lineEnd = YamlText.LineEnd(text, end);
        string newline = YamlText.NewlineBefore(text, YamlText.NextLine(text, end));
        string indent = newline + text[lineStart..last.Key.Start];
        string lines = indent + string.Join("," + indent, entries) + (hasComma ? "," : "");
        if (!hasComma)
        {
            splices.Add(end, 0, ",", HighestRank - 1);
        }

        splices.Add(NextFlowToken(end) < lineEnd ? end : lineEnd, 0, lines, HighestRank);
    }

    /// <summary>The next character that is neither blank nor in a comment.</summary>
    private int NextFlowToken(int offset)
    {
        int i = offset;
        while (true)
        {
            while (YamlText.IsBlank(text[i]) || YamlText.IsBreak(text[i]))
            {
                i++;
            }

            if (text[i] is not '#')
            {
                return i;
            }

            i = YamlText.LineEnd(text, i);
        }
    }

    /// <summary>Of the mapping's own nested mappings, else of most in the file.</summary>
    private int WidthIn(YamlPlace mapping)
    {
        YamlPlaceEntry? nested = mapping.Entries.FindLast(e => HasColumn(e.Value));
        if (nested is not null)
        {
            return nested.Value.Column - mapping.Column;
        }

        Dictionary<int, int> counts = [];
        CountWidths(layout.Root!, counts);
        return counts.Count == 0 ? UsualWidth : counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key).First().Key;
    }

    private static void CountWidths(YamlPlace place, Dictionary<int, int> counts)
    {
        foreach (YamlPlace item in place.Items)
        {
            CountWidths(item, counts);
        }

        foreach (YamlPlaceEntry entry in place.Entries)
        {
            if (HasColumn(place) && HasColumn(entry.Value))
            {
                int width = entry.Value.Column - place.Column;
                counts[width] = counts.GetValueOrDefault(width) + 1;
            }

            CountWidths(entry.Value, counts);
        }
    }

    private static bool HasColumn(YamlPlace place) => place is { Kind: YamlPlaceKind.Mapping, IsFlow: false, Column: >= 0 };

    /// <summary>Whether blank lines stand between most of the top-level sections; so too in a file with one.</summary>
    private bool AreSectionsSeparated(YamlPlace root)
    {
        int separated = 0;
        for (int i = 1; i < root.Entries.Count; i++)
        {
            int line = AfterEntry(root.Entries[i - 1], root.Column);
            while (line < root.Entries[i].Key.Start && !IsBlankLine(line))
            {
                line = YamlText.NextLine(text, line);
            }

            if (line < root.Entries[i].Key.Start)
            {
                separated++;
            }
        }

        return separated * 2 >= root.Entries.Count - 1;
    }

    private bool IsBlankLine(int line) => YamlText.SkipBlanks(text, line) == YamlText.LineEnd(text, line);

    private static string Indicators(string text, YamlPlace block)
    {
        string header = text[block.Start..YamlText.LineEnd(text, block.Start)];
        int comment = header.IndexOf(" #", StringComparison.Ordinal);
        if (comment >= 0)
        {
            header = header[..comment];
        }

        return header[(header.LastIndexOfAny(['|', '>']) + 1)..];
    }
}
