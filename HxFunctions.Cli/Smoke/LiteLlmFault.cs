using System.Text.Json;

namespace HxFunctions.Cli.Smoke;

/// <summary>
/// Why LiteLLM can't answer, by the body of its refusal: the same cause comes as 400, 401, 500 or 503. Texts are LiteLLM's own at
/// v1.74.4 and v1.81.9, where each is said to be from; nothing of a body is ever shown.
/// </summary>
/// <param name="Found">In a few words, beside the status.</param>
internal sealed record LiteLlmFault(string Found, string Advice)
{
    /// <summary>LiteLLM started without a database: its Prisma client is None.</summary>
    public static LiteLlmFault NoDatabase { get; } =
        new("no database", "LiteLLM runs without its database: see the log of its start, and check DATABASE_URL and the migrations");

    /// <summary>It has a Prisma client that gets no answer, or a refusal, from PostgreSQL.</summary>
    public static LiteLlmFault Unreachable { get; } =
        new(
            "database unreachable",
            "LiteLLM can't use its database: see its log. Does its DATABASE_URL name the same server as PG_URL of the function app?"
        );

    /// <summary>The database has no such table or column.</summary>
    public static LiteLlmFault NoSchema { get; } =
        new(
            "tables missing",
            "LiteLLM's tables are not in its database: did the migrations run (see the log of its start)? Does DATABASE_URL name "
                + "the right database?"
        );

    /// <summary><c>ProxyErrorTypes.no_db_connection</c> in <c>proxy/_types.py</c>; with the message "No connected db." (400) from
    /// <c>proxy/auth/user_api_key_auth.py</c> for every key that isn't the master key.</summary>
    private const string NoDatabaseType = "no_db_connection";

    private static readonly (string Text, LiteLlmFault Fault)[] Texts =
    [
        // CommonProxyErrors.db_not_connected_error in proxy/_types.py; "Postgres DB Not connected" in customer_endpoints.py.
        ("DB not connected", NoDatabase),
        // spend_management_endpoints.py, key_management_endpoints.py and others.
        ("Database not connected", NoDatabase),
        // budget_management_endpoints.py, internal_user_endpoints.py, proxy/auth/auth_checks.py and others.
        ("No db connected", NoDatabase),
        ("No connected db", NoDatabase),
        // generate_key_helper_fn in key_management_endpoints.py.
        ("Not connected to DB", NoDatabase),
        // spend_management_endpoints.py; endpoints of guardrails, vector stores and MCP servers.
        ("Prisma client is not initialized", NoDatabase),
        ("Prisma client not initialized", NoDatabase),
        ("Prisma client not found", NoDatabase),
        ("Prisma client is None", NoDatabase),
        ("prisma_client is None", NoDatabase),
        // Prisma's error reference: P1001, P1002, P1000, P1017, P2024.
        ("reach database server", Unreachable),
        ("was reached but timed out", Unreachable),
        ("Authentication failed against database server", Unreachable),
        ("Server has closed the connection", Unreachable),
        ("Timed out fetching a new connection from the connection pool", Unreachable),
        // httpx towards Prisma's query engine (LiteLLM's docs/proxy/docker_quick_start.md), and prisma-client-py's
        // ClientNotConnectedError.
        ("All connection attempts failed", Unreachable),
        ("not connected to the query engine", Unreachable),
        // P2021 and P2022.
        ("does not exist in the current database", NoSchema),
    ];

    /// <summary>CommonProxyErrors' not_premium_user, missing_enterprise_package and missing_enterprise_package_docker.</summary>
    private static readonly string[] EnterpriseTexts =
    [
        "LiteLLM Enterprise",
        "litellm-enterprise package",
        "only available on the Docker image",
        "enterprise license",
        "Enterprise feature",
    ];

    /// <returns><see langword="null"/>: the answer says nothing of the kind.</returns>
    public static LiteLlmFault? Of(SmokeAnswer answer)
    {
        if (answer.Status < 400 || answer.IsProblem)
        {
            return null;
        }

        if (
            answer.Member("error") is { } error
            && SmokeAnswer.MemberOf(error, "type") is { } type
            && SmokeAnswer.TextOf(type) == NoDatabaseType
        )
        {
            return NoDatabase;
        }

        string[] messages = [.. MessagesOf(answer)];
        return Texts.FirstOrDefault(t => messages.Any(m => m.Contains(t.Text, StringComparison.OrdinalIgnoreCase))).Fault;
    }

    /// <summary>Whether the licence keeps the route from answering, not a dependency.</summary>
    public static bool IsEnterpriseOnly(SmokeAnswer answer) =>
        answer.Status >= 400
        && MessagesOf(answer).Any(m => EnterpriseTexts.Any(text => m.Contains(text, StringComparison.OrdinalIgnoreCase)));

    /// <summary>Where a message stands: <c>{"error":{"message":…}}</c> of a ProxyException, whose message may be a Python dict as text;
    /// <c>{"detail":…}</c> of an HTTPException, whose detail may be a text or an object with <c>error</c> or <c>message</c>.</summary>
    private static IEnumerable<string> MessagesOf(SmokeAnswer answer)
    {
        foreach (string outer in new[] { "error", "detail" })
        {
            if (answer.Member(outer) is not { } member)
            {
                continue;
            }

            JsonElement?[] texts = [member, SmokeAnswer.MemberOf(member, "message"), SmokeAnswer.MemberOf(member, "error")];
            foreach (JsonElement text in texts.OfType<JsonElement>())
            {
                if (SmokeAnswer.TextOf(text) is { } message)
                {
                    yield return message;
                }
            }
        }
    }
}
