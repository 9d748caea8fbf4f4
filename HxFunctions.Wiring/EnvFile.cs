using System.Text;
using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Wiring;

/// <summary>
/// A file for systemd's <c>EnvironmentFile=</c>, read by systemd's rules (systemd.exec(5)) and edited in place: what isn't set stays as it
/// is, byte for byte.
/// </summary>
/// <remarks>
/// A line is a comment (<c>#</c> or <c>;</c> first; since systemd 254 a backslash at its end has no meaning) or <c>NAME=value</c>. A value
/// may begin with quoted parts, over several lines if need be: in single quotes everything is literal, in double quotes a backslash escapes
/// <c>" \ $ `</c> alone. In what follows it escapes any character, quotes and <c>#</c> are characters like others, and white space at the
/// end is dropped. The last assignment of a name counts. There is no <c>export</c>: systemd ignores such a line.
/// </remarks>
internal sealed class EnvFile
{
    private const string Export = "export ";

    /// <summary>systemd's WHITESPACE (src/basic/string-util.h): what is blank to Unicode alone is a part of the name.</summary>
    private const string Blanks = " \t\n\r";

    private const string EscapedInDoubleQuotes = "\"\\$`";

    private readonly string _text;
    private readonly List<Assignment> _assignments;

    private EnvFile(string text, List<Assignment> assignments, List<int> noAssignments, int? unclosedAt)
    {
        _text = text;
        _assignments = assignments;
        UnclosedLine = unclosedAt is { } offset ? LineOf(offset) : null;
        IgnoredLines =
        [
            .. noAssignments
                .Concat(_assignments.Where(a => !IsName(a.Name) && !IsExport(a.Name)).Select(a => a.Start))
                .Order()
                .Select(LineOf),
        ];
    }

    /// <summary>
    /// The line (from 1) of what swallows what follows it. A value with an open quote, or with a backslash last, is still open where the
    /// file ends; a comment with a backslash last goes on in the next line for systemd before 254, whether that is a setting or is yet to
    /// be appended. <see langword="null"/>: none.
    /// </summary>
    public int? UnclosedLine { get; }

    /// <summary>The lines (from 1) that are neither a comment nor a setting, e.g. <c>NAME: value</c>: systemd ignores them with a line in
    /// its log. Those with an <c>export</c> are in <see cref="Exported"/>.</summary>
    public IReadOnlyList<int> IgnoredLines { get; }

    /// <summary>systemd takes the mark for a part of the first variable's name, and so ignores that variable; <see cref="Values"/> has
    /// it.</summary>
    public bool HasByteOrderMark => _text.StartsWith(YamlText.ByteOrderMark);

    /// <summary>The names that count, with their values, in the order of the file.</summary>
    public IReadOnlyDictionary<string, string> Values =>
        _assignments
            .Where(a => IsName(a.Name))
            .GroupBy(a => a.Name, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Last().Value, StringComparer.Ordinal);

    /// <summary>Names behind an <c>export</c>, which systemd ignores.</summary>
    public IEnumerable<string> Exported => _assignments.Where(a => IsExport(a.Name)).Select(a => a.Name[Export.Length..].Trim());

    /// <summary>The text as it is in the file.</summary>
    public override string ToString() => _text;

    public static EnvFile Parse(string text)
    {
        List<Assignment> assignments = [];
        List<int> noAssignments = [];
        int? unclosedAt = null;
        for (int position = text.StartsWith(YamlText.ByteOrderMark) ? 1 : 0; position < text.Length; )
        {
            int start = position;
            char first = text[position];
            if (Blanks.Contains(first, StringComparison.Ordinal))
            {
                position++;
            }
            else if (first is '#' or ';')
            {
                int end = text.AsSpan(position).IndexOfAny('\n', '\r');
                position = end < 0 ? text.Length : position + end;
                if (text[position - 1] == '\\' && Swallows(text.AsSpan(position)))
                {
                    unclosedAt ??= start;
                }
            }
            else
            {
                int equals = text.AsSpan(position).IndexOfAny('=', '\n', '\r') + position;
                if (equals < position || text[equals] != '=')
                {
                    noAssignments.Add(start);
                    position = equals < position ? text.Length : equals + 1;
                    continue;
                }

                position = equals + 1;

                (string value, int end, bool isOpen) = ReadValue(text, position);
                if (isOpen)
                {
                    unclosedAt = start;
                }

                assignments.Add(new(text[start..equals].TrimEnd(' ', '\t'), value, start, position, end));
                position = end;
            }
        }

        return new(text, assignments, noAssignments, unclosedAt);
    }

    /// <summary>Whether a comment that goes on in the next line would hide something: a setting, or what is appended to the file. A blank
    /// line or another comment it may have; a carriage return takes the backslash's effect.</summary>
    private static bool Swallows(ReadOnlySpan<char> rest) =>
        rest is [] or ['\n'] or ['\r'] or ['\r', '\n'] || (rest is ['\n', var next, ..] && next is not ('\n' or '\r' or '#' or ';'));

    /// <summary>Sets a name where it stands, or at the end of the file. The same value in any quoting stays as it is.</summary>
    /// <exception cref="ArgumentException">The value has a control character.</exception>
    /// <exception cref="InvalidOperationException">
    /// The file would not have the value then, or would lose another: it has an <see cref="UnclosedLine"/>, or the name is none.
    /// </exception>
    public EnvFile With(string name, string value)
    {
        Assignment? present = _assignments.LastOrDefault(a => a.Name == name);
        if (present?.Value == value)
        {
            return this;
        }

        EnvFile changed = Parse(
            present is not null
                ? string.Concat(_text.AsSpan(0, present.ValueStart), Quote(value), _text.AsSpan(present.ValueEnd))
                : $"{_text}{Separator()}{name}={Quote(value)}{NewLine()}"
        );

        // Judged by what is read again, not by how it was made: a secret that slips into another value would be found by nobody.
        Dictionary<string, string> expected = new(Values, StringComparer.Ordinal) { [name] = value };
        IReadOnlyDictionary<string, string> actual = changed.Values;
        if (
            UnclosedLine is not null
            || actual.Count != expected.Count
            || expected.Any(e => !actual.TryGetValue(e.Key, out string? found) || found != e.Value)
        )
        {
            throw new InvalidOperationException("The environment file can't be edited safely.");
        }

        return changed;
    }

    /// <summary>Takes every line that sets a name out of the file.</summary>
    public EnvFile Without(string name)
    {
        StringBuilder text = new(_text);
        foreach (Assignment assignment in _assignments.Where(a => a.Name == name).Reverse())
        {
            int end = assignment.ValueEnd;
            if (end < _text.Length && _text[end] == '\r')
            {
                end++;
            }

            if (end < _text.Length && _text[end] == '\n')
            {
                end++;
            }

            text.Remove(assignment.Start, end - assignment.Start);
        }

        return Parse(text.ToString());
    }

    /// <summary>A value such that systemd, a shell and python-dotenv read the same: plain when it is harmless, else in quotes.</summary>
    /// <exception cref="ArgumentException">It has a control character, which systemd does not take.</exception>
    internal static string Quote(string value)
    {
        if (value.Any(char.IsControl))
        {
            throw new ArgumentException("An environment file holds no control characters.", nameof(value));
        }

        if (value.All(c => char.IsAsciiLetterOrDigit(c) || "_-./:@%+,=".Contains(c, StringComparison.Ordinal)))
        {
            return value;
        }

        if (!value.Contains('\'', StringComparison.Ordinal) && !value.Contains('\\', StringComparison.Ordinal))
        {
            return $"'{value}'";
        }

        StringBuilder quoted = new("\"");
        foreach (char c in value)
        {
            if (EscapedInDoubleQuotes.Contains(c, StringComparison.Ordinal))
            {
                quoted.Append('\\');
            }

            quoted.Append(c);
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>A name that systemd takes: letters, digits and underscores, no digit first.</summary>
    internal static bool IsName(string name) =>
        name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');

    private static bool IsExport(string name) => name.StartsWith(Export, StringComparison.Ordinal);

    private int LineOf(int offset) => YamlText.Position(_text, offset).Line;

    /// <summary>What ends the last line, if nothing does yet.</summary>
    private string Separator() => _text.Length == 0 || _text[^1] is '\n' or '\r' || _text == "\uFEFF" ? "" : NewLine();

    private string NewLine() => _text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n";

    /// <summary>Reads what stands behind a <c>=</c>.</summary>
    /// <returns>The value; where its text ends: at the line's end, before trailing white space; and whether it would go on behind the end
    /// of the file.</returns>
    private static (string Value, int End, bool IsOpen) ReadValue(string text, int position)
    {
        StringBuilder value = new();
        int end = position;

        // Quoted parts may follow one another, with white space between them that doesn't count.
        while (position < text.Length && text[position] is ' ' or '\t' or '\'' or '"')
        {
            char c = text[position++];
            if (c is not ('\'' or '"'))
            {
                continue;
            }

            position = end = ReadQuoted(text, position, c, value, out bool isOpen);
            if (isOpen)
            {
                return (value.ToString(), end, true);
            }
        }

        // The rest of the line is bare: a quote in it is a character like any other, and so is '#'.
        int keep = value.Length;
        bool goesOn = false;
        for (; position < text.Length && text[position] is not ('\n' or '\r'); position++)
        {
            char c = text[position];
            bool escape = c == '\\' && position + 1 < text.Length;
            if (escape)
            {
                c = text[++position];
            }

            goesOn = position + 1 == text.Length && (escape ? c is '\n' or '\r' : c == '\\');
            if (!(escape && c is '\n' or '\r'))
            {
                value.Append(c);
            }

            if (c is ' ' or '\t' && !escape)
            {
                continue;
            }

            keep = value.Length;
            end = position + 1;
        }

        return (value.ToString(0, keep), end, goesOn);
    }

    private static int ReadQuoted(string text, int position, char quote, StringBuilder value, out bool isOpen)
    {
        for (; position < text.Length && text[position] != quote; position++)
        {
            char c = text[position];
            if (quote == '"' && c == '\\' && position + 1 < text.Length)
            {
                char escaped = text[++position];
                if (escaped == '\n')
                {
                    continue;
                }

                if (!EscapedInDoubleQuotes.Contains(escaped, StringComparison.Ordinal))
                {
                    value.Append(c);
                }

                c = escaped;
            }

            value.Append(c);
        }

        isOpen = position >= text.Length;
        return Math.Min(position + 1, text.Length);
    }

    /// <param name="Start">Where its line begins.</param>
    /// <param name="ValueStart">Behind the <c>=</c>.</param>
    private sealed record Assignment(string Name, string Value, int Start, int ValueStart, int ValueEnd);
}
