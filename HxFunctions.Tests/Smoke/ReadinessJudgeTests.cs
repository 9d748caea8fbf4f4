using HxFunctions.Cli.Smoke;

namespace HxFunctions.Tests.Smoke;

/// <summary>LiteLLM's <c>/health/readiness</c> in the shapes of its versions: <c>proxy/health_endpoints/_health_endpoints.py</c>.</summary>
public sealed class ReadinessJudgeTests
{
    [Theory]
    // v1.74.4 and v1.81.9: what the check found overwrites the status.
    [InlineData(
        """{"status":"connected","db":"connected","cache":"redis","last_updated":"x"}""",
        "Pass",
        "database connected, cache redis"
    )]
    [InlineData("""{"status":"disconnected","db":"connected","cache":null}""", "Fail", "database disconnected, cache none")]
    [InlineData("""{"status":"unknown","db":"connected","cache":"local"}""", "Fail", "database unknown, cache local")]
    // All versions, without a Prisma client.
    [InlineData("""{"status":"healthy","db":"Not connected","cache":null}""", "Fail", "database not connected, cache none")]
    // Later than v1.81.9: what was found is db itself (BerriAI/litellm at 017076d).
    [InlineData("""{"status":"healthy","db":"connected","cache":"s3"}""", "Pass", "database connected, cache s3")]
    [InlineData("""{"status":"healthy","db":"unknown","cache":"s3"}""", "Fail", "database unknown, cache s3")]
    [InlineData("""{"status":"healthy","db":"disconnected","cache":"s3"}""", "Fail", "database disconnected, cache s3")]
    // Since 1.84 (#26912, #27866) without a key.
    [InlineData("""{"status":"healthy","db":"connected"}""", "Pass", "database connected, cache unknown")]
    [InlineData("""{"status":"healthy","db":"Not connected"}""", "Fail", "database not connected, cache unknown")]
    // A semantic cache; and nothing of a server's text is shown.
    [InlineData(
        """{"status":"healthy","db":"connected","cache":{"type":"redis-semantic","index_info":"secret"}}""",
        "Pass",
        "database connected, cache redis-semantic"
    )]
    [InlineData("""{"status":"healthy","db":"secret","cache":"secret"}""", "Fail", "database unknown, cache of another type")]
    [InlineData("""{"status":"healthy"}""", "Skipped", "200, without a database state")]
    [InlineData("\"I'm alive!\"", "Skipped", "200, without a database state")]
    public void State_is_read_from_every_version(string body, string outcome, string found)
    {
        SmokeResult result = ReadinessJudge.Judge(SmokeAnswers.Json(200, body), DatabaseNeed.Now, true);

        Assert.Equal((outcome, found), (result.Outcome.ToString(), result.Found));
    }

    [Theory]
    [InlineData(503, """{"detail":"Service Unhealthy (All connection attempts failed)"}""", "Fail", "503, unhealthy")]
    [InlineData(503, """{"status":"healthy","db":"disconnected"}""", "Fail", "503, database disconnected")]
    [InlineData(503, """{"status":"healthy"}""", "Fail", "503, unhealthy")]
    [InlineData(503, """{"status":"healthy","db":"connected"}""", "Fail", "503")]
    [InlineData(503, "{}", "Fail", "503")]
    [InlineData(500, "{}", "Fail", "500")]
    [InlineData(404, """{"detail":"Not Found"}""", "Skipped", "404")]
    [InlineData(401, "{}", "Skipped", "401")]
    public void Other_statuses_are_told(int status, string body, string outcome, string found)
    {
        SmokeResult result = ReadinessJudge.Judge(SmokeAnswers.Json(status, body), DatabaseNeed.Now, true);

        Assert.Equal((outcome, found), (result.Outcome.ToString(), result.Found));
    }

    /// <summary>The shape that has no <c>detail</c>, since #27003.</summary>
    [Fact]
    public void Advice_names_the_database_when_it_is_needed_now()
    {
        SmokeResult result = ReadinessJudge.Judge(
            SmokeAnswers.Json(503, """{"status":"healthy","db":"disconnected"}"""),
            DatabaseNeed.Now,
            true
        );

        Assert.Equal(LiteLlmFault.Unreachable.Advice, result.Advice);
    }

    [Theory]
    [InlineData(nameof(DatabaseNeed.WhenOpen))]
    [InlineData(nameof(DatabaseNeed.Never))]
    public void What_the_guard_does_not_need_now_may_be_missing(string need)
    {
        foreach (
            SmokeAnswer answer in new[]
            {
                SmokeAnswers.Json(200, """{"db":"Not connected"}"""),
                SmokeAnswers.Json(503, """{"detail":"Service Unhealthy (x)"}"""),
                SmokeAnswers.Json(503, """{"status":"healthy","db":"disconnected"}"""),
                SmokeAnswers.Json(503, """{"status":"disconnected","db":"connected","cache":"redis"}"""),
                SmokeAnswers.Json(503, """{"status":"healthy"}"""),
            }
        )
        {
            Assert.Equal(SmokeOutcome.Skipped, ReadinessJudge.Judge(answer, Enum.Parse<DatabaseNeed>(need), true).Outcome);
        }
    }
}
