using System.Text.Json;

namespace HxFunctions.Cli.Smoke;

/// <summary>
/// Judges LiteLLM's <c>/health/readiness</c>: its database and its cache, as its process sees them. The route takes no key
/// (<c>public_routes</c> in <c>proxy/_types.py</c>) and changes nothing: <c>proxy/health_endpoints/_health_endpoints.py</c> asks the
/// database <c>SELECT 1</c>, at most every two minutes (15 s after v1.81.9), and goes by that answer meanwhile. Since 1.84 a caller
/// without a key gets <c>status</c> and <c>db</c> only, from a release candidate <c>status</c> alone (BerriAI/litellm #26912, #27866).
/// </summary>
/// <remarks>
/// Up to v1.81.9, <c>allow_requests_on_db_unavailable</c> lets a failed check pass and keeps what the last good one found: the answer stays
/// "connected" for as long as the process runs. No answer tells the two apart; the guarded routes do, which fail then.
/// </remarks>
internal static class ReadinessJudge
{
    private const string Suite = "gateway";
    private const string Name = "readiness";
    private const string Request = "GET /health/readiness";

    /// <summary><c>LiteLLMCacheType</c> in <c>litellm/types/caching.py</c>.</summary>
    private static readonly string[] CacheTypes =
    [
        "local",
        "redis",
        "redis-semantic",
        "s3",
        "disk",
        "qdrant-semantic",
        "azure-blob",
        "gcs",
    ];

    /// <param name="need">Whether the guard's rules need the database now.</param>
    /// <param name="gatewayAnswers">Whether the gateway answers <c>/v1/models</c>: else that is the failure.</param>
    public static SmokeResult Judge(SmokeAnswer answer, DatabaseNeed need, bool gatewayAnswers)
    {
        SmokeResult Result(SmokeOutcome outcome, string found, string advice = "") =>
            new(Suite, Name, Request, outcome, answer.Took, found, advice);
        SmokeResult Lacking(string found, string advice) =>
            need switch
            {
                DatabaseNeed.Now => Result(SmokeOutcome.Fail, found, advice),
                DatabaseNeed.WhenOpen => Result(SmokeOutcome.Skipped, found, "the guard has closed every route that needs the database"),
                _ => Result(SmokeOutcome.Skipped, found, "no rule of the guard needs the database"),
            };

        switch (answer.Status)
        {
            case 0 when !gatewayAnswers:
                return Result(SmokeOutcome.Skipped, "", SmokeRun.NoAnswer);
            case 0:
                return Result(SmokeOutcome.Fail, answer.Failure, "is the gateway overloaded? See its log, or raise --timeout");
            case 200 when answer.Text("db") is { } database:
                string cache = $"cache {Cache(answer.Member("cache"))}";
                return State(database, answer.Text("status")) switch
                {
                    "connected" => Result(SmokeOutcome.Pass, $"database connected, {cache}"),
                    "not connected" => Lacking($"database not connected, {cache}", LiteLlmFault.NoDatabase.Advice),
                    var state => Lacking($"database {state}, {cache}", LiteLlmFault.Unreachable.Advice),
                };
            case 503 when answer.IsGuardProblem:
                return Result(SmokeOutcome.Skipped, "503 by the guard", "readiness needs no database: is it guarded on purpose?");
            case 503 when Unready(answer) is { } lacks:
                return Lacking($"503, {lacks}", LiteLlmFault.Unreachable.Advice);
            case 503 when (answer.Text("detail") ?? "").StartsWith("Service Unhealthy", StringComparison.Ordinal):
                return Lacking("503, unhealthy", (LiteLlmFault.Of(answer) ?? LiteLlmFault.Unreachable).Advice);
            case >= 500:
                return Result(SmokeOutcome.Fail, $"{answer.Status}", "see the gateway's log");
            case 200:
                return Result(
                    SmokeOutcome.Skipped,
                    "200, without a database state",
                    "LiteLLM does not tell it here, or something else answers"
                );
            default:
                return Result(
                    SmokeOutcome.Skipped,
                    $"{answer.Status}",
                    "the gateway does not have this endpoint: the state of its database and cache is unknown"
                );
        }
    }

    /// <summary>
    /// Up to v1.81.9 an answer with a database says <c>"db":"connected"</c> whatever was found, and what was found overwrites
    /// <c>"status":"healthy"</c>; later versions give it as <c>db</c>. Without a Prisma client all say <c>"db":"Not connected"</c>.
    /// "unknown" is left when no check has succeeded yet and <c>allow_requests_on_db_unavailable</c> let the failures pass.
    /// </summary>
    private static string State(string database, string? status) =>
        (database, status) switch
        {
            ("Not connected", _) => "not connected",
            ("disconnected", _) or ("connected", "disconnected") => "disconnected",
            ("connected", "unknown") => "unknown",
            ("connected", _) => "connected",
            _ => "unknown",
        };

    /// <summary>503 in the shape of a healthy answer: since BerriAI/litellm #27003, and for nothing but a database that fails.</summary>
    /// <returns>What is wrong with the database; <see langword="null"/>: the answer isn't of that shape.</returns>
    private static string? Unready(SmokeAnswer answer) =>
        answer.Text("db") is { } database
            ? State(database, answer.Text("status")) is var state and not "connected"
                ? $"database {state}"
                : null
            : answer.Text("status") == "healthy"
                ? "unhealthy"
                : null;

    /// <summary>A semantic cache is an object with its type. Without the member, the answer doesn't tell.</summary>
    private static string Cache(JsonElement? cache)
    {
        JsonElement? type = cache is { ValueKind: JsonValueKind.Object } detailed ? SmokeAnswer.MemberOf(detailed, "type") : cache;
        return type is not { } known ? "unknown"
            : known.ValueKind == JsonValueKind.Null ? "none"
            : SmokeAnswer.TextOf(known) is { } text && CacheTypes.Contains(text) ? text
            : "of another type";
    }
}
