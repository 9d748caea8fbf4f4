using HxFunctions.Wiring.Yaml;
using YamlDotNet.Core;

namespace HxFunctions.Tests.Wiring.Yaml;

public class YamlEditorTests
{
    /// <summary>Sets s.v to the string <c>new</c>.</summary>
    [Theory]
    [InlineData("s:\n  v: old\n", "s:\n  v: new\n")]
    [InlineData("s:\n  v: 'old' # c\n", "s:\n  v: 'new' # c\n")]
    [InlineData("s:\n  v: \"o\n    ld\"   # c\n  w: 1", "s:\n  v: \"new\"   # c\n  w: 1")]
    [InlineData("s:\n  v:\n    old\n  w: 1\n", "s:\n  v:\n    new\n  w: 1\n")]
    [InlineData("s:\n  v:", "s:\n  v: new")]
    [InlineData("s:\n  v: \n", "s:\n  v: new\n")]
    [InlineData("s:\n  v:   # c\n", "s:\n  v: new   # c\n")]
    [InlineData("s:\n  v: ~ # c\n", "s:\n  v: new # c\n")]
    [InlineData("s:\n  v: |+ # c\n    old\n\n  # d\n", "s:\n  v: new # c\n\n  # d\n")]
    [InlineData("s:\n  v: >\n  w: 1\n", "s:\n  v: new\n  w: 1\n")]
    [InlineData("x: &x old\ns:\n  v: *x # c\n", "x: &x old\ns:\n  v: new # c\n")]
    [InlineData("x: &x {v: old}\ns:\n  <<: *x\n", "x: &x {v: old}\ns:\n  <<: *x\n  v: new\n")]
    [InlineData("x: &x {v: new}\ns:\n  <<: *x\n", "x: &x {v: new}\ns:\n  <<: *x\n")]
    [InlineData("x: &x {v: new}\ns: *x\n", "x: &x {v: new}\ns: *x\n")]
    [InlineData("s: {v: }\n", "s: {v: new }\n")]
    [InlineData("s: {v: , w: 1}\n", "s: {v: new , w: 1}\n")]
    [InlineData("{s: {}}", "{s: {v: new}}")]
    [InlineData("{}", "{s: {v: new}}")]
    [InlineData("{s: ~}\n", "{s: {v: new}}\n")]
    [InlineData("s: {a: 1}\n", "s: {a: 1, v: new}\n")]
    [InlineData("s: {a: 1, }\n", "s: {a: 1, v: new, }\n")]
    [InlineData("s: {a}\n", "s: {a, v: new}\n")]
    [InlineData("s: {\n  # c\n  }\n", "s: {v: new\n  # c\n  }\n")]
    [InlineData("s: {\n  a: 1 # c\n  }\n", "s: {\n  a: 1, # c\n  v: new\n  }\n")]
    [InlineData("s: {\n  a: 1}\n", "s: {\n  a: 1,\n  v: new}\n")]
    [InlineData("s:\r\n  a: 1\r\nb: 2\n", "s:\r\n  a: 1\r\n  v: new\r\nb: 2\n")]
    [InlineData("s:\r  a: 1", "s:\r  a: 1\r  v: new")]
    [InlineData("\uFEFF", "\uFEFFs:\n  v: new\n")]
    [InlineData("...\n", "s:\n  v: new\n...\n")]
    [InlineData("s: # \u2028\n", "s: # \u2028  v: new\n\n")]
    [InlineData("s:\n  a: &e\n", "s:\n  a: &e\n  v: new\n")]
    [InlineData("s:\n  a: !!null\n# c\n", "s:\n  a: !!null\n  v: new\n# c\n")]
    [InlineData("s:\n  - 1\n", null)]
    public void Value_is_set_in_the_text(string before, string? after)
    {
        YamlSetting setting = new(YamlPath.Of("s", "v"), YamlScalar.String("new"));
        if (after is null)
        {
            Assert.Throws<YamlRefusedException>(() => YamlEditor.Set(before, [setting]));
        }
        else
        {
            Assert.Equal(after, YamlEditor.Set(before, [setting]).Text);
        }
    }

    [Theory]
    [InlineData("yes", true)]
    [InlineData("On", true)]
    [InlineData("TRUE", true)]
    [InlineData("!!bool yes", true)]
    [InlineData("\"true\"", false)]
    [InlineData("y", false)]
    [InlineData("1", false)]
    public void Boolean_is_left_alone_when_it_is_true_already(string value, bool isSame)
    {
        string text = $"a: {value}\n";
        Assert.Equal(isSame ? text : "a: true\n", YamlEditor.Set(text, [new(YamlPath.Of("a"), YamlScalar.Boolean(true))]).Text);
    }

    [Theory]
    [InlineData("6379", nameof(YamlValueKind.Integer), "6379")]
    [InlineData("0x18EB", nameof(YamlValueKind.Integer), "6379")]
    [InlineData("014353", nameof(YamlValueKind.Integer), "6379")]
    [InlineData("0b11", nameof(YamlValueKind.Integer), "3")]
    [InlineData("6_379", nameof(YamlValueKind.Integer), "6379")]
    [InlineData("-1:46:19", nameof(YamlValueKind.Integer), "-6379")]
    [InlineData("08", nameof(YamlValueKind.String), "08")]
    [InlineData("0o17", nameof(YamlValueKind.String), "0o17")]
    [InlineData("1e3", nameof(YamlValueKind.String), "1e3")]
    [InlineData("1.0e+3", nameof(YamlValueKind.Float), "1.0e+3")]
    [InlineData("6379.", nameof(YamlValueKind.Float), "6379.")]
    [InlineData(".inf", nameof(YamlValueKind.Float), ".inf")]
    [InlineData("2024-05-01", nameof(YamlValueKind.Timestamp), "2024-05-01")]
    [InlineData("2024-5-1 10:00:00 Z", nameof(YamlValueKind.Timestamp), "2024-5-1 10:00:00 Z")]
    [InlineData("", nameof(YamlValueKind.Null), "")]
    [InlineData("~", nameof(YamlValueKind.Null), "")]
    [InlineData("Null", nameof(YamlValueKind.Null), "")]
    [InlineData("nULL", nameof(YamlValueKind.String), "nULL")]
    [InlineData("off", nameof(YamlValueKind.Boolean), "false")]
    [InlineData("tRUE", nameof(YamlValueKind.String), "tRUE")]
    public void Plain_scalar_has_the_type_that_PyYAML_gives_it(string text, string kindName, string canonical)
    {
        YamlValueKind kind = Enum.Parse<YamlValueKind>(kindName);
        Assert.Equal(kind, YamlResolver.Resolve(text, ScalarStyle.Plain, ""));
        Assert.Equal(canonical, YamlResolver.Canonical(text, kind));
        Assert.Equal(YamlValueKind.String, YamlResolver.Resolve(text, ScalarStyle.SingleQuoted, ""));
    }

    [Theory]
    [InlineData("litellm_settings.cache_params.type", 3)]
    [InlineData("\"a.b\".c", 2)]
    [InlineData("\"a \\\" \\\\ b\"", 1)]
    [InlineData("a-b.\"c d\"", 2)]
    public void Path_is_read_and_written(string text, int keys)
    {
        Assert.True(YamlPath.TryParse(text, out YamlPath? path));
        Assert.Equal(keys, path.Keys.Count);
        Assert.Equal(text, path.ToString());
        Assert.Equal(path, YamlPath.Of([.. path.Keys]));
        Assert.Equal(path.GetHashCode(), YamlPath.Of([.. path.Keys]).GetHashCode());
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a.")]
    [InlineData(".a")]
    [InlineData("a..b")]
    [InlineData("a b")]
    [InlineData("\"a")]
    [InlineData("\"\"")]
    [InlineData("\"a\"b")]
    [InlineData("\"a\\n\"")]
    [InlineData("a\"b")]
    public void Path_that_is_none_is_not_read(string text) => Assert.False(YamlPath.TryParse(text, out _));

    [Fact]
    public void Config_is_looked_through()
    {
        YamlConfig config = YamlConfig.Load(
            "b: &b {x: 1, y: 2}\nmodel_list:\n- litellm_params: {<<: *b, y: 3}\ncallbacks: [otel, \"langfuse\"]\nn: ~\n"
        );
        YamlSequenceNode models = Assert.IsType<YamlSequenceNode>(config.Find(YamlPath.Of("model_list")));
        YamlMappingNode parameters = Assert.IsType<YamlMappingNode>(Assert.IsType<YamlMappingNode>(models.Items[0]).Find("litellm_params"));
        Assert.Equal(
            ["x=1", "y=3"],
            parameters.Entries.Select(e => $"{e.Key.Text}={((YamlScalarNode)e.Value).Text}").Order(StringComparer.Ordinal)
        );
        YamlSequenceNode callbacks = Assert.IsType<YamlSequenceNode>(config.Find(YamlPath.Of("callbacks")));
        Assert.Equal(["otel", "langfuse"], callbacks.Items.Cast<YamlScalarNode>().Select(i => i.Text));
        Assert.Equal(4, config.LineOf(callbacks));
        Assert.Null(config.FindText(YamlPath.Of("n")));
        Assert.Null(config.Find(YamlPath.Of("b", "x", "deeper")));
        Assert.Equal("2", config.FindText(YamlPath.Of("b", "y")));
    }
}
