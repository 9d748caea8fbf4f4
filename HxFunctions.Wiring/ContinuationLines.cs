using System.Text.RegularExpressions;

namespace HxFunctions.Wiring;

/// <summary>The lines of a YAML, environment or unit file that go on with a value from a line before: in a block of text, in quotes that
/// are still open, behind a backslash. What looks like a name there is a part of the value.</summary>
internal static partial class ContinuationLines
{
    /// <returns>For each line whether it goes on with a value.</returns>
    public static bool[] Of(IReadOnlyList<string> lines)
    {
        bool[] found = new bool[lines.Count];
        int block = -1;
        char quote = '\0';
        bool escaped = false;
        for (int i = 0; i < lines.Count; i++)
        {
            string line = lines[i];
            int indent = line.Length - line.TrimStart(' ').Length;
            if (block >= 0 && (indent > block || string.IsNullOrWhiteSpace(line)))
            {
                found[i] = true;
                continue;
            }

            block = -1;
            found[i] = quote != '\0' || escaped;
            if (quote != '\0')
            {
                quote = IsOpenAfter(line, quote) ? quote : '\0';
            }
            else if (!escaped && BlockHeader().Match(line) is { Success: true } header)
            {
                block = header.Groups["parent"].Length;
            }
            else if (!escaped && QuotedValue().Match(line) is { Success: true } value)
            {
                char opened = value.Groups["quote"].ValueSpan[0];
                quote = IsOpenAfter(value.Groups["rest"].ValueSpan, opened) ? opened : '\0';
            }

            escaped = quote == '\0' && line.EndsWith('\\');
        }

        return found;
    }

    /// <summary>Whether quotes are open behind a text that is within them.</summary>
    private static bool IsOpenAfter(ReadOnlySpan<char> text, char quote)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && quote == '"')
            {
                i++;
            }
            else if (text[i] == quote)
            {
                // Two are one within the text (YAML 1.2.2, section 7.3.2).
                if (quote != '\'' || i + 1 == text.Length || text[i + 1] != quote)
                {
                    return false;
                }

                i++;
            }
        }

        return true;
    }

    /// <summary><c>key: |</c>, <c>- key: >-</c> or <c>- |</c>: the text below is indented by more than the key, or the dash.</summary>
    [GeneratedRegex(
        """^(?<parent> *(?:- +)*?)(?:- +|[^\s#'"-][^#]*?:\s+|(?:"[^"]*"|'[^']*')\s*:\s+)(?:[!&]\S+\s+)*[|>][+\-0-9]*\s*(?:#.*)?$""",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex BlockHeader();

    /// <summary>A plain key with a colon or an equals sign, a key in quotes, or nothing but dashes.</summary>
    private const string BeforeValue = """^\s*(?:- +)*(?:[^\s#'"=:-][^#'"=:]*(?:\s*=\s*|:\s+)|(?:"[^"]*"|'[^']*')\s*:\s+|(?<=- +))""";

    /// <summary>A value that begins with a quote, behind its tag and anchor.</summary>
    [GeneratedRegex(BeforeValue + """(?:[!&]\S+\s+)*(?<quote>["'])(?<rest>.*)$""", RegexOptions.CultureInvariant)]
    private static partial Regex QuotedValue();
}
