namespace HxFunctions.Wiring.Yaml;

/// <summary>What became of a setting.</summary>
internal enum YamlChangeKind
{
    /// <summary>There was no such key, or it had no value (nothing, <c>~</c>, <c>null</c>).</summary>
    Added,

    /// <summary>There was another value.</summary>
    Replaced,

    /// <summary>The key is gone.</summary>
    Removed,
}

/// <summary>One setting that was made.</summary>
/// <param name="Line">Where it stands in the new text, from 1; a removed one in the text before.</param>
internal sealed record YamlChange(YamlPath Path, YamlChangeKind Kind, int Line);

/// <summary>An edited file.</summary>
/// <param name="After">As it is read again; the very same when there is no change.</param>
/// <param name="Changes">In the order of the settings, without those that stood there before.</param>
internal sealed record YamlEdit(YamlConfig After, IReadOnlyList<YamlChange> Changes)
{
    /// <summary>The new text.</summary>
    public string Text => After.Text;
}
