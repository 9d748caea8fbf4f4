using System.Text;

namespace HxFunctions.Wiring.Services;

/// <summary>
/// A pattern of glob(3) as systemd uses it for <c>EnvironmentFile=</c>: without flags (systemd 252 and 255, <c>src/core/execute.c</c>,
/// <c>exec_context_load_environment()</c>), so that a backslash takes a character literally, and braces and tildes mean nothing.
/// </summary>
internal static class GlobPattern
{
    private const string Special = "*?[]\\";

    /// <summary>A pattern that stands for this path alone. With systemd 252 <c>a\[1\].env</c> reads <c>a[1].env</c>.</summary>
    public static string Literal(string path)
    {
        StringBuilder pattern = new(path.Length);
        foreach (char c in path)
        {
            if (Special.Contains(c, StringComparison.Ordinal))
            {
                pattern.Append('\\');
            }

            pattern.Append(c);
        }

        return pattern.ToString();
    }

    /// <summary>The files that a pattern of absolute paths stands for, in their order; none: systemd would not start the unit.</summary>
    public static IReadOnlyList<string> Files(string pattern)
    {
        IEnumerable<string> found = ["/"];
        string[] parts = pattern.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (int part = 0; part < parts.Length; part++)
        {
            string name = parts[part];
            bool last = part == parts.Length - 1;
            found = found
                .SelectMany(folder => Members(folder, name))
                .Where(path => last ? Path.Exists(path) : Directory.Exists(path))
                .ToList();
        }

        return [.. found.Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Members(string folder, string pattern)
    {
        if (Unescaped(pattern) is { } name)
        {
            return [Path.Combine(folder, name)];
        }

        try
        {
            return
            [
                .. Directory
                    .EnumerateFileSystemEntries(folder)
                    .Where(path => IsMatch(pattern, Path.GetFileName(path)) && (pattern[0] == '.' || Path.GetFileName(path)[0] != '.')),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <returns>The name that a pattern without wildcards stands for; <see langword="null"/>: it has one.</returns>
    private static string? Unescaped(string pattern)
    {
        StringBuilder name = new(pattern.Length);
        for (int i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] is '*' or '?' or '[')
            {
                return null;
            }

            i += pattern[i] == '\\' && i + 1 < pattern.Length ? 1 : 0;
            name.Append(pattern[i]);
        }

        return name.ToString();
    }

    /// <summary>fnmatch(3), for one name of a path.</summary>
    internal static bool IsMatch(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        while (pattern.Length > 0)
        {
            if (pattern[0] == '*')
            {
                for (int skipped = 0; skipped <= name.Length; skipped++)
                {
                    if (IsMatch(pattern[1..], name[skipped..]))
                    {
                        return true;
                    }
                }

                return false;
            }

            if (name.Length == 0 || !TakeOne(ref pattern, name[0]))
            {
                return false;
            }

            name = name[1..];
        }

        return name.Length == 0;
    }

    /// <summary>Takes from the pattern what stands for one character, which is not a star.</summary>
    private static bool TakeOne(ref ReadOnlySpan<char> pattern, char c)
    {
        char first = pattern[0];
        pattern = pattern[1..];
        if (first == '?')
        {
            return true;
        }

        if (first == '\\' && pattern.Length > 0)
        {
            first = pattern[0];
            pattern = pattern[1..];
            return first == c;
        }

        // A bracket that nothing closes is a character like any other; the first one within is part of the set.
        int negated = pattern is ['!' or '^', ..] ? 1 : 0;
        int end = first == '[' && pattern.Length > negated + 1 ? pattern[(negated + 1)..].IndexOf(']') : -1;
        if (end < 0)
        {
            return first == c;
        }

        ReadOnlySpan<char> set = pattern[negated..(end + negated + 1)];
        pattern = pattern[(end + negated + 2)..];
        bool isIn = false;
        for (int i = 0; i < set.Length; i++)
        {
            char from = set[i];
            char to = i + 2 < set.Length && set[i + 1] == '-' ? set[i += 2] : from;
            isIn |= c >= from && c <= to;
        }

        return isIn != (negated == 1);
    }
}
