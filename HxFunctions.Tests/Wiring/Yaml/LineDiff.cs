using System.Text.RegularExpressions;

namespace HxFunctions.Tests.Wiring.Yaml;

/// <summary>Compares two texts line by line (line ends included), as a reviewer would: what is gone, and is it a value at an intended
/// path?</summary>
internal static partial class LineDiff
{
    private static readonly string Keys = string.Join('|', WireSettings.All.SelectMany(s => s.Path.Keys).Distinct());

    /// <summary>The first line that is gone without being a replaced value, or null.</summary>
    public static string? FirstLoss(string before, string after)
    {
        List<string> old = Split(before);
        List<string> now = Split(after);
        int next = 0;
        for (int i = 0; i < old.Count; i++)
        {
            if (next < now.Count && now[next] == old[i])
            {
                next++;
                continue;
            }

            int same = now.IndexOf(old[i], next);
            int changed = now.FindIndex(next, line => IsEditOf(old[i], line));
            if (same >= 0 && (changed < 0 || same <= changed))
            {
                next = same + 1;
                continue;
            }

            if (changed < 0)
            {
                return old[i];
            }

            next = changed + 1;

            // The rest of a value of several lines: deeper than its key, with blank lines between.
            int column = Column(old[i]);
            for (
                int rest = i + 1;
                rest < old.Count
                    && (string.IsNullOrWhiteSpace(old[rest]) || (Column(old[rest]) > column && now.IndexOf(old[rest], next) < 0));
                rest++
            )
            {
                if (!string.IsNullOrWhiteSpace(old[rest]))
                {
                    i = rest;
                }
            }
        }

        return null;
    }

    /// <summary>The same line with a value set or with entries put in: nothing of it is gone but the value behind an intended
    /// key.</summary>
    private static bool IsEditOf(string old, string now)
    {
        if (IsSubsequence(old.TrimEnd('\r', '\n'), now))
        {
            return true;
        }

        Match key = Regex.Match(old, $"""^.*?(["']?)({Keys})\1 ?:""");
        if (!key.Success || !now.StartsWith(key.Value, StringComparison.Ordinal))
        {
            return false;
        }

        Match comment = Comment().Match(old);
        return now.TrimEnd().EndsWith(comment.Value.TrimEnd(), StringComparison.Ordinal);
    }

    private static int Column(string line) => line.TakeWhile(c => c is ' ').Count();

    private static bool IsSubsequence(string part, string whole)
    {
        int i = 0;
        foreach (char character in whole)
        {
            if (i < part.Length && part[i] == character)
            {
                i++;
            }
        }

        return part.Length > 0 && i == part.Length;
    }

    private static List<string> Split(string text) => [.. Lines().Matches(text).Select(m => m.Value)];

    [GeneratedRegex(@"[^\r\n]*(\r\n|\r|\n)|[^\r\n]+$")]
    private static partial Regex Lines();

    [GeneratedRegex(@"[ \t]+#[^""'{}]*$")]
    private static partial Regex Comment();
}
