using HxFunctions.Cli.Smoke;

namespace HxFunctions.Tests.Smoke;

/// <summary>LiteLLM's bodies at v1.74.4-nightly and v1.81.9, read from <c>litellm/proxy</c>, and what they say.</summary>
public sealed class LiteLlmFaultTests
{
    private const string NotConnected = "DB not connected. See https://docs.litellm.ai/docs/proxy/virtual_keys";
    private const string No = "no database",
        Unreachable = "database unreachable",
        Schema = "tables missing";

    [Theory]
    // team_endpoints.py, proxy_server.py: FastAPI's shape, with 400.
    [InlineData(400, $$$"""{"detail":{"error":"{{{NotConnected}}}"}}""", No)]
    // internal_user_endpoints.py (SSO, /user/info), agent_endpoints: the detail is the text itself.
    [InlineData(400, $$$"""{"detail":"{{{NotConnected}}}"}""", No)]
    // audit_logging_endpoints.py of litellm_enterprise: under another name.
    [InlineData(500, $$$"""{"detail":{"message":"{{{NotConnected}}}"}}""", No)]
    // handle_exception_on_proxy in proxy/utils.py: the detail's dict as Python prints it.
    [InlineData(
        400,
        $$$"""{"error":{"message":"{'error': '{{{NotConnected}}}'}","type":"internal_server_error","param":"None","code":"400"}}""",
        No
    )]
    [InlineData(
        500,
        """{"error":{"message":"Authentication Error, Database not connected","type":"internal_server_error","param":"None","code":"500"}}""",
        No
    )]
    // user_api_key_auth.py; auth_checks.py by auth_exception_handler.py: 401.
    [InlineData(400, """{"error":{"message":"No connected db.","type":"no_db_connection","param":null,"code":"400"}}""", No)]
    [InlineData(
        401,
        """{"error":{"message":"Authentication Error, No DB Connected. See - https://docs.litellm.ai/docs/proxy/virtual_keys","type":"auth_error","param":"None","code":"401"}}""",
        No
    )]
    [InlineData(503, """{"error":{"message":"another text","type":"no_db_connection","param":null,"code":"503"}}""", No)]
    [InlineData(500, """{"detail":{"error":"No db connected. prisma client=None"}}""", No)]
    // customer_endpoints.py, key_management_endpoints.py, spend_management_endpoints.py.
    [InlineData(500, """{"detail":{"error":"Postgres DB Not connected"}}""", No)]
    [InlineData(
        500,
        """{"error":{"message":"Internal Server Error, Not connected to DB!","type":"internal_server_error","param":"None","code":"500"}}""",
        No
    )]
    [InlineData(
        500,
        """{"error":{"message":"Prisma Client is not initialized","type":"internal_error","param":"None","code":"500"}}""",
        No
    )]
    [InlineData(500, """{"detail":"Prisma client not initialized"}""", No)]
    // Prisma's error reference, P1001; P2024; httpx, without a query engine; P2021.
    [InlineData(
        500,
        """{"error":{"message":"Internal Server Error, Can't reach database server at `db`:`5432`","type":"internal_server_error","param":"None","code":"500"}}""",
        Unreachable
    )]
    [InlineData(503, """{"detail":"Service Unhealthy (All connection attempts failed)"}""", Unreachable)]
    [InlineData(500, """{"detail":{"error":"Timed out fetching a new connection from the connection pool."}}""", Unreachable)]
    [InlineData(500, """{"detail":{"error":"The table `public.LiteLLM_BudgetTable` does not exist in the current database."}}""", Schema)]
    // What is none of these.
    [InlineData(400, """{"detail":{"error":"Invitation id does not exist in the database."}}""", null)]
    [InlineData(
        401,
        """{"error":{"message":"Authentication Error, No api key passed in.","type":"auth_error","param":"None","code":"401"}}""",
        null
    )]
    [InlineData(500, "\"Internal Server Error\"", null)]
    [InlineData(200, $$$"""{"detail":"{{{NotConnected}}}"}""", null)]
    public void Body_tells_the_cause_whatever_the_status(int status, string body, string? found) =>
        Assert.Equal(found, LiteLlmFault.Of(SmokeAnswers.Json(status, body))?.Found);

    /// <summary>Ours has a <c>detail</c>, too.</summary>
    [Fact]
    public void Problem_of_the_guard_is_none_of_LiteLLMs()
    {
        const string problem = $$"""{"type":"urn:hxfunctions:problem:closed","detail":"{{NotConnected}}","verdict":"closed"}""";
        SmokeAnswer answer = SmokeAnswers.Json(503, problem, "application/problem+json");

        Assert.Null(LiteLlmFault.Of(answer));
        GuardedRoute route = new("/key", true, SafeReads.For("/key"));
        Judgement open = RouteJudge.Judge(route, Verdict.Open, Caller.Admin, answer, true),
            closed = RouteJudge.Judge(route, Verdict.Closed, Caller.Admin, answer, true);
        Assert.Equal((SmokeOutcome.Fail, "503 by the guard, though open"), (open.Outcome, open.Found));
        Assert.Equal((SmokeOutcome.Pass, "503 by the guard"), (closed.Outcome, closed.Found));
    }

    [Theory]
    // CommonProxyErrors.not_premium_user and missing_enterprise_package, _types.py.
    [InlineData(400, """{"detail":{"error":"You must be a LiteLLM Enterprise user to use this feature."}}""", true)]
    [InlineData(
        500,
        """{"error":{"message":"Internal Server Error, Missing litellm-enterprise package. Please install it","type":"x","code":"500"}}""",
        true
    )]
    [InlineData(200, """{"detail":"LiteLLM Enterprise"}""", false)]
    [InlineData(403, """{"detail":{"error":"Admin-only endpoint. Not allowed to access this."}}""", false)]
    public void Licence_is_told_from_a_refusal(int status, string body, bool expected) =>
        Assert.Equal(expected, LiteLlmFault.IsEnterpriseOnly(SmokeAnswers.Json(status, body)));
}
