using System.Text.RegularExpressions;

namespace HxFunctions.SystemTests.Infrastructure.Kql;

/// <summary>A word, number, timespan, text or sign of a query.</summary>
/// <param name="Kind">Of <c>space name number span text sign</c> the one that it is.</param>
/// <param name="Text">As written; of a text what is between the quotes.</param>
internal sealed partial record KqlToken(string Kind, string Text)
{
    /// <summary>The tokens of a query without its comments.</summary>
    /// <exception cref="FormatException">Something is there that this language has no word for.</exception>
    public static IReadOnlyList<KqlToken> Read(string query)
    {
        List<KqlToken> tokens = [];
        int at = 0;
        while (at < query.Length)
        {
            Match match = Pattern().Match(query, at);
            if (!match.Success)
            {
                throw new FormatException($"Not understood: {query[at..Math.Min(query.Length, at + 20)]}");
            }

            Group group = match.Groups.Cast<Group>().Skip(1).Single(g => g.Success);
            if (group.Name != "space")
            {
                tokens.Add(new(group.Name, group.Name == "text" ? group.Value[1..^1] : group.Value));
            }

            at += match.Length;
        }

        return tokens;
    }

    [GeneratedRegex(
        """\G(?:(?<space>\s+|//[^\n]*)|(?<span>\d+[smhd]\b)|(?<number>\d+(?:\.\d+)?)|(?<text>'[^']*'|"[^"]*")|(?<name>[A-Za-z_]\w*)"""
            + """|(?<sign>=~|!~|==|!=|>=|<=|[-+*/|()\[\],=<>]))""",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture
    )]
    private static partial Regex Pattern();
}
