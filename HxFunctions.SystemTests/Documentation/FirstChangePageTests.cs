using System.Text.RegularExpressions;
using HxFunctions.Tests;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Serving;
using Microsoft.CodeAnalysis.CSharp;

namespace HxFunctions.SystemTests.Documentation;

/// <summary>docs/first-change.md: what it names is there, and the change that it makes can be made.</summary>
public sealed partial class FirstChangePageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "first-change.md"));

    [Fact]
    public void Every_path_and_link_exists()
    {
        string[] paths = [.. NamedPath().Matches(Page).Select(match => match.Groups[1].Value).Distinct()];
        Assert.True(paths.Length > 15, string.Join(' ', paths));
        Assert.All(paths, path => Assert.True(Path.Exists(Path.Combine(Repository.Root, path)), path));
        Assert.All(
            Link().Matches(Page).Select(match => match.Groups[1].Value),
            link => Assert.True(File.Exists(Path.Combine(Repository.Root, "docs", link)), link)
        );
    }

    [Fact]
    public void Change_can_be_made_once_and_gives_code()
    {
        Match[] changes = [.. Change().Matches(Page).Cast<Match>()];
        Assert.Equal(2, changes.Length);
        foreach (Match change in changes)
        {
            string file = change.Groups[1].Value,
                code = File.ReadAllText(Path.Combine(Repository.Root, file));
            string before = Side(change.Groups[2].Value, '-'),
                after = Side(change.Groups[2].Value, '+');
            // It is what the page shows, and it is there once.
            Assert.Equal(2, code.Split(before).Length);
            string changed = code.Replace(before, after, StringComparison.Ordinal);
            Assert.Empty(CSharpSyntaxTree.ParseText(changed).GetDiagnostics());
            Assert.All(after.Split('\n'), line => Assert.InRange(line.Length, 0, 140));
        }
    }

    /// <summary>What the page says of today's answer.</summary>
    [Fact]
    public async Task Today_the_answer_does_not_name_what_is_configured()
    {
        await using HxInstance hx = await Surface.StartAsync(
            null,
            ("PG_URL", "postgresql://127.0.0.1:1/x"),
            ("GUARD_ROUTES", "/v1/keys=postgres")
        );
        RawResponse answer = await hx.RawAsync("GET /health/nobody");
        Assert.Equal(404, answer.Status);
        Assert.Contains("No such dependency is configured.", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("postgres", answer.Body, StringComparison.Ordinal);
        Assert.NotEqual(404, (await hx.RawAsync("GET /health/db")).Status);
    }

    private static string Side(string hunk, char sign) =>
        string.Concat(
            hunk.Split('\n').Where(line => line.Length > 0 && (line[0] == ' ' || line[0] == sign)).Select(line => line[1..] + "\n")
        );

    [GeneratedRegex(@"`((?:[\w.-]+/)+[\w.-]*|[A-Z]+\.md)`")]
    private static partial Regex NamedPath();

    [GeneratedRegex(@"\]\(([^)#:]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^```diff\n--- a/\S+\n\+\+\+ b/(\S+)\n@@[^\n]*\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Change();
}
