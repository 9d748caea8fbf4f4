using System.Text.RegularExpressions;

namespace HxFunctions.Tests.Documentation;

/// <summary>What a Markdown page links to, and the anchors that it has. Code, in fences or in backticks, has neither.</summary>
internal sealed partial class MarkdownPage
{
    private MarkdownPage(IReadOnlyList<string> links, IReadOnlySet<string> anchors)
    {
        Links = links;
        Anchors = anchors;
    }

    /// <summary>Targets of links and images, as written, in the order of the page.</summary>
    public IReadOnlyList<string> Links { get; }

    public IReadOnlySet<string> Anchors { get; }

    public static MarkdownPage Read(string text)
    {
        string prose = Fence().Replace(text.ReplaceLineEndings("\n"), "");
        string linked = CodeSpan().Replace(prose, "code");
        string[] links =
        [
            .. InlineLink().Matches(linked).Select(match => match.Groups[1].Value),
            .. LinkDefinition().Matches(linked).Select(match => match.Groups[1].Value),
            .. HtmlLink().Matches(linked).SelectMany(match => Sources(match.Groups[1].Value, match.Groups[2].Value)),
        ];

        HashSet<string> anchors = [.. HtmlAnchor().Matches(linked).Select(match => match.Groups[1].Value)];
        Dictionary<string, int> seen = new(StringComparer.Ordinal);
        foreach (Match heading in Heading().Matches(prose))
        {
            string slug = Slug(heading.Groups[1].Value);
            int count = seen.GetValueOrDefault(slug);
            seen[slug] = count + 1;
            anchors.Add(count == 0 ? slug : $"{slug}-{count}");
        }

        return new MarkdownPage(links, anchors);
    }

    /// <summary>The anchor of a heading: lower case, without punctuation, hyphens for spaces. A second heading of the same name gets "-1".
    /// The rule is GitHub's (lib/html/pipeline/toc_filter.rb in gjtorikian/html-pipeline).</summary>
    public static string Slug(string heading) =>
        Punctuation().Replace(HeadingLink().Replace(heading.Trim(), "$1").ToLowerInvariant(), "").Replace(' ', '-');

    /// <summary>A srcset has several sources, each with an optional width behind it.</summary>
    private static IEnumerable<string> Sources(string attribute, string value) =>
        attribute.Equals("srcset", StringComparison.OrdinalIgnoreCase)
            ? value.Split(',', StringSplitOptions.TrimEntries).Select(source => source.Split(' ')[0])
            : [value];

    [GeneratedRegex(@"^ {0,3}(`{3,}|~{3,})[^\n]*\n.*?(?:^ {0,3}\1[`~]*[ ]*$|\z)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"(?<!`)(`+)(?!`)(?:(?!\n\n).)+?(?<!`)\1(?!`)", RegexOptions.Singleline)]
    private static partial Regex CodeSpan();

    /// <summary>Only the target is matched: a picture inside a link's text has one of its own.</summary>
    [GeneratedRegex(@"\]\(\s*<?([^)\s>]+)>?(?:\s+""[^""]*"")?\s*\)")]
    private static partial Regex InlineLink();

    [GeneratedRegex(@"^ {0,3}\[[^\]\n]+\]:\s*<?([^\s>]+)", RegexOptions.Multiline)]
    private static partial Regex LinkDefinition();

    [GeneratedRegex(@"<(?:a|img|source)\b[^>]*?\b(href|src|srcset)=""([^""]+)""", RegexOptions.IgnoreCase)]
    private static partial Regex HtmlLink();

    [GeneratedRegex(@"<[a-z0-9]+\b[^>]*?\b(?:id|name)=""([^""]+)""", RegexOptions.IgnoreCase)]
    private static partial Regex HtmlAnchor();

    [GeneratedRegex(@"^ {0,3}#{1,6}[ ]+(.+?)(?:[ ]+#+)?[ ]*$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"!?\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex HeadingLink();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex Punctuation();
}
