using System.Text;

namespace HxFunctions.Wiring.Services;

/// <summary>
/// What <c>systemctl show</c> prints: a line <c>Name=value</c> for each property, several for a list of structures
/// (<c>EnvironmentFiles</c>, <c>ExecStart</c>), none for an empty one. Read from systemd 252, <c>src/shared/bus-print-properties.c</c> and
/// <c>src/systemctl/systemctl-show.c</c>, and from what a running systemd 252 printed.
/// </summary>
internal sealed class ShowOutput
{
    private readonly ILookup<string, string> _values;

    private ShowOutput(ILookup<string, string> values) => _values = values;

    public static ShowOutput Parse(string output) =>
        new(
            output
                .Split('\n')
                .Select(line => (Line: line.TrimEnd('\r'), End: line.IndexOf('=', StringComparison.Ordinal)))
                .Where(line => line.End > 0)
                .ToLookup(line => line.Line[..line.End], line => line.Line[(line.End + 1)..], StringComparer.Ordinal)
        );

    /// <summary>The last value; empty when there is none.</summary>
    public string Text(string name) => _values[name].LastOrDefault() ?? "";

    /// <summary>The values of a list of structures.</summary>
    public IEnumerable<string> Lines(string name) => _values[name];

    /// <summary>The members of a list of texts (<c>Environment</c>, <c>DropInPaths</c>).</summary>
    public IReadOnlyList<string> Words(string name) => Words(_values[name].LastOrDefault() ?? "", []);

    /// <summary>
    /// Takes a line apart that <c>shell_maybe_quote()</c> (<c>src/basic/escape.c</c>) made: words between single spaces, in double quotes
    /// where they hold anything special; there a backslash stands before <c>" \ ` $</c>, and control characters are escaped as in C.
    /// </summary>
    private static List<string> Words(string text, List<string> words)
    {
        for (int position = 0; position < text.Length; position++)
        {
            if (text[position] == ' ')
            {
                continue;
            }

            StringBuilder word = new();
            bool quoted = text[position] == '"';
            for (position += quoted ? 1 : 0; position < text.Length && text[position] != (quoted ? '"' : ' '); position++)
            {
                if (quoted && text[position] == '\\' && position + 1 < text.Length)
                {
                    position = Unescape(text, position + 1, word);
                }
                else
                {
                    word.Append(text[position]);
                }
            }

            words.Add(word.ToString());
        }

        return words;
    }

    /// <param name="position">Behind the backslash.</param>
    /// <returns>The last character of the escape sequence.</returns>
    private static int Unescape(string text, int position, StringBuilder word)
    {
        const string letters = "abfnrtv";
        const string meanings = "\a\b\f\n\r\t\v";
        char c = text[position];
        int letter = letters.IndexOf(c, StringComparison.Ordinal);
        if (letter >= 0)
        {
            word.Append(meanings[letter]);
        }
        else if (c is >= '0' and <= '7' && position + 2 < text.Length)
        {
            // cescape_char(): three octal digits.
            word.Append((char)(((c - '0') * 64) + ((text[position + 1] - '0') * 8) + text[position + 2] - '0'));
            return position + 2;
        }
        else
        {
            word.Append(c);
        }

        return position;
    }
}
