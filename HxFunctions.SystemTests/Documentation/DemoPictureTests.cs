using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Documentation;

/// <summary>docs/images/demo.svg, which eng/demo-picture draws from a real run: still what <c>hx demo</c> tells.</summary>
public sealed partial class DemoPictureTests
{
    private static readonly string File = Path.Combine(Repository.Root, "docs", "images", "demo.svg");
    private static readonly XDocument Picture = XDocument.Load(File);

    private static string Text =>
        string.Join('\n', Picture.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value.Trim()));

    /// <summary>What the demo's code says is in the picture. When this fails: eng/demo-picture.</summary>
    [Fact]
    public void Sentences_of_the_demo_are_in_the_picture()
    {
        string code = System.IO.File.ReadAllText(Path.Combine(Repository.Root, "HxFunctions.Cli", "Demo", "DemoStep.cs"));
        string[] sentences =
        [
            .. Sentence().Matches(code).Select(match => match.Groups[1].Value).Where(s => s.Contains(' ', StringComparison.Ordinal)),
        ];
        Assert.True(sentences.Length >= 8, string.Join('\n', sentences));
        Assert.All(sentences, sentence => Assert.Contains(sentence, Text, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_step_came_true()
    {
        Assert.Contains("Every step came true. Exit code 0.", Text, StringComparison.Ordinal);
        Assert.Equal(4, Text.Split('\n').Count(line => line == "yes"));
    }

    /// <summary>A page shows it as an image: nothing may come from elsewhere or run.</summary>
    [Fact]
    public void Picture_is_small_and_needs_nothing()
    {
        Assert.InRange(new FileInfo(File).Length, 10_000, 200_000);
        Assert.DoesNotContain(Picture.Descendants(), e => e.Name.LocalName is "script" or "image" or "foreignObject" or "a");
        Assert.DoesNotContain("url(", System.IO.File.ReadAllText(File), StringComparison.Ordinal);
        string size = Picture.Root!.Attribute("width")!.Value;
        Assert.InRange(int.Parse(size, CultureInfo.InvariantCulture), 600, 1_000);
    }

    [GeneratedRegex("\"((?:PostgreSQL|Redis)[^\"{]*)\"")]
    private static partial Regex Sentence();
}
