using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Wiring.LiteLlm;

/// <summary>A place of the configuration that refers to a variable (<c>os.environ/NAME</c>).</summary>
/// <param name="Line">From 1.</param>
/// <param name="Path">Where; an item of a list has the list's.</param>
/// <param name="Name">The variable.</param>
internal sealed record ConfigReference(int Line, YamlPath? Path, string Name)
{
    /// <summary>Settings of the clients whose connections are compared as such, whatever they refer to.</summary>
    private static readonly YamlPath[] Judged =
    [
        YamlPath.Of("litellm_settings", "cache_params"),
        YamlPath.Of("litellm_settings", "database_url"),
        YamlPath.Of("litellm_settings", "redis_url"),
        YamlPath.Of("general_settings", "database_url"),
        YamlPath.Of("router_settings", "redis_url"),
        YamlPath.Of("router_settings", "redis_host"),
        YamlPath.Of("router_settings", "redis_port"),
        YamlPath.Of("router_settings", "redis_password"),
        YamlPath.Of("router_settings", "redis_db"),
        YamlPath.Of("router_settings", "cache_kwargs"),
        YamlPath.Of("environment_variables"),
    ];

    /// <summary>Those of a configuration, but for the settings that are judged as connections.</summary>
    public static IEnumerable<ConfigReference> In(YamlConfig config) =>
        from found in config.Scalars()
        where found.Path is null || !Judged.Any(path => path.IsPrefixOf(found.Path))
        let name = LiteLlmView.ReferenceIn(found.Scalar.Text)
        where name is not null
        select new ConfigReference(config.LineOf(found.Scalar), found.Path, name);

    public override string ToString() => $"line {Line}: {Path}";
}
