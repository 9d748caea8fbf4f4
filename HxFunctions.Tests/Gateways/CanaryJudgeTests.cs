using System.Text;
using HxFunctions.Cli.Gateways;

namespace HxFunctions.Tests.Gateways;

/// <summary>What an answer to the canary proves, and what it doesn't.</summary>
public class CanaryJudgeTests
{
    private const string Problem = GuardWords.Problem;

    [Theory]
    [InlineData(503, Problem, "canary", "Refused")]
    [InlineData(403, Problem, "canary", "Refused")]
    // The right words with another status, or as another kind of body, are somebody else's.
    [InlineData(200, Problem, "canary", "Through")]
    [InlineData(404, Problem, "canary", "Through")]
    [InlineData(503, "text/html", "canary", "Failure")]
    [InlineData(503, Problem, "canary-2", "ClosedAsAnother")]
    [InlineData(503, Problem, "dependency-unavailable", "ClosedAsAnother")]
    [InlineData(503, Problem, "closed-by-operator", "ClosedAsAnother")]
    [InlineData(503, Problem, "guard-unreachable", "GuardSilent")]
    [InlineData(502, Problem, "guard-unreachable", "GuardSilent")]
    [InlineData(503, "text/html", null, "Failure")]
    [InlineData(503, Problem, null, "Failure")]
    [InlineData(500, "", null, "Failure")]
    [InlineData(502, "", null, "Failure")]
    [InlineData(504, "", null, "Failure")]
    [InlineData(401, "application/json", null, "NotLetIn")]
    [InlineData(403, "text/html", null, "NotLetIn")]
    [InlineData(301, "", null, "Redirected")]
    [InlineData(429, "", null, "RateLimited")]
    [InlineData(200, "application/json", null, "Through")]
    [InlineData(404, "application/json", null, "Through")]
    [InlineData(400, "", null, "Through")]
    [InlineData(405, "", null, "Through")]
    public void Plain_spelling_is_refused_in_the_guards_words_only(int status, string media, string? type, string verdict) =>
        Assert.Equal(verdict, CanaryJudge.OfPlain(Answer(status, media, type)).ToString());

    [Theory]
    [InlineData(503, Problem, "canary", 404, "Refused")]
    [InlineData(503, Problem, "guard-unreachable", 404, "GuardSilent")]
    [InlineData(503, Problem, "dependency-unavailable", 404, "ClosedAsAnother")]
    // A line or method that nobody takes.
    [InlineData(400, "text/html", null, 404, "RefusedAsForm")]
    [InlineData(405, "", null, 404, "RefusedAsForm")]
    [InlineData(414, "", null, 404, "RefusedAsForm")]
    [InlineData(421, "", null, 404, "RefusedAsForm")]
    [InlineData(431, "", null, 404, "RefusedAsForm")]
    [InlineData(494, "", null, 404, "RefusedAsForm")]
    [InlineData(501, "", null, 404, "RefusedAsForm")]
    [InlineData(505, "", null, 404, "RefusedAsForm")]
    // Where every unknown path gets the same, that is what is behind.
    [InlineData(400, "text/html", null, 400, "Through")]
    [InlineData(405, "", null, 405, "Through")]
    [InlineData(200, "text/html", null, 404, "Through")]
    [InlineData(204, "", null, 404, "Through")]
    [InlineData(301, "", null, 404, "Through")]
    [InlineData(307, "", null, 404, "Through")]
    [InlineData(401, "", null, 404, "Through")]
    [InlineData(403, "", null, 404, "Through")]
    [InlineData(404, "", null, 404, "Through")]
    [InlineData(404, "", null, 200, "Through")]
    [InlineData(422, "", null, 404, "Through")]
    [InlineData(500, "", null, 404, "Through")]
    [InlineData(502, "", null, 404, "Through")]
    [InlineData(503, "text/html", null, 404, "Through")]
    [InlineData(429, "", null, 404, "RateLimited")]
    public void Disguise_got_through_unless_its_form_or_the_canary_was_refused(
        int status,
        string media,
        string? type,
        int neighbour,
        string verdict
    ) => Assert.Equal(verdict, CanaryJudge.Of(Answer(status, media, type), "GET", neighbour).ToString());

    /// <summary>docs/gateway-check.md names the statuses that refuse a form, and no others.</summary>
    [Fact]
    public void Statuses_that_refuse_a_form_are_those_of_the_page()
    {
        string[] judged =
        [
            .. Enumerable
                .Range(200, 400)
                .Where(status => CanaryJudge.Of(Answer(status, "", null), "GET", 404) == CanaryVerdict.RefusedAsForm)
                .Select(status => $"{status}"),
        ];

        Assert.Contains(
            $"| {string.Join(", ", judged)} | got through | pass: ",
            File.ReadAllText(Path.Combine(Repository.Root, "docs", "gateway-check.md")),
            StringComparison.Ordinal
        );
    }

    /// <summary>An answer to HEAD has no words: its kind must do.</summary>
    [Theory]
    [InlineData(503, Problem, "Refused")]
    [InlineData(403, Problem, "Refused")]
    [InlineData(503, "text/html", "Through")]
    [InlineData(404, "application/json", "Through")]
    public void Answer_to_HEAD_is_judged_by_its_kind(int status, string media, string verdict) =>
        Assert.Equal(verdict, CanaryJudge.Of(Answer(status, media, null), "HEAD", 404).ToString());

    [Theory]
    [InlineData("Closed", "Silent", "Dropped")]
    [InlineData("Late", "Silent", "Silent")]
    [InlineData("Unreachable", "Silent", "Silent")]
    [InlineData("NotHttp", "Silent", "Through")]
    public void Silence_proves_no_refusal(string silence, string plain, string disguised)
    {
        RawAnswer answer = RawAnswer.Without(Enum.Parse<Silence>(silence), "why", TimeSpan.Zero);

        Assert.Equal(plain, CanaryJudge.OfPlain(answer).ToString());
        Assert.Equal(disguised, CanaryJudge.Of(answer, "GET", 404).ToString());
    }

    /// <summary>The guard answers 400 to what is no request's target, and gateways have no other words for that; of anything else it
    /// should say more.</summary>
    [Theory]
    [InlineData(".hx/canary", true)]
    [InlineData("%2f.hx%2fcanary", true)]
    [InlineData("/.hx%2fcanary", false)]
    [InlineData("http://gateway.example/.hx/canary", false)]
    public void Closed_without_the_guard_is_well_for_no_target_alone(string target, bool isClosed) =>
        Assert.Equal(isClosed, new CanaryAsk(new("x", "", target), "GET", CanaryVerdict.GuardSilent, null).IsClosed);

    private static RawAnswer Answer(int status, string media, string? type) =>
        new(new(status, media, type is null ? [] : Encoding.UTF8.GetBytes(GuardWords.OfType(type)), false, TimeSpan.Zero), Silence.None);
}
