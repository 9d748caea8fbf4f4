using System.Text;

namespace HxFunctions.Wiring.LiteLlm;

/// <summary>PostgreSQL's own reading of <c>options</c> and of lists of names.</summary>
internal static class ServerOptions
{
    /// <summary>
    /// Takes the search path out of what stands in <c>options</c>: words with white space between them and backslashes before what belongs
    /// to a word (pg_split_opts in postinit.c), of which <c>-c NAME=VALUE</c>, <c>-cNAME=VALUE</c> and <c>--NAME=VALUE</c> set something
    /// (process_postgres_switches in postgres.c; ParseLongOption takes <c>-</c> in a name for <c>_</c>). The last one wins.
    /// </summary>
    /// <returns>The options without it, and it; the options as they were when there is none.</returns>
    public static (string OtherOptions, string? SearchPath) TakeSearchPath(string options)
    {
        List<string> words = Split(options);
        List<string> rest = [];
        string? path = null;
        for (int i = 0; i < words.Count; i++)
        {
            bool isPair = words[i] == "-c" && i + 1 < words.Count;
            string word = words[i];
            string setting =
                isPair ? words[i + 1]
                : word.StartsWith("--", StringComparison.Ordinal) || word.StartsWith("-c", StringComparison.Ordinal) ? word[2..]
                : "";
            string[] parts = setting.Split('=', 2);
            if (parts.Length == 2 && parts[0].Replace('-', '_').Equals("search_path", StringComparison.OrdinalIgnoreCase))
            {
                path = parts[1];
            }
            else
            {
                rest.AddRange(isPair ? [word, setting] : [word]);
            }

            i += isPair ? 1 : 0;
        }

        return path is null ? (options, null) : (string.Join(' ', rest.Select(Escape)), path);
    }

    /// <summary>A list of names as SplitIdentifierString (varlena.c) reads it: bare ones in lower case, others in double quotes.</summary>
    /// <returns><see langword="null"/>: it is not such a list.</returns>
    public static IReadOnlyList<string>? SplitIdentifiers(string text)
    {
        List<string> names = [];
        int at = 0;
        SkipSpace(text, ref at);
        while (at < text.Length)
        {
            if (ReadName(text, ref at) is not { } name)
            {
                return null;
            }

            names.Add(name);
            SkipSpace(text, ref at);
            if (at == text.Length)
            {
                return names;
            }

            if (text[at++] != ',')
            {
                return null;
            }

            SkipSpace(text, ref at);
            if (at == text.Length)
            {
                return null;
            }
        }

        return names;
    }

    private static string? ReadName(string text, ref int at)
    {
        StringBuilder name = new();
        if (text[at] != '"')
        {
            while (at < text.Length && text[at] != ',' && !IsSpace(text[at]))
            {
                name.Append(char.IsAscii(text[at]) ? char.ToLowerInvariant(text[at]) : text[at]);
                at++;
            }

            return name.Length == 0 ? null : name.ToString();
        }

        for (at++; at < text.Length; at++)
        {
            if (text[at] != '"')
            {
                name.Append(text[at]);
            }
            else if (at + 1 < text.Length && text[at + 1] == '"')
            {
                name.Append(text[at++]);
            }
            else
            {
                at++;
                return name.ToString();
            }
        }

        return null;
    }

    private static List<string> Split(string options)
    {
        List<string> words = [];
        int at = 0;
        SkipSpace(options, ref at);
        while (at < options.Length)
        {
            StringBuilder word = new();
            for (; at < options.Length && !IsSpace(options[at]); at++)
            {
                at += options[at] == '\\' && at + 1 < options.Length ? 1 : 0;
                word.Append(options[at]);
            }

            words.Add(word.ToString());
            SkipSpace(options, ref at);
        }

        return words;
    }

    private static string Escape(string word) => string.Concat(word.Select(c => IsSpace(c) || c == '\\' ? $"\\{c}" : c.ToString()));

    private static void SkipSpace(string text, ref int at)
    {
        while (at < text.Length && IsSpace(text[at]))
        {
            at++;
        }
    }

    /// <summary>C's isspace.</summary>
    private static bool IsSpace(char c) => c is ' ' or (>= '\t' and <= '\r');
}
