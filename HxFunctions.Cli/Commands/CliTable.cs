using HxFunctions.Cli.Demo;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace HxFunctions.Cli.Commands;

/// <summary>
/// A table that never breaks a word. Where its columns don't fit side by side, each row becomes a block: the first cell, and under it the
/// others with their titles.
/// </summary>
/// <param name="columns">The titles, as markup.</param>
internal sealed class CliTable(params string[] columns) : IRenderable
{
    private const int Indent = 2;

    private readonly List<string[]> _rows = [];
    private readonly HashSet<int> _right = [];
    private readonly HashSet<int> _whole = [];

    /// <summary>Draws everything in this style.</summary>
    public Style Style { get; init; } = Style.Plain;

    /// <summary>Stands under the table.</summary>
    public string? Caption { get; set; }

    /// <summary>Columns stand closer together, for a table with many of them.</summary>
    public bool IsDense { get; init; }

    /// <summary>How a row reads where the table doesn't fit, on one line if it can; by default a line for each cell.</summary>
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

    /// <summary>A column whose cells are never wrapped.</summary>
    public CliTable Whole(int index)
    {
        _whole.Add(index);
        return this;
    }

    /// <param name="cells">As markup.</param>
    public void AddRow(params string[] cells) => _rows.Add(cells);

    public Measurement Measure(RenderOptions options, int maxWidth) => new(Math.Min(20, maxWidth), maxWidth);

    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => Fitting(options, maxWidth).Render(options, maxWidth);

    private IRenderable Fitting(RenderOptions options, int maxWidth) =>
        Widths(options, maxWidth) is { } widths
            ? SideBySide(widths)
            : new Rows(_rows.SelectMany(row => Block(row, options, maxWidth)).Prepend(new Text(" ")));

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
                column.Padding(0, 1);
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
        if (Narrow is not null)
        {
            return Indented(Narrow(row), Indent, options, maxWidth);
        }

        IEnumerable<IRenderable> lines = Indented(row[0].Length > 0 ? row[0] : "–", Indent, options, maxWidth);
        for (int i = 1; i < row.Length; i++)
        {
            if (row[i].Length > 0)
            {
                lines = lines.Concat(Indented($"{columns[i]}: {row[i]}", 2 * Indent, options, maxWidth));
            }
        }

        return ReferenceEquals(row, _rows[^1]) && Caption is not null ? lines.Concat(Indented(Caption, Indent, options, maxWidth)) : lines;
    }

    /// <summary>A word that is longer than the line is left to the terminal, from which it can still be copied in one piece.</summary>
    private IEnumerable<IRenderable> Indented(string markup, int by, RenderOptions options, int maxWidth)
    {
        Markup text = Cell(markup);
        if (((IRenderable)text).Measure(options, int.MaxValue).Min > maxWidth - by)
        {
            return Markup.Remove(markup).Split('\n').Select(line => new Verbatim(new string(' ', by) + line));
        }

        return [new Padder(text, new Padding(by, 0, 0, 0))];
    }

    private Markup Cell(string markup) => new(markup, Style);
}
