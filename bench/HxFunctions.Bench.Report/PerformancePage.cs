namespace HxFunctions.Bench.Report;

/// <summary>
/// docs/performance.md. A table stands between <c>&lt;!-- table: NAME --&gt;</c> and <c>&lt;!-- end of table --&gt;</c>, each on a line of
/// its own, which nobody sees in the rendered page.
/// </summary>
internal sealed class PerformancePage(string text)
{
    private const string Begin = "<!-- table: ";
    private const string BeginEnd = " -->";
    private const string End = "<!-- end of table -->";

    private string _text = text;

    /// <summary>The names of the tables, in the page's order.</summary>
    /// <exception cref="FormatException">A table begins in another, or ends without a beginning, or not at all.</exception>
    public IReadOnlyList<string> Names
    {
        get
        {
            List<string> names = [];
            bool isOpen = false;
            foreach (string line in _text.Split('\n'))
            {
                bool begins = line.StartsWith(Begin, StringComparison.Ordinal);
                bool ends = line == End;
                if ((begins && isOpen) || (ends && !isOpen))
                {
                    throw new FormatException($"Out of turn: {line}");
                }

                isOpen = begins || (isOpen && !ends);
                if (begins)
                {
                    names.Add(line[Begin.Length..^BeginEnd.Length]);
                }
            }

            return isOpen ? throw new FormatException($"Without an end: {names[^1]}") : names;
        }
    }

    /// <summary>The page without its tables: what somebody wrote.</summary>
    public string Prose
    {
        get
        {
            PerformancePage without = new(_text);
            foreach (string name in Names)
            {
                without.Replace(name, "");
            }

            return without._text;
        }
    }

    /// <summary>What stands between a table's markers, without the empty lines around it.</summary>
    public string Read(string name)
    {
        (int start, int end) = Find(name);
        return _text[start..end].Trim('\n') + "\n";
    }

    /// <summary>Puts a table in the place of the one that is there. Everything else stays as it is.</summary>
    public void Replace(string name, string table)
    {
        (int start, int end) = Find(name);
        _text = $"{_text[..start]}\n{table.Trim('\n')}\n\n{_text[end..]}";
    }

    public override string ToString() => _text;

    private (int Start, int End) Find(string name)
    {
        string marker = $"{Begin}{name}{BeginEnd}\n";
        int start = _text.IndexOf(marker, StringComparison.Ordinal);
        if (start < 0)
        {
            throw new FormatException($"The page has no table \"{name}\".");
        }

        start += marker.Length;
        int end = _text.IndexOf(End, start, StringComparison.Ordinal);
        return end < 0 ? throw new FormatException($"Without an end: {name}") : (start, end);
    }
}
