using System.Text;
using System.Text.RegularExpressions;

namespace HxFunctions.Tests.Routing;

/// <summary>
/// The plain, slow definition of what the matcher has to cover: every text that a path turns into when servers apply single
/// steps to it, in any order and number. It shares neither code nor idea with the matcher.
/// </summary>
internal static partial class Readings
{
    private const int MaxDecodes = 4;

    private static readonly (string From, string To)[] Folds =
    [
        ("\uFF0F", "/"),
        ("\uFF0E", "."),
        ("\uFF05", "%"),
        ("\uFF3C", "\\"),
        ("\uFF1B", ";"),
        ("\uFF1F", "?"),
        ("\uFF4B", "k"),
        ("\uFF2B", "K"),
        ("\u2025", ".."),
        ("\u2024", "."),
        ("\u2100", "a/c"),
        ("\u212A", "K"),
        ("\u017F", "s"),
        ("\u200B", ""),
        ("\u24DA", "k"),
        ("\U0001D424", "k"),
        ("\u0131", "i"),
        ("\u3000", " "),
        ("\uFF12", "2"),
        ("\uFF46", "f"),
        ("\uFF1A", ":"),
    ];

    /// <summary>The readings found before there are more than <paramref name="cap"/>, the path as sent (without its query) first.</summary>
    public static List<string> Of(string path, int cap)
    {
        string sent = path.Split('?')[0];
        HashSet<(string Text, int Decodes)> seen = [(sent, 0)];
        List<(string Text, int Decodes)> queue = [(sent, 0)];
        for (int i = 0; i < queue.Count && queue.Count < cap; i++)
        {
            (string text, int decodes) = queue[i];
            IEnumerable<(string, int)> next = Steps(text).Select(step => (step, decodes));
            if (decodes < MaxDecodes)
            {
                next = next.Concat(Decodings(text).Select(step => (step, decodes + 1)));
            }

            queue.AddRange(next.Where(seen.Add));
        }

        return [.. queue.Select(reading => reading.Text).Distinct()];
    }

    /// <summary>A reading as it is behind a base path that may have been cut off once or twice.</summary>
    public static IEnumerable<string> WithoutBase(string reading, string basePath)
    {
        yield return reading;
        for (int i = 0; i < 2 && IsUnder(reading, basePath); i++)
        {
            reading = reading[basePath.Length..];
            yield return reading;
        }
    }

    public static bool IsUnder(string reading, string prefix) =>
        prefix == "/"
        || reading.Equals(prefix, StringComparison.OrdinalIgnoreCase)
        || reading.StartsWith(prefix + "/", StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<string> Steps(string text)
    {
        yield return ResolveDots(text);
        yield return text.Replace("/./", "/", StringComparison.Ordinal);
        yield return Slashes().Replace(text, "/");
        yield return text.Replace('\\', '/');
        yield return text.Replace('+', ' ');
        yield return Parameters().Replace(text, "");
        yield return text.Split(';')[0];
        yield return text.Split('?')[0];
        yield return text.Split('#')[0];
        yield return text.TrimEnd('/');
        yield return EachSegment(text, segment => segment.TrimEnd(' '));
        yield return EachSegment(text, segment => segment.TrimStart(' '));
        yield return EachSegment(text, segment => segment is "." or ".." ? segment : segment.TrimEnd('.'));
        yield return EachSegment(text, segment => segment is "." or ".." ? segment : segment.TrimEnd('.', ' '));
        yield return Absolute().Replace(text, "");
        yield return Folds.Aggregate(text, (folded, fold) => folded.Replace(fold.From, fold.To, StringComparison.Ordinal));
        if (!text.StartsWith('/'))
        {
            yield return "/" + text;
        }
    }

    private static IEnumerable<string> Decodings(string text)
    {
        yield return Decode(text, "");
        yield return Decode(text, "/");
        yield return Decode(text, "/\\;%");
    }

    internal static string EachSegment(string text, Func<string, string> change) => string.Join('/', text.Split('/').Select(change));

    /// <summary>RFC 3986 section 5.2.4, with empty segments counted as segments.</summary>
    internal static string ResolveDots(string text)
    {
        List<string> kept = [];
        string[] segments = text.Split('/');
        for (int i = 0; i < segments.Length; i++)
        {
            bool dots = segments[i] is "." or "..";
            if (segments[i] == ".." && kept.Count > 1)
            {
                kept.RemoveAt(kept.Count - 1);
            }

            if (!dots)
            {
                kept.Add(segments[i]);
            }
            else if (i == segments.Length - 1)
            {
                kept.Add("");
            }
        }

        return string.Join('/', kept);
    }

    /// <summary>Decodes all escapes but those of the characters to keep. Overlong UTF-8 is taken for what it spells.</summary>
    internal static string Decode(string text, string keep) =>
        Sequence()
            .Replace(
                text,
                match =>
                {
                    byte[] bytes = Convert.FromHexString(match.Value.Replace("%", "", StringComparison.Ordinal));
                    int value = bytes.Length == 1 ? bytes[0] : bytes[0] & (0x7F >> bytes.Length);
                    foreach (byte following in bytes.Skip(1))
                    {
                        value = (value << 6) | (following & 0x3F);
                    }

                    string decoded = Rune.TryCreate(value, out Rune rune) ? rune.ToString() : match.Value;
                    return keep.Contains(decoded, StringComparison.Ordinal) ? match.Value : decoded;
                }
            );

    [GeneratedRegex("//+")]
    internal static partial Regex Slashes();

    [GeneratedRegex(";[^/]*")]
    internal static partial Regex Parameters();

    [GeneratedRegex("^([A-Za-z][A-Za-z0-9+.-]*:)?//[^/]*")]
    internal static partial Regex Absolute();

    [GeneratedRegex(
        "%[0-7][0-9a-f]|%[cd][0-9a-f]%[89ab][0-9a-f]|%e[0-9a-f](%[89ab][0-9a-f]){2}|%f[0-7](%[89ab][0-9a-f]){3}",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex Sequence();
}
