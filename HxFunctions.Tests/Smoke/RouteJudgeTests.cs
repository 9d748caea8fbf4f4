using HxFunctions.Cli.Smoke;

namespace HxFunctions.Tests.Smoke;

public sealed class RouteJudgeTests
{
    /// <summary>LiteLLM lets other keys in on some routes (<c>proxy/auth/route_checks.py</c>): that a limited key is one of them is no
    /// sign of admin rights.</summary>
    [Theory]
    [InlineData("/user", "Fail")]
    [InlineData("/v2/team", "Fail")]
    [InlineData("/config", "Fail")]
    [InlineData("/credentials", "Fail")]
    [InlineData("/key", "Skipped")]
    [InlineData("/spend", "Skipped")]
    [InlineData("/global", "Skipped")]
    [InlineData("/model", "Skipped")]
    // Prefixes of someone's own rules.
    [InlineData("/user/list", "Fail")]
    [InlineData("/team/available", "Skipped")]
    [InlineData("/spend/logs", "Skipped")]
    public void Limited_key_is_accused_only_where_nobody_but_an_admin_is_let_in(string prefix, string outcome)
    {
        GuardedRoute route = new(prefix, true, SafeReads.For(prefix));

        Judgement judged = RouteJudge.Judge(route, Verdict.Open, Caller.Limited, SmokeAnswers.Json(200, "[]"), true);
        Judgement refused = RouteJudge.Judge(route, Verdict.Open, Caller.Limited, SmokeAnswers.Json(403, "{}"), true);

        Assert.Equal((outcome, SmokeOutcome.Pass), (judged.Outcome.ToString(), refused.Outcome));
    }
}
