using HxFunctions.Cli.Commands;
using Spectre.Console;

namespace HxFunctions.Tests.Commands;

public class CliTableTests
{
    private const string LongWord = "postgresql://database-primary.internal.example:5433/litellm";

    public static TheoryData<int> Widths => [.. Enumerable.Range(40, 121)];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Word_is_never_broken_and_none_is_lost(int width)
    {
        foreach (CliTable table in new[] { Table(), Table(row => $"{row[0]}: {row[1]} ({row[2]})") })
        {
            string text = CliConsole.Render(table, TextWriter.Null, width);

            string[] words = text.Split((char[])[' ', '\n', ':', '(', ')'], StringSplitOptions.RemoveEmptyEntries);
            foreach (string word in $"PG_URL REDIS_SSL_CA_CERTS environment default 12.5 a sentence of many usual words".Split(' '))
            {
                Assert.Contains(word, words);
            }

            Assert.Contains(LongWord, text, StringComparison.Ordinal);
            // A longer line is that of a word which alone is too long.
            Assert.All(
                text.Split('\n'),
                line => Assert.True(line.Length <= width || line.Contains(LongWord, StringComparison.Ordinal), $"{width}: {line}")
            );
        }
    }

    [Fact]
    public void Table_that_fits_is_one_and_another_becomes_blocks()
    {
        Assert.Matches("(?m)^  Variable +Value +From +ms$", CliConsole.Render(Table(), TextWriter.Null, 160));
        string narrow = CliConsole.Render(Table(), TextWriter.Null, 60);
        Assert.DoesNotContain("Variable", narrow, StringComparison.Ordinal);
        Assert.Contains(
            "  REDIS_SSL_CA_CERTS\n    Value: a sentence of many usual words\n    From: default\n",
            narrow,
            StringComparison.Ordinal
        );
    }

    private static CliTable Table(Func<string[], string>? narrow = null)
    {
        CliTable table = new CliTable("Variable", "Value", "From", "ms") { Narrow = narrow }.Right(3);
        table.AddRow("PG_URL", Markup.Escape(LongWord), "environment", narrow is null ? "12.5" : "");
        table.AddRow("REDIS_SSL_CA_CERTS", "a sentence of many usual words", "default" + (narrow is null ? "" : " 12.5"), "");
        return table;
    }
}
