using HxFunctions.Core.Http;
using HxFunctions.Tests.Serving;

namespace HxFunctions.Tests.Http;

/// <summary>A gateway may keep what no rule guards, and nothing else.</summary>
public class KeepableAnswerTests
{
    private const string Rules = "/v1/keys POST=thing";

    [Theory]
    // By either family, with any method, at both routes.
    [InlineData("GET /guard", "X-Original", "/v1/models", "GET", true)]
    [InlineData("HEAD /guard", "X-Original", "/v1/chat/completions?stream=1", "POST", true)]
    [InlineData("HEAD /guard", "X-Forwarded", "/v1/models?urls=https://a/x,https://b/v1/keys", "POST", true)]
    [InlineData("HEAD /guard/check", "X-Original", "/v1/models", "GET", true)]
    [InlineData("POST /guard/check", "X-Forwarded", "/v1/models", "", true)]
    // The rule isn't about this method.
    [InlineData("GET /guard", "X-Original", "/v1/keys", "GET", true)]
    [InlineData("GET /guard", "X-Original", "/v1/keys", "POST", false)]
    [InlineData("GET /guard", "X-Original", "/v1/keys", "", false)]
    [InlineData("GET /guard", "X-Original", "/v1/%6Beys", "POST", false)]
    // What can't be decided matches every rule; that none applies to its method changes nothing.
    [InlineData("GET /guard", "X-Original", "/v1/%zz", "GET", false)]
    [InlineData("GET /guard", "X-Original", "/v1/models,/v1/%zz", "GET", false)]
    [InlineData("GET /guard", "X-Original", "/.hx/canary", "GET", false)]
    [InlineData("GET /guard", "X-Original", "undefined", "GET", false)]
    public async Task Only_what_headers_name_and_no_rule_guards(string asked, string family, string target, string method, bool isKept)
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck(), ("GUARD_ROUTES", Rules));

        RawResponse answer = await hx.RawAsync(asked, Family(family, target, method));

        AssertKept(isKept, answer);
    }

    [Theory]
    [InlineData("GET /guard?path=/v1/models&method=GET")]
    [InlineData("GET /guard/check/v1/models")]
    [InlineData("GET /guard/verdicts")]
    [InlineData("GET /guard")]
    public async Task What_a_url_names_is_not_kept(string asked)
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck(), ("GUARD_ROUTES", Rules));

        AssertKept(false, await hx.RawAsync(asked));
    }

    [Fact]
    public async Task Guard_that_is_configured_wrong_says_nothing_that_is_kept()
    {
        await using HxInstance hx = await Surface.StartAsync(new StubCheck(), ("GUARD_ROUTES", Rules), ("HEALTH_FALL", "no number"));

        RawResponse answer = await hx.RawAsync("GET /guard", Family("X-Original", "/v1/models", "GET"));

        Assert.Equal(200, answer.Status);
        AssertKept(false, answer);
    }

    [Fact]
    public async Task Answer_without_the_key_is_not_kept()
    {
        await using HxInstance hx = await Surface.StartAsync(new StubCheck(), ("WRAPPER_KEYS", Surface.Keys));

        RawResponse answer = await hx.RawAsync("GET /guard", Family("X-Original", "/v1/models", "GET"));

        Assert.Equal((401, "no-store"), (answer.Status, answer.Headers["Cache-Control"]));
    }

    private static string[] Family(string family, string target, string method) =>
        family == "X-Original"
            ? [$"X-Original-URI: {target}", $"X-Original-Method: {method}"]
            : [$"X-Forwarded-Uri: {target}", $"X-Forwarded-Method: {method}"];

    private static void AssertKept(bool isKept, RawResponse answer)
    {
        Assert.Equal(isKept ? GuardAnswer.Keepable : "no-store", answer.Headers["Cache-Control"]);
        Assert.Equal(isKept ? GuardedRequest.HeaderNames : null, answer.Headers.GetValueOrDefault("Vary"));
    }
}
