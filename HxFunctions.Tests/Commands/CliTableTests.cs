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

    /// <summary>A word or two on each line is no sentence any more.</summary>
    [Theory]
    [MemberData(nameof(Widths))]
    public void Column_of_sentences_is_wide_or_the_rows_are_blocks(int width)
    {
        const string Sentence = "the configuration or the key is wrong";
        CliTable table = new CliTable("Command", "Once", "Twice").Whole(0).Sentences(1, 2);
        table.AddRow("routes check", Sentence, Sentence);
        table.AddRow("guard", "up", CliTable.Nothing);

        string[] lines = CliConsole.Render(table, TextWriter.Null, width).Split('\n', StringSplitOptions.RemoveEmptyEntries);

        if (lines[0].Contains("Once", StringComparison.Ordinal))
        {
            Assert.InRange(
                lines[0].IndexOf("Twice", StringComparison.Ordinal) - lines[0].IndexOf("Once", StringComparison.Ordinal),
                18,
                width
            );
            Assert.Contains(lines, line => line.StartsWith("  routes check   the", StringComparison.Ordinal));
        }
        else
        {
            Assert.InRange(width, 40, 60);
            string[] wide = ["  routes check", $"    Once: {Sentence}", $"    Twice: {Sentence}", "  guard", "    Once: up"];
            Assert.Equal(wide, string.Join('\n', lines).Replace("\n      ", " ", StringComparison.Ordinal).Split('\n'));
        }
    }

    [Fact]
    public void Blocks_have_a_heading_and_the_caption_and_further_lines_stand_deeper()
    {
        CliTable table = new CliTable("Dependency", "Reason", "Latency")
        {
            BlockHeading = "Dependencies",
            Narrow = row => $"{row[0]}: {row[1]}\n{row[2]}",
            Caption = "1 more on the page",
        }
            .Sentences(1)
            .Whole(0, 2);
        table.AddRow("PostgreSQL", "the server refuses the connection, or nobody listens", "12.5 ms of all");

        Assert.Equal(
            """
            Dependencies
              PostgreSQL: the server refuses the
                connection, or nobody listens
                12.5 ms of all
              1 more on the page

            """.ReplaceLineEndings("\n"),
            CliConsole.Render(table, TextWriter.Null, 40).ReplaceLineEndings("\n")
        );
        Assert.DoesNotContain("Dependencies", CliConsole.Render(table, TextWriter.Null, 80), StringComparison.Ordinal);
    }

    /// <summary>Two spaces, or the columns run into each other.</summary>
    [Fact]
    public void Dense_columns_stand_apart()
    {
        CliTable table = new("Dependency", "Status") { IsDense = true };
        table.AddRow("PostgreSQL", "down");
        Assert.Contains("PostgreSQL  down", CliConsole.Render(table, TextWriter.Null, 80), StringComparison.Ordinal);
    }

    private static CliTable Table(Func<string[], string>? narrow = null)
    {
        CliTable table = new CliTable("Variable", "Value", "From", "ms") { Narrow = narrow }.Right(3);
        table.AddRow("PG_URL", Markup.Escape(LongWord), "environment", narrow is null ? "12.5" : "");
        table.AddRow("REDIS_SSL_CA_CERTS", "a sentence of many usual words", "default" + (narrow is null ? "" : " 12.5"), "");
        return table;
    }
}
