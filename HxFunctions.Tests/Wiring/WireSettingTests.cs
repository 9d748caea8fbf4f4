using HxFunctions.Cli.Commands;
using HxFunctions.Wiring;
using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Tests.Wiring;

/// <summary><c>hx wire --set path=value</c>.</summary>
public class WireSettingTests
{
    /// <param name="written">What stands in the file then.</param>
    [Theory]
    [InlineData("2", "2")]
    [InlineData("-2", "-2")]
    [InlineData("2.5", "2.5")]
    [InlineData("2.50", "2.50")]
    [InlineData("-0.5", "-0.5")]
    [InlineData("2.", "2.")]
    [InlineData(".5", ".5")]
    [InlineData("1.5e+3", "1.5e+3")]
    [InlineData("1.5e3", "\"1.5e3\"")]
    [InlineData("1.2.3", "\"1.2.3\"")]
    [InlineData("1:30.5", "\"1:30.5\"")]
    [InlineData(".inf", "\".inf\"")]
    [InlineData("007", "\"007\"")]
    [InlineData("true", "true")]
    [InlineData("yes", "\"yes\"")]
    [InlineData("simple-shuffle", "simple-shuffle")]
    [InlineData("a=b", "a=b")]
    [InlineData("", "\"\"")]
    [InlineData("\"2.5\"", "\"2.5\"")]
    [InlineData("'true'", "\"true\"")]
    [InlineData("\"null\"", "\"null\"")]
    [InlineData("'~'", "\"~\"")]
    [InlineData("\"[1, 2]\"", "\"[1, 2]\"")]
    [InlineData("'{}'", "\"{}\"")]
    public void Value_is_written_as_what_it_reads_like(string value, string written)
    {
        YamlSetting setting = WireSetting.Parse("router_settings.x=" + value);
        string text = YamlEditor.Set("", [setting]).Text;
        Assert.Equal($"router_settings:\n  x: {written}\n", text);
        Assert.Empty(YamlEditor.Set(text, [setting]).Changes);
    }

    [Theory]
    [InlineData("x.y=null", "for text, put it in quotes")]
    [InlineData("x.y=Null", "for text, put it in quotes")]
    [InlineData("x.y=~", "for text, put it in quotes")]
    [InlineData("x.y=[1, 2]", "for text, put it in quotes")]
    [InlineData("x.y=[]", "for text, put it in quotes")]
    [InlineData("x.y= [secret", "for text, put it in quotes")]
    [InlineData("x.y={secret: 1}", "for text, put it in quotes")]
    [InlineData("model_list.0.model_name=secret", "lists can't be edited")]
    [InlineData("0=secret", "lists can't be edited")]
    [InlineData("a.\"12\"=secret", "lists can't be edited")]
    [InlineData("secret", "path=value")]
    [InlineData("=secret", "path=value")]
    [InlineData("a..b=secret", "path=value")]
    public void Setting_is_refused_without_its_value(string setting, string message)
    {
        WireRefusedException refusal = Assert.Throws<WireRefusedException>(() => WireSetting.Parse(setting));
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("x: {y: 2.5}\n", "x: {y: 2.5}\n")]
    [InlineData("x: {y: 2.50}\n", "x: {y: 2.50}\n")]
    [InlineData("x: {y: +2.5e+0}\n", "x: {y: +2.5e+0}\n")]
    [InlineData("x: {y: !!float 2.5}\n", "x: {y: !!float 2.5}\n")]
    [InlineData("x:\n  y: 2.6 # c\n", "x:\n  y: 2.5 # c\n")]
    [InlineData("x:\n  y: 2\n", "x:\n  y: 2.5\n")]
    [InlineData("x:\n  y: .inf\n", "x:\n  y: 2.5\n")]
    [InlineData("x:\n  y: 1:30.5\n", "x:\n  y: 2.5\n")]
    [InlineData("x:\n  y: '2.5'\n", "x:\n  y: 2.5\n")]
    [InlineData("x:\n  y: |\n    2.5\n", "x:\n  y: 2.5\n")]
    [InlineData("x: {'y':'2.5'}\n", "x: {'y':2.5}\n")]
    public void Float_is_set_where_LiteLLM_would_see_another_value(string before, string after)
    {
        YamlEdit edit = YamlEditor.Set(before, [WireSetting.Parse("x.y=2.5")]);
        Assert.Equal(after, edit.Text);
        Assert.Equal(before == after, edit.Changes.Count == 0);
    }

    [Theory]
    [InlineData("2")]
    [InlineData("1e3")]
    [InlineData("1.5e3")]
    [InlineData("x")]
    [InlineData("")]
    public void Text_that_is_no_float_is_none(string text) => Assert.Throws<ArgumentException>(() => YamlScalar.Float(text));
}
