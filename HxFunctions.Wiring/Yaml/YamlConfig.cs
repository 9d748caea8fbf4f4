namespace HxFunctions.Wiring.Yaml;

/// <summary>A LiteLLM configuration as LiteLLM sees it, to look things up in.</summary>
internal sealed class YamlConfig
{
    private readonly string _text;

    private YamlConfig(string text, YamlNode? root)
    {
        _text = text;
        Root = root;
    }

    /// <summary>Null when the file has no document.</summary>
    public YamlNode? Root { get; }

    /// <exception cref="YamlRefusedException">The file can't be read, or PyYAML and this would not agree on what it says.</exception>
    public static YamlConfig Load(string text) => new(text, new YamlComposer(text).Compose());

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
    public int LineOf(YamlNode node) => YamlText.Position(_text, node.Offset).Line;
}
