namespace HxFunctions.SystemTests.Servers;

/// <summary>
/// What LiteLLM v1.81.9 answers while its Prisma client is None, by <c>litellm/proxy</c>. Model traffic and liveliness go on. v1.74.4
/// answers alike, but for <c>/customer/list</c>, which is FastAPI's shape there.
/// </summary>
internal static class LiteLlmWithoutDatabase
{
    /// <summary><c>CommonProxyErrors.db_not_connected_error</c>, <c>_types.py</c>.</summary>
    private const string NotConnected = "DB not connected. See https://docs.litellm.ai/docs/proxy/virtual_keys";

    private static readonly Dictionary<string, (int Status, string Body)> Answers = new(StringComparer.Ordinal)
    {
        // health_endpoints/_health_endpoints.py
        ["/health/readiness"] = (
            200,
            """{"status":"healthy","db":"Not connected","cache":null,"litellm_version":"1.81.9","success_callbacks":[],"use_aiohttp_transport":true}"""
        ),
        // management_endpoints/key_management_endpoints.py: any other exception becomes an "Authentication Error" with 500.
        ["/key/list"] = (
            500,
            """{"error":{"message":"Authentication Error, Database not connected","type":"internal_server_error","param":"None","code":"500"}}"""
        ),
        // internal_user_endpoints.py, team_endpoints.py: an f-string with the client that is None.
        ["/user/list"] = (500, """{"detail":{"error":"No db connected. prisma client=None"}}"""),
        ["/v2/team/list"] = (500, """{"detail":{"error":"No db connected. prisma client=None"}}"""),
        ["/team/list"] = (400, Detail(NotConnected)),
        ["/organization/list"] = (500, Detail("No db connected")),
        // customer_endpoints.py: through handle_exception_on_proxy, whose message is a Python dict as text.
        ["/customer/list"] = (
            400,
            $$$"""{"error":{"message":"{'error': '{{{NotConnected}}}'}","type":"internal_server_error","param":"None","code":"400"}}"""
        ),
        ["/budget/list"] = (400, Detail(NotConnected)),
        // proxy_server.py
        ["/invitation/info"] = (400, Detail(NotConnected)),
        ["/config/list"] = (400, Detail(NotConnected)),
        // spend_tracking/spend_management_endpoints.py
        ["/spend/users"] = (
            400,
            Detail(
                "Database not connected. Connect a database to your proxy - "
                    + "https://docs.litellm.ai/docs/simple_proxy#managing-auth---virtual-keys"
            )
        ),
        ["/global/spend"] = (
            500,
            """{"error":{"message":"{'error': 'No db connected'}","type":"internal_error","param":"None","code":"500"}}"""
        ),
    };

    /// <returns><see langword="null"/>: as with a database.</returns>
    public static (int Status, string Body)? Answer(string path, LiteLlmAccess access, string? key, LiteLlmRole? role)
    {
        // auth/user_api_key_auth.py: only the master key is known without a database.
        if (access != LiteLlmAccess.Public && !string.IsNullOrEmpty(key) && role != LiteLlmRole.Admin)
        {
            return (400, """{"error":{"message":"No connected db.","type":"no_db_connection","param":null,"code":"400"}}""");
        }

        return (access == LiteLlmAccess.Public || role == LiteLlmRole.Admin) && Answers.TryGetValue(path, out (int, string) answer)
            ? answer
            : null;
    }

    private static string Detail(string error) => $$$"""{"detail":{"error":"{{{error}}}"}}""";
}
