using FsCheck;
using FsCheck.Fluent;
using HxFunctions.Wiring.Yaml;
using Xunit.Abstractions;

namespace HxFunctions.Tests.Wiring.Yaml;

/// <summary>Random documents of many styles (<see cref="RandomYaml"/>), judged by <see cref="PlainTree"/>.</summary>
public class YamlPropertyTests(ITestOutputHelper output)
{
    /// <summary>Documents; <c>HX_YAML_CASES</c> for more.</summary>
    private static readonly int Cases = int.TryParse(Environment.GetEnvironmentVariable("HX_YAML_CASES"), out int cases) ? cases : 1500;

    [Fact]
    public void Document_is_set_at_the_intended_paths_alone_or_refused()
    {
        int refused = 0;
        int unsafely = 0;
        Prop.ForAll(
                Arb.From(Gen.Choose(0, int.MaxValue - 1)),
                seed =>
                {
                    string text = RandomYaml.Of(seed);
                    string copy = new(text);
                    YamlEdit edit;
                    try
                    {
                        edit = YamlEditor.Set(text, WireSettings.All);
                    }
                    catch (YamlRefusedException refusal)
                    {
                        refused++;
                        if (refusal.Message.Contains("safely", StringComparison.Ordinal))
                        {
                            unsafely++;
                        }

                        return (text == copy && refusal.Line >= 1 && refusal.Column >= 1).Label($"seed {seed}: refusal");
                    }

                    string? difference = PlainTree.Compare(text, edit.Text, WireSettings.All);
                    YamlEdit again = YamlEditor.Set(edit.Text, WireSettings.All);
                    return (difference is null && ReferenceEquals(again.Text, edit.Text)).Label(
                        $"seed {seed}: {difference ?? "set again"}"
                    );
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(Cases));

        output.WriteLine($"{Cases} documents, {refused} refused, {unsafely} of them by the final check");
        Assert.True(refused < Cases * 0.3, $"{refused} of {Cases} refused");
        Assert.True(unsafely <= Cases * 0.005, $"{unsafely} of {Cases} refused by the final check alone");
    }

    [Fact]
    public void Any_string_is_written_so_that_it_is_read_again()
    {
        Gen<string> any = Gen.Choose(0, 0xFFFF).Select(c => (char)c).ArrayOf().Select(c => new string(c));
        Gen<string> special = Gen.Elements(
                "abnyYtTrue0123456789 :#-?,[]{}&*!|>'\"%@`~=.\\/\t\n\r_<\u0085\u2028\u00A0\uFEFF\u00FC".ToCharArray()
            )
            .ArrayOf()
            .Select(c => new string(c));
        Gen<string> words = Gen.Elements(
            "yes",
            "No",
            "null",
            "~",
            "0o17",
            "017",
            "1e3",
            ".5",
            ".inf",
            "2024-05-01",
            "1:30",
            "<<",
            "=",
            "y",
            "",
            " ",
            "a ",
            "- a",
            "a: b",
            "a #b",
            "---",
            "\U0001F680",
            "0x1F",
            "1_000"
        );
        string[] homes = ["a: {b: old}\n", "a:\n  b: old # c\n", "a:\n  b: 'old'\n", "a: {\"b\":\"old\"}", "a:\n  b: |\n    old\n", ""];
        Prop.ForAll(
                Arb.From(Gen.OneOf(any, special, words)),
                value =>
                {
                    YamlSetting setting = new(YamlPath.Of("a", "b"), YamlScalar.String(value));
                    if (YamlText.HasLoneSurrogate(value))
                    {
                        Assert.Throws<YamlRefusedException>(() => YamlEditor.Set("", [setting]));
                        return true;
                    }

                    return homes.All(home => YamlConfig.Load(YamlEditor.Set(home, [setting]).Text).FindText(setting.Path) == value);
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    [Fact]
    public void Any_text_at_all_is_edited_or_refused()
    {
        Gen<string> any = Gen.Elements("ab: \n\r\t-?#,[]{}&*!|>'\"%@`~=.\\/0<\u0085\u2028\u00A0\uFEFF\0\uD83D\uDE80".ToCharArray())
            .ArrayOf()
            .Select(c => new string(c));
        Prop.ForAll(
                Arb.From(any),
                text =>
                {
                    try
                    {
                        string edited = YamlEditor.Set(text, [new(YamlPath.Of("a", "b"), YamlScalar.Integer(1))]).Text;
                        return YamlConfig.Load(edited).FindText(YamlPath.Of("a", "b")) is not null;
                    }
                    catch (YamlRefusedException)
                    {
                        return true;
                    }
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }
}
