using System.Globalization;
using System.Text;
using YamlDotNet.Core;

namespace HxFunctions.Wiring.Yaml;

/// <summary>Scalars and new entries as text. A string is quoted wherever YAML 1.1, YAML 1.2 or a reader might take it for something
/// else.</summary>
internal static class YamlWriter
{
    /// <param name="style">What the neighbours have; taken when it can hold the value, else double quotes.</param>
    public static string Write(YamlScalar value, ScalarStyle style) =>
        value.Kind is YamlScalarKind.String ? Write(value.Text, style) : value.Text;

    /// <inheritdoc cref="Write(YamlScalar, ScalarStyle)"/>
    public static string Write(string text, ScalarStyle style) =>
        style switch
        {
            ScalarStyle.DoubleQuoted => DoubleQuote(text),
            ScalarStyle.SingleQuoted when !text.Any(NeedsEscape) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'",
            ScalarStyle.SingleQuoted => DoubleQuote(text),
            _ => IsPlain(text) ? text : DoubleQuote(text),
        };

    /// <summary>Lines of a block mapping, each with its newline.</summary>
    public static void WriteBlock(StringBuilder output, IReadOnlyList<YamlAddition> additions, YamlBlockStyle style)
    {
        foreach (YamlAddition addition in additions)
        {
            output.Append(' ', style.Column).Append(Write(addition.Key, style.Quotes)).Append(':');
            if (addition.Value is not null)
            {
                output.Append(' ').Append(Write(addition.Value, style.Quotes)).Append(style.Newline);
                continue;
            }

            output.Append(style.Newline);
            WriteBlock(output, addition.Children, style with { Column = style.Column + style.Width });
        }
    }

    /// <summary>An entry of a flow mapping, on one line.</summary>
    public static string WriteFlow(YamlAddition addition, ScalarStyle quotes) =>
        $"{Write(addition.Key, quotes)}: {(addition.Value is null ? WriteFlow(addition.Children, quotes) : Write(addition.Value, quotes))}";

    /// <summary>A flow mapping, on one line.</summary>
    public static string WriteFlow(IReadOnlyList<YamlAddition> additions, ScalarStyle quotes) =>
        $"{{{string.Join(", ", additions.Select(a => WriteFlow(a, quotes)))}}}";

    /// <summary>Narrower than YAML: words, paths, URLs and <c>os.environ/NAME</c>; in flow and block the same. Without <c>?</c>, at which
    /// PyYAML ends a plain value in flow.</summary>
    private static bool IsPlain(string text)
    {
        if (text.Length == 0 || !(char.IsAsciiLetter(text[0]) || text[0] is '/' or '_') || text is "y" or "Y" or "n" or "N")
        {
            return false;
        }

        for (int i = 0; i < text.Length; i++)
        {
            bool fits =
                char.IsAsciiLetterOrDigit(text[i])
                || "_./-+@%=~$()&*:".Contains(text[i], StringComparison.Ordinal)
                || (text[i] is ' ' && text[i - 1] is not ' ' && i + 1 < text.Length);
            if (!fits || (text[i] is ':' && (i + 1 == text.Length || text[i + 1] is ' ')))
            {
                return false;
            }
        }

        return YamlResolver.Resolve(text, ScalarStyle.Plain, "") is YamlValueKind.String;
    }

    private static string DoubleQuote(string text)
    {
        StringBuilder quoted = new("\"");
        foreach (char character in text)
        {
            _ = character switch
            {
                '"' or '\\' => quoted.Append('\\').Append(character),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                _ when NeedsEscape(character) => quoted.Append("\\u").Append(((int)character).ToString("X4", CultureInfo.InvariantCulture)),
                _ => quoted.Append(character),
            };
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>What isn't printable in YAML, ends a line there, or can't be seen. Halves of surrogate pairs are written as they
    /// are.</summary>
    private static bool NeedsEscape(char character) =>
        !char.IsSurrogate(character)
        && (
            char.IsControl(character)
            || character >= '\uFFFE'
            || char.GetUnicodeCategory(character)
                is UnicodeCategory.Format
                    or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator
            || (character is not ' ' && char.GetUnicodeCategory(character) is UnicodeCategory.SpaceSeparator)
        );
}

/// <summary>How new lines of a block mapping look.</summary>
/// <param name="Column">Spaces before the keys.</param>
/// <param name="Width">Spaces more for the next level.</param>
/// <param name="Quotes">Of keys and strings.</param>
internal sealed record YamlBlockStyle(int Column, int Width, string Newline, ScalarStyle Quotes);
