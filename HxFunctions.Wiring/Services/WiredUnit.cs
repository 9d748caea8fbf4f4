using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Wiring.Services;

/// <summary>What LiteLLM's unit has to start with, so that the wiring is in effect. Holds secrets: has no text of its own.</summary>
internal sealed class WiredUnit
{
    /// <summary>The path of the drop-in.</summary>
    public required string DropIn { get; init; }

    /// <summary>LiteLLM's configuration.</summary>
    public required string Config { get; init; }

    /// <summary>Another path that leads to it.</summary>
    public string? Link { get; init; }

    /// <summary>LiteLLM's environment file; <see langword="null"/>: it needs none.</summary>
    public string? EnvironmentFile { get; init; }

    /// <summary>What that file holds, or will hold.</summary>
    public string EnvironmentText { get; init; } = "";

    /// <summary>What <c>/health/readiness</c> has to name as the cache; <see langword="null"/>: no cache is wired.</summary>
    public string? CacheType { get; init; }

    public static WiredUnit From(WireOptions options, WirePlan plan)
    {
        YamlConfig config = YamlConfig.Load(plan.Files.First(file => file.Path == options.Config).After);
        string? Scalar(params string[] path) => config.Find(YamlPath.Of(path)) is YamlScalarNode scalar ? scalar.Text : null;
        PlannedFile? environment = plan.Files.FirstOrDefault(file => file.Path == options.LiteLlmEnvironment);
        return new()
        {
            DropIn = options.DropIn,
            Config = options.Config,
            Link = options.Link,
            EnvironmentFile = environment?.Path,
            EnvironmentText = environment?.After ?? "",
            CacheType = Scalar("litellm_settings", "cache") == "true" ? Scalar("litellm_settings", "cache_params", "type") : null,
        };
    }
}
