using System.Diagnostics;
using HxFunctions.Core.Telemetry;
using HxFunctions.Servers;
using HxFunctions.Tests;

namespace HxFunctions.SystemTests.Packaging;

/// <summary>eng/release-notes, which the release workflow cuts the notes with.</summary>
public sealed class ReleaseNotesTests : IDisposable
{
    private const string Changelog = """
        # Changelog

        ## Unreleased

        ## 1.2.0 (2026-12-01)

        - New: [a page](docs/faq.md#b) and [a place](https://example.org/x).

        More.

        ## 1.1.0 (2026-11-01)

        - Old.

        ## 1x2x0 (2026-11-01)

        - No version.

        ## 1.0.0 (not yet released)

        - First.

        ## 0.9.0 (2026-10-01)

        """;

    private readonly ThrowAwayDirectory _directory = new("hx-notes-");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Notes_are_the_section_of_that_version_alone()
    {
        Assert.Equal(
            (0, "- New: [a page](docs/faq.md#b) and [a place](https://example.org/x).\n\nMore.\n", ""),
            await RunAsync(Changelog, "1.2.0")
        );
        Assert.Equal((0, "- Old.\n", ""), await RunAsync(Changelog, "1.1.0"));
    }

    [Fact]
    public async Task Links_lead_to_the_sources_of_that_version() =>
        Assert.StartsWith(
            "- New: [a page](https://example.org/r/blob/v1.2.0/docs/faq.md#b) and [a place](https://example.org/x).",
            (await RunAsync(Changelog, "1.2.0", "https://example.org/r/")).Output,
            StringComparison.Ordinal
        );

    [Theory]
    [InlineData("1.0.0", "no heading \"## 1.0.0 (YYYY-MM-DD)\"")]
    [InlineData("2.0.0", "no heading")]
    [InlineData("1.2", "no heading")]
    [InlineData("0.9.0", "says nothing of 0.9.0")]
    public async Task Version_that_can_not_be_released_is_refused_with_the_reason(string version, string reason)
    {
        (int code, string output, string error) = await RunAsync(Changelog, version);
        Assert.Equal((1, ""), (code, output));
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("## Unreleased\n", "## Unreleased\n\n- Forgotten.\n", "changes under \"Unreleased\"")]
    [InlineData("## 1.1.0 ", "## 1.2.0 ", "more than once")]
    public async Task Changelog_that_is_not_ready_is_refused(string ready, string not, string reason)
    {
        (int code, _, string error) = await RunAsync(Changelog.Replace(ready, not, StringComparison.Ordinal), "1.2.0");
        Assert.Equal(1, code);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Missing_version_is_misuse() => Assert.Equal(2, (await RunAsync(Changelog)).Code);

    /// <summary>Ours: whatever is in it, releasing this version needs nothing but headings.</summary>
    [Fact]
    public async Task Changelog_of_the_project_gives_notes_once_its_headings_are_those_of_a_release()
    {
        string changelog = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "CHANGELOG.md"));
        string[] headings = [.. changelog.Split('\n').Where(line => line.StartsWith("## ", StringComparison.Ordinal))];
        Assert.Equal("## Unreleased", headings[0]);
        Assert.All(headings[1..], heading => Assert.Matches(@"^## \d+\.\d+\.\d+ \((\d{4}-\d{2}-\d{2}|not yet released)\)$", heading));
        string released = changelog
            .Replace($"\n## {ProductVersion.Text} ", "\n## 0.0.0 ", StringComparison.Ordinal)
            .Replace("\n## Unreleased\n", $"\n## Unreleased\n\n## {ProductVersion.Text} (2026-12-01)\n", StringComparison.Ordinal);

        (int code, string output, string error) = await RunAsync(released, ProductVersion.Text);

        Assert.Equal((0, ""), (code, error));
        Assert.StartsWith("- ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\n## ", output, StringComparison.Ordinal);
    }

    private async Task<(int Code, string Output, string Error)> RunAsync(string changelog, params string[] arguments)
    {
        string file = Path.Combine(_directory.Path, "CHANGELOG.md");
        await File.WriteAllTextAsync(file, changelog);
        ProcessStartInfo info = ExternalProgram.StartInfo(Path.Combine(Repository.Root, "eng", "release-notes"), arguments, user: null);
        info.Environment["HX_CHANGELOG"] = file;
        return await DotnetCommand.ExitAsync(info);
    }
}
