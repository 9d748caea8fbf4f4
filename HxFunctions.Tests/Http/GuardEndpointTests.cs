using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;

namespace HxFunctions.Tests.Http;

public partial class GuardEndpointTests
{
    private static readonly string[] Varying = ["ageSeconds", "retryAfterSeconds", "endsInSeconds"];

    [Fact]
    public async Task Closed_is_a_problem_that_names_all_that_is_missing()
    {
        await using HxInstance hx = await Surface.StartAsync(
            null,
            ("GUARD_ROUTES", null),
            ("PG_URL", "postgresql://127.0.0.1:1/x"),
            ("REDIS_URL", "redis://127.0.0.1:1"),
            ("GUARD_MAX_STALENESS", "0.3")
        );
        HxInstance.Answer answer;
        long since = Environment.TickCount64;
        // The two are checked side by side: the first to fail closes the route alone. And on a busy machine neither has an answer within
        // the second that a request waits.
        do
        {
            answer = await hx.GuardAsync();
        } while (
            (answer.Json.GetProperty("missing").GetArrayLength() < 2 || answer.Body.Contains("unknown", StringComparison.Ordinal))
            && Environment.TickCount64 - since < Eventually.Patience.TotalMilliseconds
        );

        JsonElement problem = answer.Json;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
        Assert.Equal("urn:hxfunctions:problem:dependency-unavailable", problem.GetProperty("type").GetString());
        Assert.Equal("Gateway dependency unavailable: PostgreSQL, Redis.", problem.GetProperty("detail").GetString());
        Assert.Equal("""["postgres","redis"]""", problem.GetProperty("missing").GetRawText());
        Assert.Equal("""{"postgres":"connection_refused","redis":"connection_refused"}""", problem.GetProperty("reasons").GetRawText());
        Assert.Equal(("/v1/keys", "enforce"), (problem.GetProperty("rule").GetString(), problem.GetProperty("mode").GetString()));
        Assert.Equal(problem.GetProperty("retryAfterSeconds").GetDouble(), answer.RetryAfter?.TotalSeconds);
        Assert.Contains("Content-Type: application/problem+json", answer.Head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_gives_403_with_the_body_of_the_503()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(StubCheck.Failing());

        RawResponse guard = await hx.RawAsync("GET /guard?path=/v1/keys&method=PATCH"),
            check = await hx.RawAsync("PATCH /guard/check/v1/keys");

        Assert.Equal((503, 403), (guard.Status, check.Status));
        Assert.Equal(WithoutTimes(guard.Body), WithoutTimes(check.Body));
        foreach (RawResponse answer in new[] { guard, check })
        {
            Assert.Equal(("application/problem+json", "closed"), (answer.Headers["Content-Type"], answer.Headers["x-hx-verdict"]));
            Assert.True(int.Parse(answer.Headers["Retry-After"], null) >= 1);
        }
    }

    /// <summary>nginx takes nothing but headers from an answer. What an operator writes as a reason stays within its line.</summary>
    [Fact]
    public async Task Check_by_HEAD_has_the_body_in_a_header()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(StubCheck.Failing());
        string reason = "\"ü'<\r\nx-forged: 1\r\n\r\n\u2028\ud83d\ude00\u007f" + new string('\u3042', 170);
        string[] about = ["X-Original-URI: /v1/keys", "X-Original-Method: POST"];

        await AssertSameAsync();
        string set = JsonSerializer.Serialize(
            new
            {
                verdict = "closed",
                durationSeconds = 600,
                reason,
                by = "me",
            }
        );
        Assert.Equal(200, (await RawHttp.SendAsync(hx.Address, "POST /override", set)).Status);
        await AssertSameAsync();

        async Task AssertSameAsync()
        {
            RawResponse head = await hx.RawAsync("HEAD /guard/check", about),
                get = await hx.RawAsync("GET /guard/check", about);
            Assert.Equal((403, 403, ""), (head.Status, get.Status, head.Body));
            Assert.Equal(Moment().Replace(get.Body, ""), Moment().Replace(head.Headers["x-hx-problem"], ""));
            Assert.False(head.Headers.ContainsKey("x-forged"));
        }
    }

    /// <summary>Who gets the body has no use for it a second time; and an open answer has nothing to say there.</summary>
    [Theory]
    [InlineData("GET /guard/check/v1/keys")]
    [InlineData("POST /guard/check/v1/keys")]
    [InlineData("HEAD /guard/check/v1/models")]
    [InlineData("HEAD /guard?path=/v1/keys")]
    public async Task No_other_answer_has_the_body_in_a_header(string request)
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(StubCheck.Failing());

        Assert.False((await hx.RawAsync(request)).Headers.ContainsKey("x-hx-problem"));
    }

    [Theory]
    [InlineData("GET", 200)]
    [InlineData("HEAD", 200)]
    [InlineData("OPTIONS", 200)]
    [InlineData("get", 200)]
    [InlineData("POST", 403)]
    [InlineData("PUT", 403)]
    [InlineData("PATCH", 403)]
    [InlineData("DELETE", 403)]
    [InlineData("TRACE", 403)]
    [InlineData("PROPFIND", 403)]
    [InlineData("BREW", 403)]
    [InlineData("", 403)]
    public async Task Read_only_dependency_lets_reads_pass_by_every_way_of_asking(string method, int status)
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(StubCheck.ReadOnly());

        RawResponse byHeaders = await hx.RawAsync("GET /guard/check", "X-Original-URI: /v1/keys", $"X-Original-Method: {method}");
        RawResponse byQuery = await hx.RawAsync($"GET /guard?path=/v1/keys&method={method}");
        RawResponse missing = await hx.RawAsync("GET /guard?path=/v1/keys");

        Assert.Equal((status, status == 200 ? 200 : 503, 503), (byHeaders.Status, byQuery.Status, missing.Status));
        if (method.Length > 0)
        {
            Assert.Equal(status, (await hx.RawAsync($"{method} /guard/check/v1/keys")).Status);
        }

        if (status != 200)
        {
            Assert.Contains("\"reasons\":{\"thing\":\"read_only\"}", byHeaders.Body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Degraded_for_another_reason_closes_nothing()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(
            new StubCheck { Result = new(Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Degraded) }
        );

        Assert.Equal(200, (await hx.RawAsync("POST /guard/check/v1/keys")).Status);
    }

    [Theory]
    [InlineData("GUARD_MODE", "shadow", "shadow", "closed", """["thing"]""")]
    [InlineData("ENABLE_DB_GUARD", "false", "off", null, "[]")] // off: nothing is asked of the dependencies
    public async Task Mode_that_does_not_enforce_lets_pass_and_tells(
        string variable,
        string value,
        string mode,
        string? wouldBe,
        string missing
    )
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(StubCheck.Failing(), (variable, value));

        RawResponse guard = await hx.RawAsync("GET /guard?path=/v1/keys&method=POST"),
            check = await hx.RawAsync("POST /guard/check/v1/keys");

        foreach (RawResponse answer in new[] { guard, check })
        {
            JsonElement verdict = JsonDocument.Parse(answer.Body).RootElement;
            Assert.Equal(
                (200, "open", "open"),
                (answer.Status, verdict.GetProperty("verdict").GetString(), answer.Headers["x-hx-verdict"])
            );
            Assert.Equal(
                (mode, wouldBe),
                (verdict.GetProperty("mode").GetString(), verdict.TryGetProperty("wouldBe", out JsonElement word) ? word.GetString() : null)
            );
            Assert.Equal(missing, verdict.GetProperty("missing").GetRawText());
        }
    }

    [Theory]
    [InlineData("closed", 503)]
    [InlineData("open", 200)]
    public async Task Unknown_follows_the_setting_when_no_check_ends_in_time(string onUnknown, int status)
    {
        StubCheck thing = new() { Until = new TaskCompletionSource().Task };
        await using HxInstance hx = await Surface.StartAsync(thing, ("GUARD_ON_UNKNOWN", onUnknown), ("HEALTH_CHECK_TIMEOUT", "60"));

        HxInstance.Answer answer = await hx.GuardAsync();

        Assert.Equal(status, (int)answer.Status);
        if (status == 503)
        {
            Assert.Equal("""{"thing":"unknown"}""", answer.Json.GetProperty("reasons").GetRawText());
        }
        else
        {
            Assert.Equal(0, answer.Json.GetProperty("missing").GetArrayLength());
        }
    }

    [Theory]
    [InlineData("/litellm/v1/keys", 503)]
    [InlineData("/LiteLLM//v1/keys/x", 503)]
    [InlineData("/v1/keys", 503)]
    [InlineData("/other/v1/keys", 200)]
    [InlineData("/litellm/v1/models", 200)]
    [InlineData("/litellm", 200)]
    public async Task Base_path_is_matched_with_and_without(string path, int status)
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(StubCheck.Failing(), ("GUARD_BASE_PATH", "/litellm/"));

        Assert.Equal(status, (int)(await hx.GuardAsync(path)).Status);
    }

    [Fact]
    public async Task Verdicts_list_every_rule_for_reads_and_writes()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(
            StubCheck.ReadOnly(),
            ("GUARD_ROUTES", "/v1/keys POST,DELETE=thing; /v1/teams=thing"),
            ("GUARD_MAX_STALENESS", "7.9")
        );

        JsonElement verdicts = (await hx.GetAsync("guard/verdicts")).Json;

        Assert.Equal(("enforce", 7), (verdicts.GetProperty("mode").GetString(), verdicts.GetProperty("cacheSeconds").GetInt32()));
        Assert.Equal(
            [
                """/v1/keys ["POST","DELETE"] ["thing"] open [] closed ["thing"]""",
                """/v1/teams null ["thing"] open [] closed ["thing"]""",
                """/.hx/canary null [] closed [] closed []""",
            ],
            verdicts
                .GetProperty("rules")
                .EnumerateArray()
                .Select(r =>
                    $"{r.GetProperty("rule")} {r.GetProperty("methods").GetRawText()} {r.GetProperty("needs").GetRawText()} "
                    + $"{Told(r, "read")} {Told(r, "write")}"
                )
        );
    }

    [Fact]
    public async Task Override_is_shown_wherever_a_verdict_is_and_goes_before_it()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck());
        RawResponse set = await RawHttp.SendAsync(
            hx.Address,
            "POST /override",
            """{"verdict":"closed","durationSeconds":600,"reason":"a <b> test","by":"me"}"""
        );
        Assert.Equal(200, set.Status);

        RawResponse closed = await hx.RawAsync("GET /guard?path=/v1/keys"),
            unguarded = await hx.RawAsync("GET /guard?path=/v1/models");
        JsonElement problem = JsonDocument.Parse(closed.Body).RootElement;
        Assert.Equal((503, 200), (closed.Status, unguarded.Status));
        Assert.Equal("urn:hxfunctions:problem:closed-by-operator", problem.GetProperty("type").GetString());
        Assert.Equal("Gateway route closed by an operator.", problem.GetProperty("detail").GetString());
        Assert.InRange(int.Parse(closed.Headers["Retry-After"], null), 590, 600);
        foreach (
            string route in new[]
            {
                "/guard?path=/v1/keys",
                "/guard?path=/v1/models",
                "/guard/verdicts",
                "/health/all",
                "/health/thing",
                "/override",
            }
        )
        {
            JsonElement shown = JsonDocument.Parse((await hx.RawAsync($"GET {route}")).Body).RootElement.GetProperty("override");
            Assert.Equal(
                ("closed", "a <b> test", "me"),
                (shown.GetProperty("verdict").GetString(), shown.GetProperty("reason").GetString(), shown.GetProperty("by").GetString())
            );
        }

        Assert.Equal(
            (200, """{"override":null}"""),
            (await hx.RawAsync("DELETE /override") is var cleared ? (cleared.Status, cleared.Body) : default)
        );
        Assert.Equal(200, (await hx.RawAsync("GET /guard?path=/v1/keys")).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"verdict":"shut","durationSeconds":60,"reason":"x"}""")]
    [InlineData("""{"durationSeconds":60,"reason":"x"}""")]
    [InlineData("""{"verdict":"open","reason":"x"}""")]
    [InlineData("""{"verdict":"open","durationSeconds":0.9,"reason":"x"}""")]
    [InlineData("""{"verdict":"open","durationSeconds":86401,"reason":"x"}""")]
    [InlineData("""{"verdict":"open","durationSeconds":"60","reason":"x"}""")]
    [InlineData("""{"verdict":"open","durationSeconds":1e999,"reason":"x"}""")]
    [InlineData("""{"verdict":"open","durationSeconds":60}""")]
    [InlineData("""{"verdict":"open","durationSeconds":60,"reason":" "}""")]
    public async Task Override_that_is_not_whole_is_a_bad_request_and_sets_nothing(string body)
    {
        await using HxInstance hx = await Surface.StartAsync(new StubCheck());

        RawResponse answer = await RawHttp.SendAsync(hx.Address, "POST /override", body);

        Assert.Equal((400, "application/problem+json"), (answer.Status, answer.Headers["Content-Type"]));
        Assert.Equal("""{"override":null}""", (await hx.RawAsync("GET /override")).Body);
    }

    [Theory]
    [InlineData(200, 100, 200)]
    [InlineData(201, 100, 400)]
    [InlineData(200, 101, 400)]
    public async Task Override_has_texts_of_bounded_length(int reason, int by, int status)
    {
        await using HxInstance hx = await Surface.StartAsync(new StubCheck());

        string body = JsonSerializer.Serialize(
            new
            {
                verdict = "open",
                durationSeconds = 86400,
                reason = new string('r', reason),
                by = new string('b', by),
            }
        );

        Assert.Equal(status, (await RawHttp.SendAsync(hx.Address, "POST /override", body)).Status);
    }

    private static string Told(JsonElement rule, string kind) =>
        $"{rule.GetProperty(kind).GetProperty("verdict")} {rule.GetProperty(kind).GetProperty("missing").GetRawText()}";

    private static IEnumerable<string> WithoutTimes(string body) =>
        JsonDocument
            .Parse(body)
            .RootElement.EnumerateObject()
            .Where(m => !Varying.Contains(m.Name))
            .Select(m => $"{m.Name}: {m.Value.GetRawText()}");

    [GeneratedRegex("\"(?:age|retryAfter|endsIn)Seconds\":[0-9.]+")]
    private static partial Regex Moment();
}
