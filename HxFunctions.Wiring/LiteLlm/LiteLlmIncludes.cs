using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Wiring.LiteLlm;

/// <summary>A file that a configuration includes.</summary>
/// <param name="Name">As the configuration names it.</param>
internal sealed record IncludedConfig(string Name, YamlConfig Config);

/// <summary>
/// The files that a configuration includes. LiteLLM joins their lists with those of the same name, and puts every other section of theirs
/// in the place of the whole section here (litellm/proxy/proxy_server.py, _process_includes). It follows a list <c>include</c> of theirs,
/// too: that joins the list that it is walking. An <c>include</c> of theirs that is no list is never looked at.
/// </summary>
internal sealed class LiteLlmIncludes
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

    private readonly string _path;
    private readonly string? _link;
    private readonly YamlConfig _config;
    private readonly Func<string, string?> _readFile;
    private readonly List<IncludedConfig> _included = [];
    private readonly HashSet<string> _followed = new(StringComparer.Ordinal);

    private LiteLlmIncludes(string path, string? link, YamlConfig config, Func<string, string?> readFile)
    {
        _path = path;
        _link = link;
        _config = config;
        _readFile = readFile;
    }

    /// <param name="path">The configuration's.</param>
    /// <param name="link">Another path that LiteLLM may be started with. It looks for files beside the path that it is given, without
    /// following a symlink there; <see langword="null"/>: there is none.</param>
    /// <param name="readFile">A file's text; <see langword="null"/> when it can't be read, and so can't be judged.</param>
    /// <returns>Those that can be read, each once.</returns>
    /// <exception cref="WireRefusedException">One can't be read as YAML, includes itself, or would undo what is set in the
    /// configuration.</exception>
    public static IReadOnlyList<IncludedConfig> Load(string path, string? link, YamlConfig config, Func<string, string?> readFile)
    {
        LiteLlmIncludes includes = new(path, link, config, readFile);
        includes.Follow(config, path, [path]);
        return includes._included;
    }

    /// <param name="config">The file whose includes are followed.</param>
    /// <param name="place">Where it is included, for messages.</param>
    /// <param name="way">The files that lead to it, and itself.</param>
    private void Follow(YamlConfig config, string place, IReadOnlyList<string> way)
    {
        if (config.Find(YamlPath.Of("include")) is not YamlSequenceNode list)
        {
            return;
        }

        foreach (YamlScalarNode name in list.Items.OfType<YamlScalarNode>())
        {
            string here = $"{place}, line {config.LineOf(name)}: {name.Text}";
            // Also of an included file's include: LiteLLM knows the main configuration's folder alone.
            string file = Beside(_path, name);
            if (way.Contains(file))
            {
                throw new WireRefusedException(
                    $"{here} includes itself, directly or through others: LiteLLM would read it again and again and never start; "
                        + "remove this include"
                );
            }

            if (_followed.Contains(file))
            {
                continue;
            }

            if (Read(here, name) is { } read)
            {
                _included.Add(new(name.Text, read));
                Follow(read, here, [.. way, file]);
            }

            _followed.Add(file);
        }
    }

    /// <returns><see langword="null"/>: it can't be read.</returns>
    private YamlConfig? Read(string place, YamlScalarNode name)
    {
        string? text = _readFile(Beside(_path, name));
        if (_link is not null && _readFile(Beside(_link, name)) != text)
        {
            throw new WireRefusedException(
                $"{place} is not the same next to {_link}, and LiteLLM reads it from the folder of the path that it is started with: "
                    + "use its absolute path"
            );
        }

        if (text is null)
        {
            return null;
        }

        YamlConfig read;
        try
        {
            read = YamlConfig.Load(text);
        }
        catch (YamlRefusedException refusal)
        {
            throw new WireRefusedException($"{place}, line {refusal.Line}: {refusal.Message}");
        }

        return LiteLlmSections.Unreadable(read) is { } problem ? throw new WireRefusedException($"{place} {problem}")
            : Conflict(_config, read) is var (section, why)
                ? throw new WireRefusedException($"{place} has {section}, which replaces that section here in LiteLLM: {why}")
            : read;
    }

    private static string Beside(string config, YamlScalarNode name) => Path.Combine(Path.GetDirectoryName(config)!, name.Text);

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
