using System.CommandLine;
using System.Text.RegularExpressions;
using HxFunctions.Cli.Commands;
using HxFunctions.Tests;
using HxFunctions.Tests.Commands;

namespace HxFunctions.SystemTests.Documentation;

/// <summary>Every <c>hx …</c> in the documentation is one that hx understands. Nothing is run: other tests do that.</summary>
public sealed partial class DocumentedCommandTests
{
    private static readonly RootCommand Root = HxCommand.CreateRoot();

    /// <summary>By file and command line.</summary>
    public static TheoryData<string, string> Lines => Each(FencedCommands);

    public static TheoryData<string, string> Mentions =>
        Each(text => InlineCommand().Matches(text).SelectMany(match => Alternatives(match.Groups[1].Value)));

    [Theory]
    [MemberData(nameof(Lines))]
    public void Line_to_type_is_complete(string file, string line) =>
        Assert.True(Parse(line) is { Errors: [] }, $"{file}: {line}: {string.Join(' ', Parse(line).Errors)}");

    /// <summary>In running text a command may lack its arguments, but not be unknown.</summary>
    [Theory]
    [MemberData(nameof(Mentions))]
    public void Command_in_a_sentence_exists(string file, string line) =>
        Assert.True(Parse(line) is { UnmatchedTokens: [] }, $"{file}: {line}");

    [Fact]
    public void Commands_are_found_where_they_are()
    {
        Assert.True(Lines.Count > 15 && Mentions.Count > 40, $"{Lines.Count} lines, {Mentions.Count} mentions");
        Assert.NotEmpty(Parse("hx guard /a /b").UnmatchedTokens);
        Assert.NotEmpty(Parse("hx override closed --reasn x").Errors);
        Assert.Equal(["hx wire plan", "hx wire apply"], Alternatives(@"hx wire plan\|apply"));
        Assert.Equal(["hx check --json"], FencedCommands("```sh\n$ hx check \\\n   --json   # all\n```"));
    }

    [Fact]
    public void Every_command_is_in_the_readme()
    {
        string readme = File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        Assert.All(Root.Subcommands, command => Assert.Contains($"| `hx {command.Name}", readme, StringComparison.Ordinal));
    }

    private static ParseResult Parse(string line) => Root.Parse(CommandLineWords.Of(line)[1..]);

    /// <summary>Lines of fenced blocks that begin with hx, or with the way to run it from the sources; continued lines joined, comments
    /// cut.</summary>
    private static IEnumerable<string> FencedCommands(string text) =>
        Fence()
            .Matches(text)
            .SelectMany(fence => Continued().Replace(fence.Groups[1].Value, " ").Split('\n'))
            .Select(line => FromSources().Replace(line.Trim(), "hx "))
            .Where(line => line.StartsWith("hx ", StringComparison.Ordinal))
            .Select(line => Comment().Replace(line, ""));

    /// <summary>"plan|apply" is one command line for each.</summary>
    private static IEnumerable<string> Alternatives(string span)
    {
        string[] words = span.Replace(@"\|", "|", StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int choice = Array.FindIndex(words, word => word.Contains('|', StringComparison.Ordinal));
        return choice < 0
            ? [string.Join(' ', words)]
            : words[choice].Split('|').Select(one => string.Join(' ', [.. words[..choice], one, .. words[(choice + 1)..]]));
    }

    private static TheoryData<string, string> Each(Func<string, IEnumerable<string>> find)
    {
        TheoryData<string, string> found = [];
        foreach (
            string path in Directory
                .EnumerateFiles(Repository.Root, "*.md")
                .Concat(
                    new[] { "docs", "infra", "containers", "bench", "samples", "HxFunctions.AspNetCore" }.SelectMany(folder =>
                        Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.md", SearchOption.AllDirectories)
                    )
                )
                .Order(StringComparer.Ordinal)
        )
        {
            foreach (string line in find(File.ReadAllText(path)).Distinct())
            {
                found.Add(Path.GetRelativePath(Repository.Root, path), line);
            }
        }

        return found;
    }

    [GeneratedRegex(@"^```[a-z]*\n(.*?)^```", RegexOptions.CultureInvariant | RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"(?<![`\w])`(hx [^`\n]*)`", RegexOptions.CultureInvariant)]
    private static partial Regex InlineCommand();

    [GeneratedRegex(@"\s*\\\n\s*", RegexOptions.CultureInvariant)]
    private static partial Regex Continued();

    [GeneratedRegex(@"^(?:\$ )?(?:dotnet run --project HxFunctions\.Cli -- |hx (?!\())", RegexOptions.CultureInvariant)]
    private static partial Regex FromSources();

    [GeneratedRegex(@"\s+#.*$", RegexOptions.CultureInvariant)]
    private static partial Regex Comment();
}
