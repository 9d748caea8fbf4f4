using HxFunctions.Wiring.LiteLlm;
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

    /// <summary>What <c>/health/readiness</c> has to name as the cache, where it names one;
    /// <see langword="null"/>: no cache is wired.</summary>
    public string? CacheType { get; init; }

    public static WiredUnit From(WireOptions options, WirePlan plan)
    {
        PlannedFile? environment = plan.Files.FirstOrDefault(file => file.Path == options.LiteLlmEnvironment);
        LiteLlmView view = new(plan.LiteLlm.Config, plan.LiteLlm.Environment.Values);
        bool caches = view.Find("litellm_settings", "cache") is { Kind: YamlValueKind.Boolean, IsTruthy: true };
        return new()
        {
            DropIn = options.DropIn,
            Config = options.Config,
            Link = options.Link,
            EnvironmentFile = environment?.Path,
            EnvironmentText = environment?.After ?? "",
            CacheType = caches ? view.Find("litellm_settings", "cache_params", "type")?.Text : null,
        };
    }
}
