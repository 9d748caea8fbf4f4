namespace HxFunctions.Wiring.Yaml;

/// <summary>
/// A value as LiteLLM gets it: aliases followed, merge keys merged. Nodes are shared where the file shares them, and there are no cycles.
/// </summary>
/// <param name="offset">Where it begins in the text, with its anchor and tag; an aliased node where its anchor is.</param>
/// <param name="tag">In full; empty for none.</param>
/// <param name="depth">Levels below it, aliases followed.</param>
internal abstract class YamlNode(int offset, string tag, int depth)
{
    public int Offset { get; } = offset;

    public string Tag { get; } = tag;

    public int Depth { get; } = depth;
}

/// <param name="text">As the file means it, without quotes. May be a secret.</param>
internal sealed class YamlScalarNode(int offset, string tag, string text, YamlValueKind kind) : YamlNode(offset, tag, 0)
{
    public string Text { get; } = text;

    public YamlValueKind Kind { get; } = kind;

    /// <summary>Whether LiteLLM would see no difference.</summary>
    public bool Holds(YamlScalar value) =>
        (Kind, value.Kind) switch
        {
            (YamlValueKind.String, YamlScalarKind.String) => Text == value.Text,
            (YamlValueKind.Boolean, YamlScalarKind.Boolean) or (YamlValueKind.Integer, YamlScalarKind.Integer) => YamlResolver.Canonical(
                Text,
                Kind
            ) == YamlResolver.Canonical(value.Text, Kind),
            (YamlValueKind.Float, YamlScalarKind.Float) => YamlResolver.AreSameFloat(Text, value.Text),
            _ => false,
        };
}

internal sealed class YamlSequenceNode(int offset, string tag, IReadOnlyList<YamlNode> items)
    : YamlNode(offset, tag, 1 + items.Select(i => i.Depth).DefaultIfEmpty().Max())
{
    public IReadOnlyList<YamlNode> Items { get; } = items;
}

/// <param name="entries">No two have the same key.</param>
internal sealed class YamlMappingNode(int offset, string tag, IReadOnlyList<KeyValuePair<YamlScalarNode, YamlNode>> entries)
    : YamlNode(offset, tag, 1 + entries.Select(e => e.Value.Depth).DefaultIfEmpty().Max())
{
    private readonly Dictionary<string, int> _index = entries
        .Select((entry, i) => (Identity: YamlResolver.KeyIdentity(entry.Key.Text, entry.Key.Kind), i))
        .ToDictionary(pair => pair.Identity, pair => pair.i, StringComparer.Ordinal);

    /// <summary>Merged ones first, then the file's order.</summary>
    public IReadOnlyList<KeyValuePair<YamlScalarNode, YamlNode>> Entries { get; } = entries;

    /// <summary>The value of a string key, or null.</summary>
    public YamlNode? Find(string key) => FindSame(new(0, "", key, YamlValueKind.String));

    /// <summary>The value of the same key, whatever its type, or null.</summary>
    internal YamlNode? FindSame(YamlScalarNode key) =>
        _index.TryGetValue(YamlResolver.KeyIdentity(key.Text, key.Kind), out int i) ? Entries[i].Value : null;
}
