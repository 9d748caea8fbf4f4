using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Wiring.LiteLlm;

/// <summary>
/// What LiteLLM reads: its configuration, and its environment. References are resolved by the environment that the process was started
/// with; then the configuration's own <c>environment_variables</c> are put over it, for what reads variables by itself
/// (litellm/proxy/proxy_server.py, get_config and _load_environment_variables).
/// </summary>
internal sealed class LiteLlmView
{
    private const string Reference = "os.environ/";

    private readonly YamlConfig _config;
    private readonly IReadOnlyDictionary<string, string> _started;
    private readonly Dictionary<string, LiteLlmValue> _environment = new(StringComparer.Ordinal);

    /// <param name="environment">That the process is started with.</param>
    public LiteLlmView(YamlConfig config, IReadOnlyDictionary<string, string> environment)
    {
        _config = config;
        _started = environment;
        foreach ((string name, string value) in environment)
        {
            _environment[name] = new(YamlValueKind.String, value, name, null);
        }

        if (config.Find(YamlPath.Of("environment_variables")) is YamlMappingNode section)
        {
            foreach ((YamlScalarNode key, YamlNode node) in section.Entries)
            {
                Overlay(key.Text, node);
            }
        }
    }

    /// <summary>
    /// What LiteLLM's <c>get_secret</c> answers (litellm/secret_managers/main.py): "true" and "false", whatever their case, are booleans,
    /// all else is text. With a secret manager it would ask that first.
    /// </summary>
    /// <returns><see langword="null"/>: there is no such variable.</returns>
    public LiteLlmValue? Secret(string name) => _environment.TryGetValue(name, out LiteLlmValue? value) ? AsSecret(value) : null;

    /// <summary>The variable as the process is started with it.</summary>
    public LiteLlmValue? Started(string name) =>
        _started.TryGetValue(name, out string? value) ? new(YamlValueKind.String, value, name, null) : null;

    /// <summary>The variable as <c>os.environ</c> has it: always text.</summary>
    public LiteLlmValue? Variable(string name) => _environment.GetValueOrDefault(name);

    /// <summary>Whether LiteLLM takes this text of a variable for a boolean.</summary>
    public static bool IsBoolean(string text) => IsTrue(text) || text.Trim().Equals("false", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether it takes it for the one that is true (litellm/secret_managers/main.py, str_to_bool): 1, yes and on are
    /// not.</summary>
    public static bool IsTrue(string text) => text.Trim().Equals("true", StringComparison.OrdinalIgnoreCase);

    /// <summary>The variable that a text refers to; <see langword="null"/>: it is a value.</summary>
    public static string? ReferenceIn(string text) =>
        text.StartsWith(Reference, StringComparison.Ordinal) ? text.Replace(Reference, "", StringComparison.Ordinal) : null;

    /// <summary>The value at a path, a reference resolved: to None when the variable isn't set.</summary>
    /// <returns><see langword="null"/>: the key isn't there.</returns>
    public LiteLlmValue? Find(params string[] path) =>
        _config.Find(YamlPath.Of(path)) is { } node ? Resolve(node, YamlPath.Of(path)) : null;

    /// <summary>The keys of a mapping with their values, references resolved.</summary>
    public IEnumerable<(string Key, LiteLlmValue Value)> Entries(params string[] path) =>
        (_config.Find(YamlPath.Of(path)) as YamlMappingNode)?.Entries.Select(entry =>
            (entry.Key.Text, Resolve(entry.Value, YamlPath.Of([.. path, entry.Key.Text])))
        )
        ?? [];

    private LiteLlmValue Resolve(YamlNode node, YamlPath path)
    {
        int line = _config.LineOf(node);
        if (node is not YamlScalarNode scalar)
        {
            return new(YamlValueKind.Other, "", path.ToString(), line, node);
        }

        if (scalar.Kind == YamlValueKind.String && ReferenceIn(scalar.Text) is { } name)
        {
            return _started.TryGetValue(name, out string? found)
                ? AsSecret(new(YamlValueKind.String, found, $"{path} ({name})", line))
                : new(YamlValueKind.Null, "", path.ToString(), line);
        }

        return new(scalar.Kind, scalar.Kind == YamlValueKind.Null ? "" : scalar.Text, path.ToString(), line);
    }

    private static LiteLlmValue AsSecret(LiteLlmValue value) =>
        IsBoolean(value.Text) ? value with { Kind = YamlValueKind.Boolean, Text = value.Text.Trim() } : value;

    /// <summary>One entry of <c>environment_variables</c>. What isn't text becomes Python's text for it, "None" for nothing.</summary>
    private void Overlay(string name, YamlNode node)
    {
        LiteLlmValue value = Resolve(node, YamlPath.Of("environment_variables", name));
        _environment[name] = value with { Kind = YamlValueKind.String, Text = TextOf(value), Node = null };
    }

    /// <summary>Python's <c>str(value)</c>.</summary>
    private static string TextOf(LiteLlmValue value) =>
        value.Kind switch
        {
            YamlValueKind.Null => "None",
            YamlValueKind.Boolean => value.IsTruthy ? "True" : "False",
            YamlValueKind.Integer => YamlResolver.Canonical(value.Text, value.Kind),
            _ => value.Text,
        };
}
