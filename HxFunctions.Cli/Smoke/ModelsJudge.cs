using System.Text.Json;

namespace HxFunctions.Cli.Smoke;

/// <summary>Judges <c>/v1/models</c>, which no default rule guards.</summary>
internal static class ModelsJudge
{
    private const string Suite = "gateway";
    private const string Request = "GET /v1/models";

    public static SmokeResult Admin(SmokeAnswer answer)
    {
        SmokeResult Result(SmokeOutcome outcome, string found, string advice) =>
            new(Suite, "admin key", Request, outcome, answer.Took, found, advice);
        SmokeResult Fail(string found, string advice) => Result(SmokeOutcome.Fail, found, advice);

        if (LiteLlmFault.Of(answer) is { } fault)
        {
            return Fail(
                $"{answer.Status}, {fault.Found}",
                fault == LiteLlmFault.NoDatabase
                    ? "without a database, LiteLLM only accepts its master key: check --key-env and the database"
                    : fault.Advice
            );
        }

        if (answer.Status == 200 && answer.Truncated && answer.LooksLikeJson)
        {
            return Result(SmokeOutcome.Pass, "200, a long list", "");
        }

        return answer.Status switch
        {
            0 => Fail(answer.Failure, "is the gateway running at --gateway? See systemctl status and its log"),
            200 when answer.Member("data") is { ValueKind: JsonValueKind.Array } data => Result(
                SmokeOutcome.Pass,
                $"200, {data.GetArrayLength()} {(data.GetArrayLength() == 1 ? "model" : "models")}",
                data.GetArrayLength() == 0 ? "no model is configured" : ""
            ),
            200 => Fail("200, not a list of models", "something other than LiteLLM answers there: check --gateway"),
            401 or 403 => Fail(
                $"{answer.Status}",
                "the gateway refuses the admin key: --key-env must name a variable that holds its master key"
            ),
            404 => Fail("404", "is --gateway LiteLLM's base URL, with SERVER_ROOT_PATH and without /v1?"),
            503 when answer.IsGuardProblem => Fail("503 by the guard", "/v1/models needs no database: is it guarded on purpose?"),
            >= 300 and < 400 => Fail(
                $"{answer.Status}, a redirect",
                "--gateway is not the API's final URL: http instead of https, or a missing path"
            ),
            _ => Fail($"{answer.Status}", "see the gateway's log"),
        };
    }

    /// <summary>Models may be listed with a limited key or not: what counts is that the gateway knows it.</summary>
    public static SmokeResult Limited(SmokeAnswer? answer)
    {
        SmokeResult Result(SmokeOutcome outcome, string found, string advice) =>
            new(Suite, "limited key", Request, outcome, answer?.Took ?? TimeSpan.Zero, found, advice);
        if (answer is not null && LiteLlmFault.Of(answer) is { } fault)
        {
            return Result(SmokeOutcome.Fail, $"{answer.Status}, {fault.Found}", fault.Advice);
        }

        return answer?.Status switch
        {
            null => Result(SmokeOutcome.Skipped, "", "no --limited-key-env: a key without admin rights was not tested"),
            0 => Result(SmokeOutcome.Fail, answer.Failure, "see the admin key"),
            200 or 403 => Result(SmokeOutcome.Pass, $"{answer.Status}", ""),
            401 => Result(
                SmokeOutcome.Fail,
                "401",
                "the gateway does not know the limited key: --limited-key-env must name a variable that holds a virtual key"
            ),
            _ => Result(SmokeOutcome.Fail, $"{answer.Status}", "see the admin key"),
        };
    }
}
