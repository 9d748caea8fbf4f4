using HxFunctions.Wiring.Yaml;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace HxFunctions.Tests.Wiring.Yaml;

/// <summary>A file as YamlDotNet's own object model has it, with nothing of the editor's: what the editor's result is judged by.</summary>
internal static class PlainTree
{
    private static readonly string[] Booleans = ["yes", "true", "on", "no", "false", "off"];

    /// <summary>One line for each scalar, list and mapping: its path and, of a scalar, its text and whether it is quoted or
    /// tagged.</summary>
    public static SortedDictionary<string, string> Of(string text)
    {
        YamlStream stream = [];
        stream.Load(new StringReader(text.TrimStart('\uFEFF')));
        SortedDictionary<string, string> lines = new(StringComparer.Ordinal);
        if (stream.Documents.Count > 0)
        {
            Add(lines, "", stream.Documents[0].RootNode);
        }

        return lines;
    }

    /// <summary>Null, or what differs that shouldn't.</summary>
    public static string? Compare(string before, string after, IEnumerable<YamlSetting> settings)
    {
        SortedDictionary<string, string> expected = Of(before);
        SortedDictionary<string, string> actual = Of(after);
        foreach (YamlSetting setting in settings)
        {
            string path = string.Concat(setting.Path.Keys.Select(k => "/" + k));
            string merged = path.Insert(path.LastIndexOf('/'), "/<<");
            if (!actual.Remove(path, out string? found) && !actual.TryGetValue(merged, out found))
            {
                return $"{path} is not there";
            }

            if (!Is(found, setting.Value))
            {
                return $"{path} is not set";
            }

            expected.Remove(path);
            for (int i = setting.Path.Keys.Count - 1; i >= 0; i--)
            {
                string parent = string.Concat(setting.Path.Keys.Take(i).Select(k => "/" + k));
                expected[parent] = "{}";
                if (actual.GetValueOrDefault(parent) != "{}")
                {
                    return $"{parent} is no mapping";
                }
            }
        }

        return expected.FirstOrDefault(e => actual.GetValueOrDefault(e.Key) != e.Value).Key
            ?? actual.Keys.FirstOrDefault(k => !expected.ContainsKey(k));
    }

    private static bool Is(string found, YamlScalar value) =>
        value.Kind switch
        {
            YamlScalarKind.String => found == "quoted " + value.Text
                || (found == "plain " + value.Text && !Booleans.Contains(value.Text.ToLowerInvariant()))
                || found == "!!str " + value.Text
                || found == "! " + value.Text,
            YamlScalarKind.Boolean => found.EndsWith(' ' + value.Text, StringComparison.OrdinalIgnoreCase)
                && !found.StartsWith("quoted", StringComparison.Ordinal)
                || (
                    !found.StartsWith("quoted", StringComparison.Ordinal)
                    && Array.IndexOf(Booleans, found.Split(' ')[^1].ToLowerInvariant()) is var i
                    && i >= 0
                    && (i < 3) == (value.Text == "true")
                ),
            _ => found == "plain " + value.Text || found == "plain 0x18EB" || found == "!!int " + value.Text,
        };

    private static void Add(SortedDictionary<string, string> lines, string path, YamlDotNet.RepresentationModel.YamlNode node)
    {
        switch (node)
        {
            case YamlDotNet.RepresentationModel.YamlScalarNode scalar:
                string style =
                    !scalar.Tag.IsEmpty ? scalar.Tag.ToString()
                    : scalar.Style is ScalarStyle.Plain ? "plain"
                    : "quoted";
                lines[path] = $"{style.Replace("tag:yaml.org,2002:", "!!", StringComparison.Ordinal)} {scalar.Value}";
                break;
            case YamlDotNet.RepresentationModel.YamlSequenceNode list:
                lines[path] = "[]";
                for (int i = 0; i < list.Children.Count; i++)
                {
                    Add(lines, $"{path}[{i}]", list.Children[i]);
                }

                break;
            case YamlDotNet.RepresentationModel.YamlMappingNode mapping:
                lines[path] = "{}";
                foreach ((YamlDotNet.RepresentationModel.YamlNode? key, YamlDotNet.RepresentationModel.YamlNode? value) in mapping.Children)
                {
                    Add(
                        lines,
                        $"{path}/{(key is YamlDotNet.RepresentationModel.YamlScalarNode scalar ? scalar.Value : key.ToString())}",
                        value
                    );
                }

                break;
        }
    }
}
