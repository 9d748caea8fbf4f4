using System.Text.Json;
using HxFunctions.Cli.Commands;
using HxFunctions.Wiring.Yaml;
using YamlDotNet.Core;
using YamlMappingNode = YamlDotNet.RepresentationModel.YamlMappingNode;
using YamlScalarNode = YamlDotNet.RepresentationModel.YamlScalarNode;
using YamlSequenceNode = YamlDotNet.RepresentationModel.YamlSequenceNode;

namespace HxFunctions.Tests.Commands;

public class CliYamlTests
{
    /// <summary>Texts that a reader of YAML 1.1 or 1.2 would take for something else, and some that break a naive writer.</summary>
    private static readonly string[] Awkward =
    [
        "",
        " ",
        "~",
        "null",
        "Null",
        "true",
        "yes",
        "NO",
        "off",
        "y",
        "1",
        "017",
        "0o17",
        "0x1F",
        "1_000",
        "1e3",
        ".5",
        ".inf",
        "1:30",
        "2026-11-27",
        "2026-11-27T06:50:53+00:00",
        "<<",
        "=",
        "- a",
        "a: b",
        "a #b",
        "# a",
        "'a'",
        "\"a\"",
        "[a]",
        "{a}",
        "*a",
        "&a",
        "!a",
        "%a",
        "@a",
        "`a",
        "|",
        ">",
        "?",
        "? a",
        ":",
        "---",
        "...",
        "two\nlines",
        "tab\tin",
        "bell\u0007",
        "\u0085",
        "\u2028",
        "\ufeff",
        "–",
        "café",
        "\ud83d\ude00",
        "trailing ",
        " leading",
        "a\\b",
        "it's",
    ];

    [Fact]
    public void Every_text_is_read_back_as_the_same_text()
    {
        string json = CliJson.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteStartArray("texts");
            foreach (string text in Awkward)
            {
                writer.WriteStringValue(text);
            }

            writer.WriteEndArray();
            foreach (string text in Awkward)
            {
                writer.WriteString($"{text} key", text);
            }

            writer.WriteEndObject();
        });

        YamlMappingNode read = OutputFormats.Read(CliYaml.FromJson(json));

        YamlScalarNode[] texts = [.. ((YamlSequenceNode)read["texts"]).Cast<YamlScalarNode>()];
        Assert.Equal(Awkward, texts.Select(text => text.Value));
        Assert.All(Awkward, text => Assert.Equal(text, ((YamlScalarNode)read[$"{text} key"]).Value));
        // And by its form as a text, not as a number, a date or nothing.
        Assert.All(texts, text => Assert.Equal(YamlValueKind.String, YamlResolver.Resolve(text.Value!, text.Style, "")));
        Assert.All(texts.Where(text => text.Value is "y" or "1e3" or "0o17"), text => Assert.Equal(ScalarStyle.DoubleQuoted, text.Style));
    }

    [Fact]
    public void Document_reads_as_people_write_it()
    {
        const string Json =
            """{"a":{"b":[1,2.50,true,null,"x y"],"none":[],"empty":{}},"list":[{"name":"first","on":false},{"name":"last"}]}""";

        Assert.Equal(
            """
            a:
              b:
              - 1
              - 2.50
              - true
              - null
              - x y
              none: []
              empty: {}
            list:
            - name: first
              "on": false
            - name: last

            """,
            CliYaml.FromJson(JsonDocument.Parse(Json).RootElement.GetRawText())
        );
    }
}
