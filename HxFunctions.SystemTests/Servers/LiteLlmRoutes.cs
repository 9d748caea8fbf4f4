namespace HxFunctions.SystemTests.Servers;

/// <summary>Who may call a route: the outcomes of LiteLLM's <c>route_checks.py</c> and of the checks in some endpoints.</summary>
internal enum LiteLlmAccess
{
    Public,

    /// <summary>Any key: models.</summary>
    AnyKey,

    /// <summary>A key without a role gets its own data.</summary>
    OwnInfo,

    /// <summary>The route check refuses who isn't an admin: 401.</summary>
    Admin,

    /// <summary>As <see cref="Admin"/>, but users with the role <c>internal_user</c> are let in: <c>internal_user_routes</c>.</summary>
    InternalUsers,

    /// <summary>The endpoint itself refuses a key without a user with 403, and lists the keys of any other's: <c>/key/list</c>.</summary>
    OwnKeys,

    /// <summary>The endpoint itself refuses who isn't an admin, but with 401 and FastAPI's shape: <c>/team/list</c>.</summary>
    AdminByTeamList,
}

/// <summary>The routes that the stand-in has: from <c>LiteLLMRoutes</c> in LiteLLM's <c>proxy/_types.py</c> and its endpoints.</summary>
internal static class LiteLlmRoutes
{
    private const string Models =
        """{"data":[{"id":"made-up-model","object":"model","created":1677610602,"owned_by":"openai"}],"object":"list"}""";

    private const string Page = """{"keys":[],"total_count":0,"current_page":1,"total_pages":0}""";

    private static readonly (string Methods, LiteLlmAccess Access, string Answer, string[] Paths)[] Table =
    [
        ("GET,OPTIONS", LiteLlmAccess.Public, "\"I'm alive!\"", ["/health/liveliness", "/health/liveness"]),
        ("GET,OPTIONS", LiteLlmAccess.Public, "", [LiteLlmReadiness.Path]),
        // What a caller without a key no longer gets (#26912).
        ("GET", LiteLlmAccess.AnyKey, """{"status":"healthy","db":"connected","cache":"redis"}""", ["/health/readiness/details"]),
        ("GET", LiteLlmAccess.AnyKey, Models, ["/v1/models", "/models"]),
        ("GET", LiteLlmAccess.OwnInfo, """{"data":[]}""", ["/model/info", "/v1/model/info", "/v2/model/info"]),
        ("GET", LiteLlmAccess.OwnInfo, "{}", ["/key/info", "/user/info", "/v2/user/info", "/team/info"]),
        ("GET", LiteLlmAccess.OwnKeys, Page, ["/key/list"]),
        ("GET", LiteLlmAccess.Admin, """{"users":[],"total":0,"page":1,"page_size":25,"total_pages":0}""", ["/user/list"]),
        ("GET", LiteLlmAccess.AdminByTeamList, "[]", ["/team/list"]),
        ("GET", LiteLlmAccess.AdminByTeamList, """{"teams":[],"total":0,"page":1,"page_size":10,"total_pages":0}""", ["/v2/team/list"]),
        ("GET", LiteLlmAccess.OwnInfo, "[]", ["/organization/list"]),
        (
            "GET",
            LiteLlmAccess.Admin,
            "[]",
            [
                "/customer/list",
                "/budget/list",
                "/jwt/key/mapping/list",
                "/global/spend",
                "/global/spend/teams",
                "/global/spend/logs",
                "/global/spend/report",
            ]
        ),
        (
            "GET",
            LiteLlmAccess.InternalUsers,
            "[]",
            ["/spend/keys", "/spend/users", "/spend/tags", "/spend/logs", "/global/spend/keys", "/global/spend/models"]
        ),
        ("GET,POST", LiteLlmAccess.Admin, """{"success":true,"credentials":[]}""", ["/credentials"]),
        (
            "POST",
            LiteLlmAccess.Admin,
            "{}",
            [
                "/key/generate",
                "/key/update",
                "/key/delete",
                "/v2/key/info",
                "/user/new",
                "/user/update",
                "/user/delete",
                "/team/new",
                "/team/update",
                "/team/delete",
                "/model/new",
                "/model/update",
                "/model/delete",
            ]
        ),
    ];

    private static readonly Dictionary<string, LiteLlmRoute> All = new(
        Table.SelectMany(row =>
            row.Paths.Select(path => KeyValuePair.Create(path, new LiteLlmRoute(row.Methods.Split(','), row.Access, row.Answer)))
        ),
        StringComparer.Ordinal
    )
    {
        ["/config/list"] = new(["GET"], LiteLlmAccess.Admin, "[]") { Needs = "config_type" },
        // No invitation exists here.
        ["/invitation/info"] = new(["GET"], LiteLlmAccess.Admin, """{"detail":{"error":"Invitation id does not exist in the database."}}""")
        {
            Needs = "invitation_id",
            Status = 400,
        },
    };

    /// <summary>Paths are compared as they are: LiteLLM's framework knows case.</summary>
    public static LiteLlmRoute? Find(string path) => All.GetValueOrDefault(path);
}

/// <param name="Answer">JSON, for who may.</param>
internal sealed record LiteLlmRoute(IReadOnlyList<string> Methods, LiteLlmAccess Access, string Answer)
{
    /// <summary>A query parameter without which it answers 422 to who may.</summary>
    public string? Needs { get; init; }

    public int Status { get; init; } = 200;
}
