namespace HxFunctions.Cli.Routes;

/// <summary>How many of the routes that LiteLLM gives a tag need the database.</summary>
internal enum TagMeaning
{
    /// <summary>It isn't known, or none of them do.</summary>
    Nothing,

    /// <summary>Some: mostly those that write.</summary>
    Mixed,

    /// <summary>All, or all but one or two.</summary>
    Admin,

    /// <summary>None, whatever the path.</summary>
    Traffic,
}

/// <summary>What the tags of LiteLLM's OpenAPI document say about a route that the list doesn't have.</summary>
/// <remarks>
/// Counted over the operations of the document of LiteLLM 1.81.9 (decorators in <c>litellm/proxy</c> and <c>enterprise/</c>), each held
/// against the list of routes; the tags of <see cref="Newer"/> over the routers that came after it. The names of <see cref="Features"/> are
/// counted over the rows below the paths that <c>litellm/proxy/_lazy_features.py</c> gives them.
/// </remarks>
internal static class LiteLlmTags
{
    private static readonly string[] Admin =
    [
        "Agent Management",
        "Agents",
        "Audit Logging",
        "Budget & Spend Tracking",
        "Cache Settings",
        "Claude Code Marketplace",
        "CloudZero",
        "Cost Tracking",
        "Customer Management",
        "Fallback Management",
        "Internal User management",
        "Policies",
        "SSO Settings",
        "Search Tools",
        "Settings",
        "budget management",
        "email management",
        "key management",
        "organization management",
        "tag management",
        "team management",
        "user agent analytics",
        "vector store management",
    ];

    private static readonly string[] Newer =
    [
        "Config Overrides",
        "Coordination Redis Settings",
        "JWT Key Mapping",
        "Vantage",
        "memory management",
        "project management",
        "tool management",
        "workflow management",
    ];

    private static readonly string[] Mixed =
    [
        "Guardrails",
        "Prompt Management",
        "Router Settings",
        "UI Settings",
        "UI Theme Settings",
        "[beta] A2A Agents",
        "credential management",
        "mcp",
        "model management",
        "✨ SCIM v2 (Enterprise Only)",
    ];

    /// <summary>
    /// Until a router is loaded, the document has its routes from a snapshot, with this name as their only tag. Names that are missing
    /// here say nothing: few or none of their routes need the database.
    /// </summary>
    private static readonly Dictionary<string, TagMeaning> Features = new(StringComparer.Ordinal)
    {
        ["access_groups"] = TagMeaning.Admin,
        ["agents"] = TagMeaning.Admin,
        ["claude_code_marketplace"] = TagMeaning.Admin,
        ["cloudzero"] = TagMeaning.Admin,
        ["config_overrides"] = TagMeaning.Admin,
        ["guardrails"] = TagMeaning.Mixed,
        ["jwt_mappings"] = TagMeaning.Admin,
        ["mcp_management"] = TagMeaning.Mixed,
        ["model_insights"] = TagMeaning.Admin,
        // Those below /policy, which are tests and templates. The tag "Policies" is that of the routes below /policies.
        ["policies"] = TagMeaning.Nothing,
        ["policy_engine"] = TagMeaning.Admin,
        ["policy_resolve"] = TagMeaning.Admin,
        ["prompts"] = TagMeaning.Mixed,
        ["scim"] = TagMeaning.Mixed,
        ["search_tools"] = TagMeaning.Admin,
        ["tools"] = TagMeaning.Admin,
        ["vantage"] = TagMeaning.Admin,
        ["vector_store_management"] = TagMeaning.Admin,
    };

    private static readonly Dictionary<string, TagMeaning> Meanings = Admin
        .Concat(Newer)
        .Select(tag => (tag, TagMeaning.Admin))
        .Concat(Mixed.Select(tag => (tag, TagMeaning.Mixed)))
        // LiteLLM shows a websocket as a GET: model traffic.
        .Append(("WebSocket", TagMeaning.Traffic))
        .ToDictionary(pair => pair.Item1, pair => pair.Item2, StringComparer.OrdinalIgnoreCase);

    public static TagMeaning MeaningOf(string tag) =>
        Features.TryGetValue(tag, out TagMeaning meaning) ? meaning : Meanings.GetValueOrDefault(tag);
}
