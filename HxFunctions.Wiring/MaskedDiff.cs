using System.Collections.Frozen;
using System.Text.RegularExpressions;
using DiffPlex;
using DiffPlex.Chunkers;
using DiffPlex.Model;
using HxFunctions.Core.Configuration;

namespace HxFunctions.Wiring;

/// <summary>
/// A unified diff that can be shown to anybody: of every line only what can't be a secret, that is known names, references to the
/// environment, switches and some numbers. Lines that stay are masked as well, since a configuration holds keys of all sorts.
/// </summary>
internal static partial class MaskedDiff
{
    private const int Context = 3;
    private const string Mask = "***";
    private const int MaxKeyLength = 40;

    /// <summary>Enough for <c>s3_bucket</c> or <c>gpt_35</c>, too few for a random text.</summary>
    private const int MaxKeyDigits = 2;

    /// <summary>Names in environment and unit files, beside <see cref="Variables.All"/>, that hx itself writes.</summary>
    private static readonly FrozenSet<string> OwnNames = FrozenSet.Create(
        StringComparer.Ordinal,
        "DATABASE_URL",
        "HX_REDIS_URL",
        "REDIS_HOST",
        "REDIS_PORT",
        "REDIS_USERNAME",
        "REDIS_PASSWORD",
        "REDIS_DB",
        "LITELLM_CONFIG",
        "Environment",
        "EnvironmentFile"
    );

    /// <summary>Keys of LiteLLM's whose numbers are no secrets; any other number may be a PIN or a licence.</summary>
    private static readonly FrozenSet<string> NumericKeys = FrozenSet.Create(
        StringComparer.Ordinal,
        "port",
        "db",
        "ttl",
        "default_in_memory_ttl",
        "default_redis_ttl",
        "num_retries",
        "max_retries",
        "retry_after",
        "timeout",
        "request_timeout",
        "stream_timeout",
        "socket_timeout",
        "database_connection_timeout",
        "database_connection_pool_limit",
        "max_connections",
        "rpm",
        "tpm",
        "weight",
        "allowed_fails",
        "cooldown_time",
        "max_parallel_requests",
        "global_max_parallel_requests",
        "default_max_parallel_requests",
        "proxy_batch_write_at",
        "health_check_interval",
        "max_tokens",
        "temperature",
        "similarity_threshold",
        "num_workers"
    );

    /// <param name="name">The file's name in the header.</param>
    /// <param name="before"><see langword="null"/>: the file is new.</param>
    /// <returns>Lines without ends; none when nothing differs.</returns>
    public static IReadOnlyList<string> Lines(string name, string? before, string after)
    {
        DiffResult diff = Differ.Instance.CreateDiffs(
            WithoutLastBreak(before ?? ""),
            WithoutLastBreak(after),
            ignoreWhiteSpace: false,
            ignoreCase: false,
            new LineChunker()
        );
        List<string> lines = [$"--- {(before is null ? "(no file)" : name)}", $"+++ {name}"];
        foreach (List<DiffBlock> hunk in Hunks(diff.DiffBlocks))
        {
            AddHunk(lines, diff, hunk);
        }

        if (lines.Count == 2)
        {
            return before == after ? [] : [.. lines, "(only line endings differ)"];
        }

        return lines;
    }

    /// <summary>Else there would be an empty line behind it.</summary>
    private static string WithoutLastBreak(string text) =>
        text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2]
        : text.EndsWith('\n') ? text[..^1]
        : text;

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

        if (hunk.Count > 0)
        {
            yield return hunk;
        }
    }

    private static void AddHunk(List<string> lines, DiffResult diff, List<DiffBlock> hunk)
    {
        IReadOnlyList<string> old = diff.PiecesOld,
            @new = diff.PiecesNew;
        bool[] goesOnInOld = ContinuationLines.Of(old),
            goesOnInNew = ContinuationLines.Of(@new);
        int before = Math.Min(Context, hunk[0].DeleteStartA);
        int endA = hunk[^1].DeleteStartA + hunk[^1].DeleteCountA;
        int after = Math.Min(Context, old.Count - endA);
        int startA = hunk[0].DeleteStartA - before,
            startB = hunk[0].InsertStartB - before;
        int countA = endA + after - startA;
        int countB = hunk[^1].InsertStartB + hunk[^1].InsertCountB + after - startB;
        lines.Add($"@@ -{(countA == 0 ? 0 : startA + 1)},{countA} +{startB + 1},{countB} @@");

        int a = startA;
        foreach (DiffBlock block in hunk)
        {
            for (; a < block.DeleteStartA; a++)
            {
                lines.Add(" " + MaskLine(old[a], goesOnInOld[a]));
            }

            for (; a < block.DeleteStartA + block.DeleteCountA; a++)
            {
                lines.Add("-" + MaskLine(old[a], goesOnInOld[a]));
            }

            for (int b = block.InsertStartB; b < block.InsertStartB + block.InsertCountB; b++)
            {
                lines.Add("+" + MaskLine(@new[b], goesOnInNew[b]));
            }
        }

        for (; a < endA + after; a++)
        {
            lines.Add(" " + MaskLine(old[a], goesOnInOld[a]));
        }
    }

    /// <summary>A line of YAML, of an environment file or of a unit file with everything masked that could be a secret.</summary>
    /// <remarks>
    /// Even a name is shown only if it is known, or is a word as configuration keys are: other names may be secrets themselves.
    /// </remarks>
    /// <param name="goesOn">Whether it goes on with a value from a line before (<see cref="ContinuationLines"/>).</param>
    internal static string MaskLine(string line, bool goesOn = false)
    {
        string content = line.TrimStart(' ', '\t', '\uFEFF');
        string indent = line[..^content.Length].TrimStart('\uFEFF');
        if (content.Length == 0)
        {
            return "";
        }

        if (goesOn)
        {
            return indent + Mask;
        }

        if (content[0] is '#' or ';')
        {
            return indent + content[0] + " " + Mask;
        }

        if (content is "[Service]" or "---" or "...")
        {
            return indent + content;
        }

        if (YamlEntry().Match(content) is { Success: true } entry && IsKey(entry.Groups["key"].Value))
        {
            return indent + MaskValue(entry, IsHarmlessInYaml);
        }

        if (Assignment().Match(content) is { Success: true } assignment && IsName(assignment.Groups["key"].Value))
        {
            return indent + MaskValue(assignment, IsHarmlessInEnvironment);
        }

        return indent + (content.StartsWith("- ", StringComparison.Ordinal) ? "- " : "") + Mask;
    }

    private static string MaskValue(Match match, Func<string, string, bool> isHarmless)
    {
        (string value, bool comment) = Split(match.Groups["value"].Value);
        string shown = value.Length == 0 || isHarmless(match.Groups["key"].Value, value) ? value : Mask;
        return $"{match.Groups["head"].ValueSpan}{match.Groups["space"].ValueSpan}{shown}".TrimEnd() + (comment ? "  # " + Mask : "");
    }

    private static (string Value, bool Comment) Split(string rest)
    {
        if (rest.StartsWith('#'))
        {
            return ("", true);
        }

        int comment = rest.IndexOf(" #", StringComparison.Ordinal);
        return comment < 0 ? (rest.TrimEnd(), false) : (rest[..comment].TrimEnd(), true);
    }

    private static bool IsKey(string key) => key.Length <= MaxKeyLength && key.Count(char.IsAsciiDigit) <= MaxKeyDigits;

    private static bool IsName(string name) => Variables.ByName.ContainsKey(name) || OwnNames.Contains(name);

    private static bool IsHarmlessInYaml(string key, string value)
    {
        if (Reference().IsMatch(value) || Structure().IsMatch(value))
        {
            return true;
        }

        if (SecretName().IsMatch(key))
        {
            return false;
        }

        return Word().IsMatch(value) || (NumericKeys.Contains(key) && Number().IsMatch(value));
    }

    private static bool IsHarmlessInEnvironment(string name, string value)
    {
        switch (name)
        {
            case "LITELLM_CONFIG" or "EnvironmentFile":
                return FilePath().IsMatch(value);
            case "Environment":
                return ConfigAssignment().IsMatch(value);
        }

        if (NumericName().IsMatch(name) && Number().IsMatch(value))
        {
            return true;
        }

        return Variables.ByName.TryGetValue(name, out Variable? variable)
            && !variable.Secret
            && (value == variable.Default || Word().IsMatch(value));
    }

    // With its dash. A key in other letters than these may be a secret itself: LiteLLM's user_keys are.
    [GeneratedRegex(
        """^(?<head>(?:- +)*(?<quote>["']?)(?<key>[a-z][a-z0-9_]*)\k<quote>\s*:(?=\s|$))(?<space>\s*)(?<value>.*)$""",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex YamlEntry();

    [GeneratedRegex(
        "^(?<head>(?<key>[A-Z][A-Z0-9_]*|Environment|EnvironmentFile)\\s*=)(?<space>\\s*)(?<value>.*)$",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex Assignment();

    [GeneratedRegex("""^(?<quote>["']?)os\.environ/[A-Za-z_][A-Za-z0-9_]*\k<quote>$""", RegexOptions.CultureInvariant)]
    private static partial Regex Reference();

    /// <summary>What says that there is no value, or that it follows below.</summary>
    [GeneratedRegex(@"^(?:null|~|\{\}|\[\]|[|>](?:[+\-][1-9]?|[1-9][+\-]?)?)$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Structure();

    [GeneratedRegex(
        """^(?<quote>["']?)(?:true|false|yes|no|on|off|redis|qdrant-semantic|redis-semantic|local|INFO|DEBUG|WARNING|ERROR|enforce|shadow|closed|open|hx|127\.0\.0\.1)\k<quote>$""",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase
    )]
    private static partial Regex Word();

    [GeneratedRegex(@"^\d{1,6}(\.\d{1,3})?$", RegexOptions.CultureInvariant)]
    private static partial Regex Number();

    [GeneratedRegex(
        "^(?:[A-Z_]+_(?:TIMEOUT|INTERVAL|CONNECTIONS|PORT)|HEALTH_FALL|HEALTH_RISE|GUARD_MAX_STALENESS|REDIS_DB)$",
        RegexOptions.CultureInvariant
    )]
    private static partial Regex NumericName();

    [GeneratedRegex("pass|pwd|secret|key|token|pin|otp|code|salt|auth|cred|license|user", RegexOptions.CultureInvariant)]
    private static partial Regex SecretName();

    /// <summary>The whole rest of the line, with nothing that could be a second assignment.</summary>
    [GeneratedRegex("""^-?(?<quote>["']?)/[^"'=]*\k<quote>$""", RegexOptions.CultureInvariant)]
    private static partial Regex FilePath();

    /// <summary>This variable alone: more may follow behind its quotes.</summary>
    [GeneratedRegex("""^"LITELLM_CONFIG=(?:[^"\\]|\\.)*"$""", RegexOptions.CultureInvariant)]
    private static partial Regex ConfigAssignment();
}
