using System.Text.Json;
using HxFunctions.Servers;
using HxFunctions.Tests;
using HxFunctions.Wiring.Yaml;

namespace HxFunctions.SystemTests.Wiring.Yaml;

/// <summary>LiteLLM reads its configuration by PyYAML, and <c>hx wire</c> proves its edits by YamlDotNet.</summary>
public sealed class PyYamlTests
{
    /// <summary>What YAML, or one of its readers, gives a meaning.</summary>
    private const string Special = ":?-,[]{}#&*!|>'\"%@`=~/._ ax0\n";

    private static readonly string[] Containers =
    [
        "s:\n  a: 1\n",
        "s: {a: 1}\n",
        "s: {}\n",
        "s: {a: [1, {b: 2}]}\n",
        "{s: {a: 1}}\n",
        "s: {v: old, a: 1}\n",
        "s: {v: 'old'}\n",
        "s:\n  v: old\n",
    ];

    [Fact]
    public async Task Written_value_is_read_by_PyYAML_in_flow_and_in_block()
    {
        Random random = new(1);
        string[] values =
        [
            "https://h/a?b=c",
            "postgresql://u:p@h:1/d?sslmode=require&x=?",
            .. Enumerable.Range(0, 300).Select(_ => Text(random, random.Next(1, 7))),
            // Most begin as a plain value may.
            .. Enumerable.Range(0, 700).Select(_ => $"a{Text(random, random.Next(1, 6))}"),
        ];
        YamlCase[] cases =
        [
            .. values.SelectMany(value =>
                Containers.Select(text => new YamlCase(
                    YamlEditor.Set(text, [new(YamlPath.Of("s", "v"), YamlScalar.String(value))]).After.Text,
                    ["s", "v"],
                    value
                ))
            ),
        ];

        await ReadAsync(cases);
    }

    private static string Text(Random random, int length) => new(random.GetItems<char>(Special, length));

    private static async Task ReadAsync(IReadOnlyCollection<YamlCase> cases)
    {
        DebianPython.Require("yaml", "python3-yaml");
        string script = Path.Combine(Repository.Root, "HxFunctions.SystemTests", "Wiring", "Yaml", "pyyaml_reads.py");
        string output = await DebianPython.RunAsync(script, JsonSerializer.Serialize(cases, JsonSerializerOptions.Web));
        string?[] problems = JsonSerializer.Deserialize<string?[]>(output)!;
        Assert.Equal(cases.Count, problems.Length);
        string[] failed =
        [
            .. cases.Zip(problems).Where(c => c.Second is not null).Select(c => $"{JsonSerializer.Serialize(c.First)}\n    {c.Second}"),
        ];
        Assert.True(failed.Length == 0, $"{failed.Length} of {cases.Count}:\n{string.Join('\n', failed.Take(30))}");
    }

    private sealed record YamlCase(string Text, string[] Keys, string Value);
}
