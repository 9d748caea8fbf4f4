using HxFunctions.Cli.Demo;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace HxFunctions.Cli.Commands;

/// <summary>
/// A table that never breaks a word. Where its columns don't fit side by side, or a column of sentences would be too narrow to read, each
/// row becomes a block: the first cell, and under it the others with their titles.
/// </summary>
/// <param name="columns">The titles, as markup. In a cell no tag spans lines.</param>
internal sealed class CliTable(params string[] columns) : IRenderable
{
    private const int Indent = 2;

    /// <summary>Some three words.</summary>
    private const int ReadableWidth = 18;

    /// <summary>What a cell shows that has nothing to say. A block leaves it out.</summary>
    public const string Nothing = "–";

    private readonly List<string[]> _rows = [];
    private readonly HashSet<int> _right = [];
    private readonly HashSet<int> _whole = [];
    private readonly HashSet<int> _sentences = [];

    /// <summary>Draws everything in this style.</summary>
    public Style Style { get; init; } = Style.Plain;

    /// <summary>Stands above the blocks, which have no titles of columns to say what they are about.</summary>
    public string? BlockHeading { get; init; }

    /// <summary>Stands under the table.</summary>
    public string? Caption { get; set; }

    /// <summary>Columns stand closer together, for a table with many of them.</summary>
    public bool IsDense { get; init; }

    /// <summary>How a row reads where the table doesn't fit; by default a line for each cell. Lines after the first are indented.</summary>
    public Func<string[], string>? Narrow { get; init; }

    public int Count => _rows.Count;

    /// <summary>Numbers: at the right, and in one piece.</summary>
    public CliTable Right(params ReadOnlySpan<int> indexes)
    {
        foreach (int index in indexes)
        {
            _right.Add(index);
            _whole.Add(index);
        }

        return this;
    }

    /// <summary>Columns whose cells are never wrapped.</summary>
    public CliTable Whole(params ReadOnlySpan<int> indexes)
    {
        foreach (int index in indexes)
        {
            _whole.Add(index);
        }

        return this;
    }

    /// <summary>Columns of sentences: rather than a word or two on each line, the rows become blocks.</summary>
    public CliTable Sentences(params ReadOnlySpan<int> indexes)
    {
        foreach (int index in indexes)
        {
            _sentences.Add(index);
        }

        return this;
    }

    /// <param name="cells">As markup.</param>
    public void AddRow(params string[] cells) => _rows.Add(cells);

    public Measurement Measure(RenderOptions options, int maxWidth) => new(Math.Min(20, maxWidth), maxWidth);

    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => Fitting(options, maxWidth).Render(options, maxWidth);

    private IRenderable Fitting(RenderOptions options, int maxWidth) =>
        Widths(options, maxWidth) is { } widths
            ? SideBySide(widths)
            : new Rows([new Text(" "), .. Heading(options, maxWidth), .. _rows.SelectMany(row => Block(row, options, maxWidth))]);

    private IEnumerable<IRenderable> Heading(RenderOptions options, int maxWidth) =>
        BlockHeading is null || _rows.Count == 0 ? [] : Indented(BlockHeading, 0, options, maxWidth);

    /// <summary>What each column gets; <see langword="null"/>: they don't fit without a broken word.</summary>
    private int[]? Widths(RenderOptions options, int maxWidth)
    {
        int count = columns.Length;
        int[] least = new int[count],
            most = new int[count];
        for (int i = 0; i < count; i++)
        {
            foreach (string cell in _rows.Select(row => row[i]).Prepend(columns[i]))
            {
                Measurement measured = ((IRenderable)new Markup(cell)).Measure(options, int.MaxValue);
                most[i] = Math.Max(most[i], measured.Max);
                least[i] = Math.Max(least[i], _whole.Contains(i) && cell != columns[i] ? measured.Max : measured.Min);
            }

            if (_sentences.Contains(i))
            {
                least[i] = Math.Max(least[i], Math.Min(most[i], ReadableWidth));
            }
        }

        int room = maxWidth - (IsDense ? (2 * count) + 1 : (3 * count) + 1);
        if (least.Sum() > room)
        {
            return null;
        }

        int[] widths = [.. least];
        // The narrowest first: what fits in whole shall, and the long texts share the rest.
        for (int left = room - least.Sum(); left > 0; left--)
        {
            int next = -1;
            for (int i = 0; i < count; i++)
            {
                if (widths[i] < most[i] && (next < 0 || widths[i] < widths[next]))
                {
                    next = i;
                }
            }

            if (next < 0)
            {
                break;
            }

            widths[next]++;
        }

        return widths;
    }

    private Table SideBySide(int[] widths)
    {
        Table table = new Table().Border(TableBorder.Simple);
        for (int i = 0; i < columns.Length; i++)
        {
            TableColumn column = new(Cell(columns[i])) { Width = widths[i] };
            if (IsDense)
            {
                column.Padding = new Padding(0, 0, 1, 0);
            }

            table.AddColumn(_right.Contains(i) ? column.RightAligned() : column);
        }

        foreach (string[] row in _rows)
        {
            table.AddRow(row.Select(Cell));
        }

        table.BorderStyle(Style);
        return Caption is null ? table : table.Caption(Caption);
    }

    private IEnumerable<IRenderable> Block(string[] row, RenderOptions options, int maxWidth)
    {
        IEnumerable<string> rest = Enumerable
            .Range(1, row.Length - 1)
            .Where(i => row[i].Length > 0 && row[i] != Nothing)
            .Select(i => $"{columns[i]}: {row[i]}");
        string[] texts = Narrow is not null ? Narrow(row).Split('\n') : [row[0].Length > 0 ? row[0] : Nothing, .. rest];
        IEnumerable<IRenderable> lines = texts.SelectMany((text, i) => Indented(text, i == 0 ? Indent : 2 * Indent, options, maxWidth));
        return ReferenceEquals(row, _rows[^1]) && Caption is not null ? lines.Concat(Indented(Caption, Indent, options, maxWidth)) : lines;
    }

    /// <summary>A word that is longer than the line is left to the terminal, from which it can still be copied in one piece.</summary>
    private IEnumerable<IRenderable> Indented(string markup, int by, RenderOptions options, int maxWidth)
    {
        Markup text = Cell(markup);
        int longestWord = ((IRenderable)text).Measure(options, int.MaxValue).Min;
        if (longestWord > maxWidth - by)
        {
            return Markup.Remove(markup).Split('\n').Select(line => new Verbatim(new string(' ', by) + line));
        }

        return [new HangingText(text, by, longestWord > maxWidth - by - Indent ? 0 : Indent)];
    }

    private Markup Cell(string markup) => new(markup, Style);
}
