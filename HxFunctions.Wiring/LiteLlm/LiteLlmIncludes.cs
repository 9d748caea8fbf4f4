using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Wiring.LiteLlm;

/// <summary>A file that a configuration includes.</summary>
/// <param name="Name">As the configuration names it.</param>
internal sealed record IncludedConfig(string Name, YamlConfig Config);

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

    /// <param name="path">The configuration's.</param>
    /// <param name="link">Another path that LiteLLM may be started with. It looks for files beside the path that it is given, without
    /// following a symlink there; <see langword="null"/>: there is none.</param>
    /// <param name="readFile">A file's text; <see langword="null"/> when it can't be read, and so can't be judged.</param>
    /// <returns>Those that can be read.</returns>
    /// <exception cref="WireRefusedException">One can't be read as YAML, or would undo what is set in the configuration.</exception>
    public static IReadOnlyList<IncludedConfig> Load(string path, string? link, YamlConfig config, Func<string, string?> readFile)
    {
        List<IncludedConfig> included = [];
        if (config.Find(YamlPath.Of("include")) is not YamlSequenceNode list)
        {
            return included;
        }

        foreach (YamlScalarNode file in list.Items.OfType<YamlScalarNode>())
        {
            string place = $"{path}, line {config.LineOf(file)}: {file.Text}";
            string? found = readFile(Path.Combine(Path.GetDirectoryName(path)!, file.Text));
            if (link is not null && readFile(Path.Combine(Path.GetDirectoryName(link)!, file.Text)) != found)
            {
                throw new WireRefusedException(
                    $"{place} is not the same next to {link}, and LiteLLM reads it from the folder of the path that it is started with: "
                        + "use its absolute path"
                );
            }

            if (found is not { } text)
            {
                continue;
            }

            try
            {
                YamlConfig read = YamlConfig.Load(text);
                if (LiteLlmSections.Unreadable(read) is { } problem)
                {
                    throw new WireRefusedException($"{place} {problem}");
                }

                included.Add(new(file.Text, read));
            }
            catch (YamlRefusedException refusal)
            {
                throw new WireRefusedException($"{place}, line {refusal.Line}: {refusal.Message}");
            }

            if (Conflict(config, included[^1].Config) is var (section, why))
            {
                throw new WireRefusedException($"{place} has {section}, which replaces that section here in LiteLLM: {why}");
            }
        }

        return included;
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
