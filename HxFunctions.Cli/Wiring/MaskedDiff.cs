using System.Text;
using System.Text.RegularExpressions;
using DiffPlex;
using DiffPlex.Chunkers;
using DiffPlex.Model;

namespace HxFunctions.Cli.Wiring;

/// <summary>
/// A unified diff that can be shown to anybody: of every line only what can't be a secret, that is names, references to the environment, switches and plain numbers.
/// Lines that stay are masked as well, since a configuration holds keys of all sorts.
/// </summary>
internal static partial class MaskedDiff
{
    private const int Context = 3;
    private const string Mask = "***";

    /// <param name="name">The file's name in the header.</param>
    /// <param name="before"><see langword="null"/>: the file is new.</param>
    /// <returns>Lines without ends; none when nothing differs.</returns>
    public static IReadOnlyList<string> Lines(string name, string? before, string after)
    {
        DiffResult diff = Differ.Instance.CreateDiffs(WithoutLastBreak(before ?? ""), WithoutLastBreak(after), ignoreWhiteSpace: false, ignoreCase: false, new LineChunker());
        List<string> lines = [$"--- {(before is null ? "(no file)" : name)}", $"+++ {name}"];
        foreach (List<DiffBlock> hunk in Hunks(diff.DiffBlocks)) AddHunk(lines, diff, hunk);
        if (lines.Count == 2) return before == after ? [] : [.. lines, "(only ends of lines differ)"];
        return lines;
    }

    /// <summary>Else there would be an empty line behind it.</summary>
    private static string WithoutLastBreak(string text) => text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;

    /// <summary>Blocks that share their context.</summary>
    private static IEnumerable<List<DiffBlock>> Hunks(IList<DiffBlock> blocks)
    {
        List<DiffBlock> hunk = [];
        foreach (DiffBlock block in blocks)
        {
            if (hunk.Count > 0 && block.DeleteStartA - (hunk[^1].DeleteStartA + hunk[^1].DeleteCountA) > 2 * Context)
            {
                yield return hunk;
                hunk = [];
            }

            hunk.Add(block);
        }

        if (hunk.Count > 0) yield return hunk;
    }

    private static void AddHunk(List<string> lines, DiffResult diff, List<DiffBlock> hunk)
    {
        IReadOnlyList<string> old = diff.PiecesOld, @new = diff.PiecesNew;
        int before = Math.Min(Context, hunk[0].DeleteStartA);
        int endA = hunk[^1].DeleteStartA + hunk[^1].DeleteCountA;
        int after = Math.Min(Context, old.Count - endA);
        int startA = hunk[0].DeleteStartA - before, startB = hunk[0].InsertStartB - before;
        int countA = endA + after - startA;
        int countB = hunk[^1].InsertStartB + hunk[^1].InsertCountB + after - startB;
        lines.Add($"@@ -{(countA == 0 ? 0 : startA + 1)},{countA} +{startB + 1},{countB} @@");

        int a = startA;
        foreach (DiffBlock block in hunk)
        {
            for (; a < block.DeleteStartA; a++) lines.Add(" " + MaskLine(old[a]));
            for (; a < block.DeleteStartA + block.DeleteCountA; a++) lines.Add("-" + MaskLine(old[a]));
            for (int b = block.InsertStartB; b < block.InsertStartB + block.InsertCountB; b++) lines.Add("+" + MaskLine(@new[b]));
        }

        for (; a < endA + after; a++) lines.Add(" " + MaskLine(old[a]));
    }

    /// <summary>A line of YAML, of an environment file or of a unit file with everything masked that could be a secret.</summary>
    internal static string MaskLine(string line)
    {
        string content = line.TrimStart(' ', '\t', '\uFEFF');
        string indent = line[..^content.Length].TrimStart('\uFEFF');
        if (content.Length == 0) return "";
        if (content[0] is '#' or ';') return indent + content[0] + " " + Mask;
        if (content is "[Service]" or "---" or "...") return indent + content;
        Match match = Assignment().Match(content);
        if (!match.Success) return indent + (content.StartsWith("- ", StringComparison.Ordinal) ? "- " : "") + Mask;
        (string value, bool comment) = Split(match.Groups["value"].Value);
        StringBuilder masked = new(indent);
        masked.Append(match.Groups["head"].ValueSpan).Append(match.Groups["space"].ValueSpan);
        masked.Append(IsHarmless(match.Groups["key"].Value, value) ? value : Mask);
        return masked.ToString().TrimEnd() + (comment ? "  # " + Mask : "");
    }

    private static (string Value, bool Comment) Split(string rest)
    {
        if (rest.StartsWith('#')) return ("", true);
        int comment = rest.IndexOf(" #", StringComparison.Ordinal);
        return comment < 0 ? (rest.TrimEnd(), false) : (rest[..comment].TrimEnd(), true);
    }

    private static bool IsHarmless(string key, string value) =>
        value.Length == 0 || Harmless().IsMatch(value) || (Number().IsMatch(value) && !SecretName().IsMatch(key))
        || key is "LITELLM_CONFIG" or "EnvironmentFile" || value.StartsWith("\"LITELLM_CONFIG=", StringComparison.Ordinal);

    // A key of YAML with its dash, or a variable's name before an equals sign; what else looks like one may be a piece of a secret.
    [GeneratedRegex("""^(?<head>(?:- +)*["']?(?<key>[A-Za-z_][A-Za-z0-9_.\-]{0,60})["']?\s*:(?=\s|$)|(?<key>[A-Z][A-Z0-9_]{0,60}|Environment|EnvironmentFile)\s*=)(?<space>\s*)(?<value>.*)$""", RegexOptions.CultureInvariant)]
    private static partial Regex Assignment();

    [GeneratedRegex("""^["']?(?:os\.environ/[A-Za-z_][A-Za-z0-9_]*|true|false|yes|no|on|off|null|redis|qdrant-semantic|redis-semantic|local|INFO|DEBUG|WARNING|ERROR|enforce|shadow|closed|open|hx|127\.0\.0\.1|[|>][+\-0-9]*|\{\}|\[\]|~)["']?$""",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Harmless();

    [GeneratedRegex(@"^\d{1,6}(\.\d{1,3})?$", RegexOptions.CultureInvariant)]
    private static partial Regex Number();

    [GeneratedRegex("pass|pwd|secret|key|token|pin|code|salt", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();
}
