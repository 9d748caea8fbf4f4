namespace HxFunctions.SystemTests.Servers;

/// <summary>What a key may do at LiteLLM: the roles that its answers differ by.</summary>
internal enum LiteLlmRole
{
    /// <summary>The master key, or a virtual key of a proxy admin: everything.</summary>
    Admin,

    /// <summary>A virtual key with <c>allowed_routes: ["llm_api_routes"]</c>: models and inference; 403 for the rest.</summary>
    LlmApi,

    /// <summary>A virtual key without restriction and without a user: admin routes refuse it with LiteLLM's 401, some with 403.</summary>
    NoRole,

    /// <summary>A virtual key of a user with the role <c>internal_user</c>: its own keys, and the routes about spend.</summary>
    InternalUser,
}

/// <summary>What is wrong with the stand-in.</summary>
internal enum LiteLlmMode
{
    Serving,

    /// <summary>Takes requests and never answers.</summary>
    Hangs,

    /// <summary>Ends every connection in the middle of a request.</summary>
    Resets,

    /// <summary>200 and a page, as some other server would.</summary>
    Garbage,

    /// <summary>500 and Starlette's plain text.</summary>
    Crashes,

    /// <summary>503 and a page, as a load balancer without a backend.</summary>
    Unavailable,

    /// <summary>It came up without its database: <see cref="LiteLlmWithoutDatabase"/>.</summary>
    NoDatabase,

    /// <summary>Its database went away while it ran: readiness says so. Keys and models are still in its memory.</summary>
    DatabaseUnreachable,
}

/// <param name="Port">0: a free one.</param>
/// <param name="RootPath"><c>SERVER_ROOT_PATH</c>, e.g. <c>/api/v1</c>; paths without it are answered too, as Starlette does.</param>
/// <param name="Missing">Routes that this version doesn't have.</param>
internal sealed record LiteLlmOptions(int Port = 0, string RootPath = "", params string[] Missing)
{
    public const string MasterKey = "sk-made-up-master-key";
    public const string LlmApiKey = "sk-made-up-llm-api-key";
    public const string NoRoleKey = "sk-made-up-no-role-key";
    public const string InternalUserKey = "sk-made-up-internal-user-key";

    /// <summary>The keys that it knows.</summary>
    public IReadOnlyDictionary<string, LiteLlmRole> Keys { get; init; } =
        new Dictionary<string, LiteLlmRole>
        {
            [MasterKey] = LiteLlmRole.Admin,
            [LlmApiKey] = LiteLlmRole.LlmApi,
            [NoRoleKey] = LiteLlmRole.NoRole,
            [InternalUserKey] = LiteLlmRole.InternalUser,
        };
}

/// <summary>A request as it came, without anything secret.</summary>
/// <param name="Path">With its query, undecoded.</param>
/// <param name="Role">The key's; <see langword="null"/>: none, or one that isn't known.</param>
internal sealed record LiteLlmRequest(string Method, string Path, LiteLlmRole? Role);
