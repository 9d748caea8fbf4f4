using System.Text;
using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Tests.Wiring.Yaml;

/// <summary>Configurations in the styles that LiteLLM's users have, each also with other line ends, a byte order mark and no newline at the
/// end.</summary>
public class YamlCorpusTests
{
    public static TheoryData<string, string> Files()
    {
        TheoryData<string, string> data = [];
        foreach (string file in WireExpectation.Names.Where(name => WireExpectation.For(name).CanBeEdited))
        {
            foreach (string variant in new[] { "as it is", "CRLF", "mixed", "BOM", "no final newline", "CRLF, no final newline" })
            {
                data.Add(file, variant);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Config_is_set_and_keeps_every_byte_outside_the_edits(string file, string variant)
    {
        byte[] bytes = Vary(File.ReadAllBytes(Path.Combine(WireExpectation.Folder, file)), variant);
        string before = YamlText.Decode(bytes);
        Assert.Equal(bytes, Encoding.UTF8.GetBytes(before));

        YamlEdit edit = YamlEditor.Set(before, WireSettings.All);

        Assert.Null(PlainTree.Compare(before, edit.Text, WireSettings.All));
        Assert.Null(LineDiff.FirstLoss(Whole(before), Whole(edit.Text)));
        Assert.Equal(before.StartsWith('\uFEFF'), edit.Text.StartsWith('\uFEFF'));
        Assert.Equal(EndsOpen(before), EndsOpen(edit.Text));
        if (variant.StartsWith("CRLF", StringComparison.Ordinal) && before.Contains('\n', StringComparison.Ordinal))
        {
            Assert.DoesNotMatch(@"(?<!\r)\n", edit.Text);
        }

        if (variant is "as it is" or "BOM" or "no final newline")
        {
            Assert.DoesNotContain('\r', edit.Text);
        }

        string[] lines = edit.Text.Split('\n');
        Assert.All(edit.Changes, change => Assert.Contains(change.Path.Keys[^1], lines[change.Line - 1], StringComparison.Ordinal));

        YamlEdit again = YamlEditor.Set(edit.Text, WireSettings.All);
        Assert.Same(edit.Text, again.Text);
        Assert.Empty(again.Changes);
    }

    [Fact]
    public void Values_that_are_equal_already_change_nothing()
    {
        string text = File.ReadAllText(Path.Combine(WireExpectation.Folder, "10-equal-values-other-quoting.yaml"));
        Assert.Same(text, YamlEditor.Set(text, WireSettings.All).Text);
    }

    [Fact]
    public void Config_of_two_thousand_lines_is_set()
    {
        string text = LongConfig(2000);
        YamlEdit edit = YamlEditor.Set(text, WireSettings.All);
        Assert.Equal(11, edit.Changes.Count);
        Assert.Null(PlainTree.Compare(text, edit.Text, WireSettings.All));
        Assert.Null(LineDiff.FirstLoss(text, edit.Text));
    }

    /// <summary>A configuration of about so many lines, also for measuring.</summary>
    internal static string LongConfig(int lines)
    {
        StringBuilder text = new("# generated\nmodel_list:\n");
        for (int i = 0; i < (lines - 8) / 6; i++)
        {
            text.Append("  - model_name: model-")
                .Append(i)
                .Append(" # deployment ")
                .Append(i)
                .Append('\n')
                .Append("    litellm_params:\n      model: openai/model-")
                .Append(i)
                .Append("\n      api_key: os.environ/KEY_")
                .Append(i)
                .Append("\n      tags: [\"a\", {b: ")
                .Append(i)
                .Append("}]\n\n");
        }

        return text.Append("litellm_settings:\n  drop_params: true\n\ngeneral_settings:\n  master_key: os.environ/LITELLM_MASTER_KEY\n")
            .ToString();
    }

    private static byte[] Vary(byte[] file, string variant)
    {
        string text = Encoding.UTF8.GetString(file).TrimStart('\uFEFF').ReplaceLineEndings("\n");
        if (variant.StartsWith("CRLF", StringComparison.Ordinal))
        {
            text = text.Replace("\n", "\r\n", StringComparison.Ordinal);
        }

        if (variant is "mixed")
        {
            text = string.Concat(text.Split('\n').Select((line, i) => line + (i % 3 == 0 ? "\r\n" : "\n")));
        }

        if (variant.EndsWith("no final newline", StringComparison.Ordinal))
        {
            text = text.TrimEnd('\r', '\n');
        }

        return Encoding.UTF8.GetBytes(variant is "BOM" ? "\uFEFF" + text : text);
    }

    /// <summary>With a newline at the end, so that lines can be compared.</summary>
    private static string Whole(string text) =>
        EndsOpen(text) ? text + (text.Contains("\r\n", StringComparison.Ordinal) ? "\r\n" : "\n") : text;

    private static bool EndsOpen(string text) => text.Length > 0 && text[^1] is not ('\n' or '\r' or '\uFEFF');
}
