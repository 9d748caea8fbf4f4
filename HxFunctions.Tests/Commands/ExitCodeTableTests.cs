using System.Text.RegularExpressions;
using HxFunctions.Cli.Commands;

namespace HxFunctions.Tests.Commands;

/// <summary><c>hx help exit-codes</c> on screens of several widths.</summary>
public partial class ExitCodeTableTests
{
    private static readonly string[] AllWords =
    [
        .. ExitCodeRow.All.SelectMany(row => $"{row.Command} {row.Ok} {row.Negative} {row.Misuse}".Split(' ')).Where(word => word != "–"),
    ];

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(160)]
    public void No_word_is_broken_or_lost_and_no_line_is_too_long(int width)
    {
        string text = CliConsole.Render(ExitCodeRow.Table(), TextWriter.Null, width);

        string[] words = text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        Assert.Empty(AllWords.Except(words));
        Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, width));
    }

    /// <summary>A command has a line for each code that it gives, which goes on deeper.</summary>
    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    public void Narrow_screen_has_a_block_for_each_command(int width)
    {
        string text = CliConsole.Render(ExitCodeRow.Table(), TextWriter.Null, width).ReplaceLineEndings("\n");

        IEnumerable<string> expected = ExitCodeRow.All.SelectMany(row =>
            new[] { ("  ", row.Command), ("    0: ", row.Ok), ("    1: ", row.Negative), ("    2: ", row.Misuse) }
                .Where(line => line.Item2 != "–")
                .Select(line => line.Item1 + line.Item2)
        );
        Assert.Equal(expected, Continued().Replace(text, " ").TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [InlineData(80)]
    [InlineData(160)]
    public void Wide_screen_has_a_line_of_titles(int width) =>
        Assert.Matches("(?m)^  Command +0 +1 +2$", CliConsole.Render(ExitCodeRow.Table(), TextWriter.Null, width));

    [GeneratedRegex("\n {6}(?! )")]
    private static partial Regex Continued();
}
