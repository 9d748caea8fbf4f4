using System.Text.RegularExpressions;
using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Wiring.LiteLlm;

/// <summary>A place of the configuration that refers to a variable (<c>os.environ/NAME</c>), also in the middle of a text:
/// <c>Bearer os.environ/NAME</c> (litellm/proxy/pass_through_endpoints/pass_through_endpoints.py).</summary>
/// <param name="File">The included file that it stands in; <see langword="null"/>: the configuration itself.</param>
/// <param name="Line">From 1.</param>
/// <param name="Path">Where; an item of a list has the list's.</param>
/// <param name="Name">The variable.</param>
internal sealed partial record ConfigReference(string? File, int Line, YamlPath? Path, string Name)
{
    /// <summary>Settings of the clients whose connections are compared as such, whatever they refer to.</summary>
    private static readonly YamlPath[] Judged =
    [
        YamlPath.Of("litellm_settings", "cache_params"),
        YamlPath.Of("litellm_settings", "database_url"),
        YamlPath.Of("litellm_settings", "redis_url"),
        YamlPath.Of("general_settings", "database_url"),
        .. OwnClient,
        YamlPath.Of("router_settings", "redis_password"),
        YamlPath.Of("router_settings", "redis_db"),
        YamlPath.Of("router_settings", "cache_kwargs"),
        // Other variables than those that LiteLLM's clients read are somebody else's.
        .. LiteLlmRelease
            .All.SelectMany(RedisClientBuilder.Variables)
            .Select(v => v.Variable)
            .Append(LiteLlmSettings.DatabaseUrl)
            .Distinct()
            .Select(name => YamlPath.Of("environment_variables", name)),
    ];

    /// <summary>Settings without which LiteLLM's router has no Redis client of its own.</summary>
    private static IEnumerable<YamlPath> OwnClient =>
        ((string[])["redis_url", "redis_host", "redis_port"]).Select(key => YamlPath.Of("router_settings", key));

    /// <summary>Whether it belongs to something else than the clients that are judged by their connections.</summary>
    public bool IsForeign => !IsOf(Judged);

    /// <summary>Whether something is lost when the variable is removed, which judging the connections would not show.</summary>
    public bool MustHaveValue => IsForeign || IsOf(OwnClient);

    /// <summary>All of a configuration.</summary>
    /// <param name="file">The included file that it is.</param>
    public static IEnumerable<ConfigReference> In(YamlConfig config, string? file = null) =>
        from found in config.Scalars()
        from Match reference in References().Matches(found.Scalar.Text)
        select new ConfigReference(file, config.LineOf(found.Scalar), found.Path, reference.Groups[1].Value);

    public override string ToString() => $"{(File is null ? "" : $"included {File}, ")}line {Line}: {Path}";

    private bool IsOf(IEnumerable<YamlPath> settings) => Path is not null && settings.Any(path => path.IsPrefixOf(Path));

    [GeneratedRegex("os\\.environ/([A-Za-z0-9_]+)")]
    private static partial Regex References();
}
