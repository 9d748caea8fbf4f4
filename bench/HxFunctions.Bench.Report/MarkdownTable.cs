using System.Globalization;
using System.Text;

namespace HxFunctions.Bench.Report;

/// <summary>A table of a page. The first cell of a row says what the row is about.</summary>
internal sealed class MarkdownTable
{
    private readonly string[] _columns;
    private readonly int _texts;
    private readonly List<string[]> _rows = [];

    /// <param name="columns">The heads of the columns.</param>
    public MarkdownTable(params string[] columns)
        : this(1, columns) { }

    /// <param name="texts">How many columns, from the left, are text. The others are figures.</param>
    /// <param name="columns">The heads of the columns.</param>
    public MarkdownTable(int texts, params string[] columns)
    {
        _texts = texts;
        _columns = columns;
    }

    public IReadOnlyList<IReadOnlyList<string>> Rows => _rows;

    /// <param name="cells">Texts, or numbers, which are written by <see cref="Figure.Text"/>.</param>
    public void Add(params object[] cells)
    {
        if (cells.Length != _columns.Length)
        {
            throw new ArgumentException($"A row of {cells.Length} cells in a table of {_columns.Length} columns.", nameof(cells));
        }

        _rows.Add([.. cells.Select(Cell)]);
    }

    /// <summary>Reads a table that <see cref="ToString"/> wrote.</summary>
    /// <returns>Its rows; none when the text is no table.</returns>
    public static IReadOnlyList<string[]> ReadRows(string text) =>
        [
            .. text.Split('\n')
                .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && line.EndsWith(" |", StringComparison.Ordinal))
                .Skip(2)
                .Select(line => line[2..^2].Split(" | ")),
        ];

    /// <summary>Takes over the rows of an earlier table whose first cells this one lacks, in their order, behind its own.</summary>
    public void Keep(IEnumerable<string[]> earlier)
    {
        HashSet<string> own = [.. _rows.Select(row => row[0])];
        _rows.AddRange(earlier.Where(row => row.Length == _columns.Length && !own.Contains(row[0])));
    }

    /// <summary>Puts the rows in the order of their first cells in a list; rows that it doesn't have are dropped.</summary>
    public void Arrange(IReadOnlyList<string> order)
    {
        string[][] arranged = [.. order.SelectMany(key => _rows.Where(row => row[0] == key))];
        _rows.Clear();
        _rows.AddRange(arranged);
    }

    public override string ToString()
    {
        StringBuilder text = new();
        Line(text, _columns);
        Line(text, [.. _columns.Select((_, i) => i < _texts ? "---" : "---:")]);
        _rows.ForEach(row => Line(text, row));
        return text.ToString();
    }

    private static void Line(StringBuilder text, IReadOnlyList<string> cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

    private static string Cell(object cell) =>
        cell is double number ? Figure.Text(number) : Convert.ToString(cell, CultureInfo.InvariantCulture)!;
}
