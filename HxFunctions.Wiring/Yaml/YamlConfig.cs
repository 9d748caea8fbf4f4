using YamlDotNet.Core.Events;

namespace HxFunctions.Wiring.Yaml;

/// <summary>A LiteLLM configuration as LiteLLM sees it, to look things up in.</summary>
internal sealed class YamlConfig
{
    private YamlConfig(string text, IReadOnlyList<ParsingEvent> events, YamlNode? root)
    {
        Text = text;
        Events = events;
        Root = root;
    }

    /// <summary>The file as it is.</summary>
    public string Text { get; }

    /// <summary>What the parser reads in it, so that it is parsed once.</summary>
    public IReadOnlyList<ParsingEvent> Events { get; }

    /// <summary>Null when the file has no document.</summary>
    public YamlNode? Root { get; }

    /// <exception cref="YamlRefusedException">The file can't be read, or PyYAML and this would not agree on what it says.</exception>
    public static YamlConfig Load(string text)
    {
        List<ParsingEvent> events = YamlEvents.Read(text);
        return new(text, events, new YamlComposer(text, events).Compose());
    }

    /// <summary>The value at a path, or null where there is none.</summary>
    public YamlNode? Find(YamlPath path)
    {
        YamlNode? node = Root;
        foreach (string key in path.Keys)
        {
            node = (node as YamlMappingNode)?.Find(key);
        }

        return node;
    }

    /// <summary>The text of a scalar at a path; null when it is absent, null, a mapping or a list.</summary>
    public string? FindText(YamlPath path) => Find(path) is YamlScalarNode { Kind: not YamlValueKind.Null } scalar ? scalar.Text : null;

    /// <summary>Where a node begins, from 1.</summary>
    public int LineOf(YamlNode node) => YamlText.Position(Text, node.Offset).Line;

    /// <summary>Every single value with the path that leads to it; a list's items have the list's path. A shared node comes once.</summary>
    public IEnumerable<(YamlPath? Path, YamlScalarNode Scalar)> Scalars() => Root is null ? [] : Scalars(Root, null, []);

    /// <summary>Every node, the keys too. A shared one comes once.</summary>
    public IEnumerable<(YamlNode Node, bool IsKey)> Nodes() => Root is null ? [] : Nodes(Root, []);

    private static IEnumerable<(YamlNode, bool)> Nodes(YamlNode node, HashSet<YamlNode> seen) =>
        !seen.Add(node)
            ? []
            :
            [
                (node, false),
                .. node switch
                {
                    YamlSequenceNode sequence => sequence.Items.SelectMany(item => Nodes(item, seen)),
                    YamlMappingNode mapping => mapping.Entries.SelectMany(entry => Nodes(entry.Value, seen).Prepend((entry.Key, true))),
                    _ => [],
                },
            ];

    private static IEnumerable<(YamlPath?, YamlScalarNode)> Scalars(YamlNode node, YamlPath? path, HashSet<YamlNode> seen)
    {
        if (!seen.Add(node))
        {
            return [];
        }

        return node switch
        {
            YamlScalarNode scalar => [(path, scalar)],
            YamlSequenceNode sequence => sequence.Items.SelectMany(item => Scalars(item, path, seen)),
            YamlMappingNode mapping => mapping.Entries.SelectMany(entry =>
                Scalars(entry.Value, entry.Key.Text.Length == 0 ? path : YamlPath.Of([.. path?.Keys ?? [], entry.Key.Text]), seen)
            ),
            _ => [],
        };
    }
}
