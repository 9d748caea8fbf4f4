using System.Text.RegularExpressions;

namespace HxFunctions.Tests.Documentation;

/// <summary>Every relative link, picture and anchor in the Markdown files of the tree leads somewhere.</summary>
public sealed partial class MarkdownLinkTests
{
    private static readonly Dictionary<string, MarkdownPage> Pages = Directory
        .EnumerateFiles(Repository.Root, "*.md", SearchOption.AllDirectories)
        .Where(file => !NotOurs().IsMatch(Path.GetRelativePath(Repository.Root, file)))
        .ToDictionary(file => file, file => MarkdownPage.Read(File.ReadAllText(file)));

    public static TheoryData<string> Files => [.. Pages.Keys.Select(file => Path.GetRelativePath(Repository.Root, file)).Order()];

    [Theory]
    [MemberData(nameof(Files))]
    public void Links_and_pictures_of_a_page_exist(string file)
    {
        string path = Path.Combine(Repository.Root, file);
        Assert.Empty(Pages[path].Links.Select(link => Fault(path, link)).OfType<string>());
    }

    [Fact]
    public void Pages_and_links_are_found_where_they_are()
    {
        Assert.Contains(Path.Combine(Repository.Root, "docs", "knowledge.md"), Pages.Keys);
        Assert.True(Pages.Count > 30, $"{Pages.Count} pages");
        Assert.True(Pages.Values.Sum(page => page.Links.Count(link => !HasScheme().IsMatch(link))) > 150);
        Assert.True(Pages.Values.Sum(page => page.Links.Count(link => link.Contains('#', StringComparison.Ordinal))) > 20);
    }

    [Theory]
    [InlineData("knowledge.md#bounds", false)]
    [InlineData("#bounds", false)]
    [InlineData("../infra/kubernetes", false)]
    [InlineData("../HxFunctions.Core/Snapshots/DetectionBounds.cs#L10-L20", false)]
    [InlineData("https://example.com/nothing.md#x", false)]
    [InlineData("knowledge.md#no-such-heading", true)]
    [InlineData("#no-such-heading", true)]
    [InlineData("no-such-page.md", true)]
    [InlineData("Knowledge.md", true)]
    [InlineData("/docs/knowledge.md", true)]
    [InlineData("../../outside.md", true)]
    [InlineData("../HxFunctions.sln#bounds", true)]
    public void Fault_is_found(string link, bool isFault) =>
        Assert.Equal(isFault, Fault(Path.Combine(Repository.Root, "docs", "knowledge.md"), link) is not null);

    [Theory]
    [InlineData("Two hosts, one list of endpoints", "two-hosts-one-list-of-endpoints")]
    [InlineData("Limits of `hx serve`", "limits-of-hx-serve")]
    [InlineData("What's a [lease](x.md)?", "whats-a-lease")]
    [InlineData("read_only & more", "read_only--more")]
    public void Heading_has_the_anchor_that_GitHub_gives_it(string heading, string anchor) =>
        Assert.Equal(anchor, MarkdownPage.Slug(heading));

    [Fact]
    public void Page_is_read_as_Markdown_reads_it()
    {
        MarkdownPage page = MarkdownPage.Read(
            """
            # Page
            [a](one.md) and [`b`](two.md#x "title"), [![badge](badge.svg)](three.md), `[not](code.md)`
            <img src="four.png"> <source srcset="five.png 1x, six.png 2x"> <a id="old"></a>

            [ref]: <seven.md>
            ## Part
            ```sh
            # comment
            [not](fenced.md)
            ```
            ## Part
            """
        );

        Assert.Equal(["one.md", "two.md#x", "badge.svg", "three.md", "seven.md", "four.png", "five.png", "six.png"], page.Links);
        Assert.Equal(["old", "page", "part", "part-1"], page.Anchors.Order());
    }

    /// <summary>What is wrong with a link of a page; null when nothing is, or when it leads elsewhere.</summary>
    private static string? Fault(string page, string link)
    {
        if (HasScheme().IsMatch(link))
        {
            return null;
        }

        string[] parts = link.Split('#', 2);
        string target = parts[0].Length == 0 ? page : Path.GetFullPath(Uri.UnescapeDataString(parts[0]), Path.GetDirectoryName(page)!);
        if (!target.StartsWith(Repository.Root, StringComparison.Ordinal) || !(File.Exists(target) || Directory.Exists(target)))
        {
            return $"{link}: no such file";
        }

        bool isFound =
            parts.Length == 1
            || (Pages.TryGetValue(target, out MarkdownPage? other) ? other.Anchors.Contains(parts[1]) : LineNumber().IsMatch(parts[1]));
        return isFound ? null : $"{link}: no such heading";
    }

    [GeneratedRegex(@"(^|[/\\])(bin|obj|artifacts|StrykerOutput|node_modules|\.(?!github)[^/\\]+)[/\\]")]
    private static partial Regex NotOurs();

    [GeneratedRegex("^[a-zA-Z][a-zA-Z0-9+.-]*:|^//")]
    private static partial Regex HasScheme();

    [GeneratedRegex("^L[0-9]+(-L[0-9]+)?$")]
    private static partial Regex LineNumber();
}
