using System.Text.RegularExpressions;

namespace HxFunctions.Tests.Architecture;

/// <summary>What neither the formatter nor the compiler holds.</summary>
public sealed partial class SourceTests
{
    private const int MaxWidth = 140;

    [Fact]
    public void No_line_is_wider_than_the_formatter_makes_them()
    {
        Assert.Empty(
            Sources()
                .SelectMany(file =>
                    TooWide(File.ReadAllText(file)).Select(number => $"{Path.GetRelativePath(Repository.Root, file)}:{number}")
                )
        );
    }

    [Fact]
    public void Nothing_is_left_for_later_and_no_context_is_left()
    {
        Assert.Empty(
            Sources()
                .SelectMany(file => Unwanted().Matches(File.ReadAllText(file)).Select(found => $"{Path.GetFileName(file)}: {found.Value}"))
        );
    }

    /// <summary>What a driver throws when a timer cancels it would end the process; see <c>Deadline</c>.</summary>
    [Fact]
    public void Time_limit_in_Core_is_a_Deadline()
    {
        string core = Path.Combine(Repository.Root, "HxFunctions.Core") + Path.DirectorySeparatorChar;
        Assert.Empty(
            Sources()
                .Where(file => file.StartsWith(core, StringComparison.Ordinal) && TimedSource().IsMatch(File.ReadAllText(file)))
                .Select(Path.GetFileName)
        );
    }

    [Theory]
    [InlineData("using CancellationTokenSource timer = new(limit, time);", true)]
    [InlineData("using CancellationTokenSource timer = new CancellationTokenSource(500);", true)]
    [InlineData("source.CancelAfter(limit);", true)]
    [InlineData("CancellationTokenSource source = new();", false)]
    public void Timed_source_is_found(string text, bool found) => Assert.Equal(found, TimedSource().IsMatch(text));

    [Theory]
    [InlineData(139, "", false)]
    [InlineData(140, "", false)]
    [InlineData(141, "", true)]
    [InlineData(200, "// see https://example.org ", false)]
    [InlineData(200, "string text = \"\"\"", false)]
    [InlineData(200, "Regex text = new(@\"", false)]
    [InlineData(200, "yield return \"a b ", true)]
    public void Wide_line_is_found(int width, string start, bool found) =>
        Assert.Equal(found ? [2] : [], TooWide("x\n" + start.PadRight(width, ' ')[..width].TrimEnd().PadRight(width, 'x') + "\nx"));

    [Theory]
    [InlineData("await task.ConfigureAwait(false" + ");")]
    [InlineData("// TO" + "DO: later")]
    [InlineData("[Fact(Sk" + "ip = \"later\")]")]
    [InlineData("throw new NotImplemented" + "Exception();")]
    public void Unwanted_text_is_found(string text) => Assert.Single(Unwanted().Matches(text));

    /// <summary>The numbers of the lines that are too wide. A link, and text that stands as it is (a raw string, a pattern, a single word),
    /// can't be wrapped.</summary>
    private static IEnumerable<int> TooWide(string source)
    {
        bool isRaw = false;
        string[] lines = source.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            int quotes = lines[i].Split("\"\"\"").Length - 1;
            bool stands = isRaw || quotes > 0 || AsItIs().IsMatch(lines[i]);
            isRaw ^= quotes % 2 == 1;
            if (lines[i].Length > MaxWidth && !stands)
            {
                yield return i + 1;
            }
        }
    }

    private static IEnumerable<string> Sources() =>
        Directory
            .EnumerateFiles(Repository.Root, "*.cs", SearchOption.AllDirectories)
            .Where(file => !BuildOutput().IsMatch(Path.GetRelativePath(Repository.Root, file)));

    [GeneratedRegex(@"https://|@""|""[^"" ]{100,}""|\{[^{}""]{40,}\}")]
    private static partial Regex AsItIs();

    [GeneratedRegex(@"ConfigureAwait\(false\)|\b(TO(?:DO)|FIX(?:ME))\b|\bSkip ?= ?""|\bNotImplementedException\b")]
    private static partial Regex Unwanted();

    [GeneratedRegex(@"\.CancelAfter\(|CancellationTokenSource( \w+ = new)?\([^)]")]
    private static partial Regex TimedSource();

    [GeneratedRegex(@"(^|[/\\])(bin|obj|StrykerOutput|\.[^/\\]+)[/\\]")]
    private static partial Regex BuildOutput();
}
