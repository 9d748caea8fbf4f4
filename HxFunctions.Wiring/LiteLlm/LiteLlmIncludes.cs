using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Wiring.LiteLlm;

/// <summary>
/// The files that a configuration includes. LiteLLM joins their lists with those of the same name, and puts every other section of theirs
/// in the place of the whole section here; what they include it does not follow (litellm/proxy/proxy_server.py, _process_includes).
/// </summary>
internal static class LiteLlmIncludes
{
    /// <summary>Sections that are set here: in an included file they would undo it.</summary>
    private static readonly string[] Set = ["litellm_settings", "general_settings"];

    /// <summary>Sections that bear on a client by some of their keys.</summary>
    private static readonly (string Section, Func<string, bool> Bears)[] Bearing =
    [
        ("router_settings", key => key.StartsWith("redis_", StringComparison.Ordinal) || key == "cache_kwargs"),
        (
            "environment_variables",
            key => key.StartsWith(LiteLlmSettings.Shared, StringComparison.Ordinal) || key.StartsWith("DATABASE_", StringComparison.Ordinal)
        ),
    ];

    /// <param name="folder">The configuration's.</param>
    /// <param name="readFile">A file's text; <see langword="null"/> when it can't be read, and so can't be judged.</param>
    /// <returns>What is wrong, with its line; <see langword="null"/>: nothing is.</returns>
    public static string? Problem(YamlConfig config, string folder, Func<string, string?> readFile)
    {
        if (config.Find(YamlPath.Of("include")) is not YamlSequenceNode list)
        {
            return null;
        }

        foreach (YamlScalarNode file in list.Items.OfType<YamlScalarNode>())
        {
            string place = $"line {config.LineOf(file)}: {file.Text}";
            if (readFile(Path.Combine(folder, file.Text)) is not { } text)
            {
                continue;
            }

            try
            {
                if (Conflict(config, YamlConfig.Load(text)) is var (section, why))
                {
                    return $"{place} has {section}, which replaces that section here in LiteLLM: {why}";
                }
            }
            catch (YamlRefusedException refusal)
            {
                return $"{place}, line {refusal.Line}: {refusal.Message}";
            }
        }

        return null;
    }

    private static (string Section, string Why)? Conflict(YamlConfig config, YamlConfig included)
    {
        if (Array.Find(Set, section => included.Find(YamlPath.Of(section)) is not null) is { } set)
        {
            return (set, "move its settings into this file");
        }

        foreach ((string section, Func<string, bool> bears) in Bearing)
        {
            if (included.Find(YamlPath.Of(section)) is not { } node)
            {
                continue;
            }

            if (KeyOf(node, bears) is { } key)
            {
                return ($"{section}.{key}", "move it into this file, so that hx wire can evaluate it");
            }

            if (config.Find(YamlPath.Of(section)) is { } own && KeyOf(own, bears) is { } lost)
            {
                return (section, $"{section}.{lost} here would be lost");
            }
        }

        return null;
    }

    private static string? KeyOf(YamlNode node, Func<string, bool> bears) =>
        (node as YamlMappingNode)?.Entries.Select(entry => entry.Key.Text).FirstOrDefault(bears);
}
