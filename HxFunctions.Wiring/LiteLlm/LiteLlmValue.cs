using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Wiring.LiteLlm;

/// <summary>A value as LiteLLM's code has it once references are resolved.</summary>
/// <param name="Kind">Its type.</param>
/// <param name="Text">What it says; empty for lists, mappings and null. May be a secret.</param>
/// <param name="Origin">Where it comes from, for messages: a path of the configuration or a variable's name.</param>
/// <param name="Line">The line of the configuration; <see langword="null"/>: it is from the environment.</param>
/// <param name="Node">The list or mapping itself.</param>
internal sealed record LiteLlmValue(YamlValueKind Kind, string Text, string Origin, int? Line, YamlNode? Node = null)
{
    /// <summary>Python's None.</summary>
    public bool IsNone => Kind == YamlValueKind.Null && Node is null;

    public bool IsText => Kind == YamlValueKind.String && Node is null;

    /// <summary>What Python's <c>if value</c> asks.</summary>
    public bool IsTruthy =>
        Node switch
        {
            YamlSequenceNode list => list.Items.Count > 0,
            YamlMappingNode mapping => mapping.Entries.Count > 0,
            _ => Kind switch
            {
                YamlValueKind.Null => false,
                YamlValueKind.Boolean or YamlValueKind.Integer => YamlResolver.Canonical(Text, Kind) is not ("false" or "0"),
                _ => Text.Length > 0,
            },
        };

    /// <summary>Where to look: <c>line 7: litellm_settings.cache_params.ssl</c>, or the variable.</summary>
    public string Place => Line is { } line ? $"line {line}: {Origin}" : Origin;

    /// <summary>Without the text.</summary>
    public override string ToString() => $"{Origin} ({Kind})";
}
