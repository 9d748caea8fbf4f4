using System.Text.Json;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.Tests.Http;

public class HealthEndpointTests
{
    [Fact]
    public async Task Ready_waits_for_the_first_check_and_stays_when_a_dependency_fails()
    {
        StubCheck thing = StubCheck.Failing();
        await using HxInstance hx = await Surface.StartAsync(thing);

        RawResponse before = await hx.RawAsync("GET /healthz/ready");
        await hx.RawAsync("GET /health/all?live=true");
        RawResponse after = await hx.RawAsync("GET /healthz/ready");

        Assert.Equal((503, """{"status":"fail","reason":"unknown"}"""), (before.Status, before.Body));
        Assert.Equal((200, """{"status":"pass"}"""), (after.Status, after.Body));
    }

    [Fact]
    public async Task Live_touches_nothing()
    {
        StubCheck thing = new();
        await using HxInstance hx = await Surface.StartAsync(thing);

        RawResponse answer = await hx.RawAsync("GET /healthz/live");

        Assert.Equal((200, """{"status":"pass"}""", 0), (answer.Status, answer.Body, thing.Calls));
    }

    [Theory]
    [InlineData(HealthStatus.Healthy, 200, "pass", true)]
    [InlineData(HealthStatus.Degraded, 200, "warn", true)]
    [InlineData(HealthStatus.Unhealthy, 503, "fail", false)]
    public async Task Checked_dependency_is_shown_with_its_status(HealthStatus status, int code, string word, bool flag)
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck { Result = new(status) });

        Assert.Equal($$"""{"thing":{{(flag ? "true" : "false")}}}""", (await hx.RawAsync("GET /healthz/deps")).Body);
        foreach (string route in new[] { "/health/thing", "/health/all" })
        {
            RawResponse answer = await hx.RawAsync($"GET {route}");
            JsonElement health = JsonDocument.Parse(answer.Body).RootElement;
            JsonElement check = health.GetProperty("checks").GetProperty("thing:responseTime")[0];
            Assert.Equal(
                (code, word, word),
                (answer.Status, health.GetProperty("status").GetString(), check.GetProperty("status").GetString())
            );
            Assert.Equal(status == HealthStatus.Healthy, !check.TryGetProperty("affectedEndpoints", out JsonElement affected));
            if (status != HealthStatus.Healthy)
            {
                Assert.Equal(["/v1/keys"], affected.EnumerateArray().Select(e => e.GetString()));
            }
        }
    }

    [Fact]
    public async Task Unchecked_dependency_is_unknown_and_no_flag()
    {
        await using HxInstance hx = await Surface.StartAsync(new StubCheck());

        RawResponse answer = await hx.RawAsync("GET /health/thing");

        Assert.Equal("""{"thing":false}""", (await hx.RawAsync("GET /healthz/deps")).Body);
        JsonElement check = JsonDocument.Parse(answer.Body).RootElement.GetProperty("checks").GetProperty("thing:responseTime")[0];
        Assert.Equal(
            (503, "unknown", "unknown"),
            (answer.Status, check.GetProperty("status").GetString(), check.GetProperty("reason").GetString())
        );
    }

    /// <summary>The names of the old wrapper's routes. Checks under our own names stand in for servers.</summary>
    [Theory]
    [InlineData("/health/db", "PG_URL", "postgresql://127.0.0.1:1/x", "postgres")]
    [InlineData("/health/cache", "REDIS_URL", "redis://127.0.0.1:1", "redis")]
    [InlineData("/health/vector", "QDRANT_URL", "http://127.0.0.1:1", "qdrant")]
    [InlineData("/health/DB", "PG_URL", "postgresql://127.0.0.1:1/x", "postgres")]
    [InlineData("/health/REDIS", "REDIS_URL", "redis://127.0.0.1:1", "redis")]
    public async Task Name_and_old_name_stand_for_the_dependency_in_any_case(string route, string variable, string url, string dependency)
    {
        await using HxInstance hx = await Surface.StartAsync(null, (variable, url), ("GUARD_ROUTES", $"/v1/keys={dependency}"));
        await hx.RawAsync("GET /health/all?live=true");

        RawResponse byOldName = await hx.RawAsync($"GET {route}"),
            byName = await hx.RawAsync($"GET /health/{dependency}");

        Assert.Equal((503, 503), (byOldName.Status, byName.Status));
        foreach (RawResponse answer in new[] { byOldName, byName })
        {
            JsonElement check = JsonDocument.Parse(answer.Body).RootElement.GetProperty("checks").GetProperty($"{dependency}:responseTime")[
                0
            ];
            Assert.Equal("connection_refused", check.GetProperty("reason").GetString());
        }
    }

    [Theory]
    [InlineData("Thing")]
    [InlineData("THING")]
    public async Task Dependency_is_named_in_lower_case_however_its_check_was_registered(string registered)
    {
        await using HxInstance hx = await HxInstance.StartAsync(
            new Dictionary<string, string?> { ["GUARD_ROUTES"] = "/v1/keys=thing" },
            services => services.AddHealthChecks().Add(new HealthCheckRegistration(registered, new StubCheck(), null, null))
        );

        RawResponse answer = await hx.RawAsync("GET /health/all?live=true");

        JsonElement checks = JsonDocument.Parse(answer.Body).RootElement.GetProperty("checks");
        JsonElement check = Assert.Single(checks.GetProperty("thing:responseTime").EnumerateArray());
        Assert.Equal("thing", check.GetProperty("componentId").GetString());
        RawResponse verdict = await hx.RawAsync("GET /guard?path=/v1/keys&method=POST");
        Assert.Equal((200, true), (verdict.Status, verdict.Body.Contains("open", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Dependency_is_found_by_its_own_name_before_the_second_name_of_ours()
    {
        await using HxInstance hx = await HxInstance.StartAsync(
            new Dictionary<string, string?> { ["REDIS_URL"] = "redis://127.0.0.1:1" },
            services => services.AddHealthChecks().Add(new HealthCheckRegistration("cache", new StubCheck(), null, null))
        );

        RawResponse answer = await hx.RawAsync("GET /health/cache");

        Assert.Contains("cache:responseTime", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("redis:responseTime", answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/health/db")]
    [InlineData("/health/postgres")]
    [InlineData("/health/nobody%3Cscript%3E")]
    public async Task Dependency_that_is_not_configured_is_not_found_and_not_echoed(string route)
    {
        await using HxInstance hx = await Surface.StartAsync(new StubCheck());

        RawResponse answer = await hx.RawAsync($"GET {route}");

        Assert.Equal(404, answer.Status);
        Assert.Equal(
            """{"type":"urn:hxfunctions:problem:not-found","title":"Not Found","status":404,"detail":"No such dependency is configured."}""",
            answer.Body
        );
    }

    [Theory]
    [InlineData("", 503, "thing:responseTime,other:responseTime,third:responseTime", false)]
    [InlineData("?exclude=thing", 200, "other:responseTime,third:responseTime", false)]
    [InlineData("?exclude=Thing", 200, "other:responseTime,third:responseTime", false)]
    [InlineData("?exclude=thing&exclude=other", 200, "third:responseTime", false)]
    [InlineData("?exclude=thing,other", 200, "third:responseTime", false)]
    [InlineData("?exclude=thing,%20other%20,,thing", 200, "third:responseTime", false)]
    [InlineData("?exclude=thing,c4n4ry", 200, "other:responseTime,third:responseTime", true)]
    [InlineData("?exclude=c4n4ry&exclude=%3Cc4n4ry%3E", 503, "thing:responseTime,other:responseTime,third:responseTime", true)]
    [InlineData("?exclude=", 503, "thing:responseTime,other:responseTime,third:responseTime", false)]
    [InlineData("?exclude", 503, "thing:responseTime,other:responseTime,third:responseTime", false)]
    public async Task All_leaves_out_what_is_excluded_and_notes_what_it_does_not_know(string query, int status, string checks, bool noted)
    {
        await using HxInstance hx = await HxInstance.StartAsync(
            new Dictionary<string, string?> { ["GUARD_ROUTES"] = "/v1/keys=thing", ["HEALTH_CHECK_INTERVAL"] = "3600" },
            services =>
                services
                    .AddHealthChecks()
                    .AddCheck("thing", StubCheck.Failing())
                    .AddCheck("other", new StubCheck())
                    .AddCheck("third", new StubCheck())
        );
        await hx.RawAsync("GET /health/all?live=true");

        RawResponse answer = await hx.RawAsync($"GET /health/all{query}");

        JsonElement health = JsonDocument.Parse(answer.Body).RootElement;
        Assert.Equal(status, answer.Status);
        Assert.Equal(checks, string.Join(',', health.GetProperty("checks").EnumerateObject().Select(c => c.Name)));
        Assert.Equal(noted, health.TryGetProperty("notes", out JsonElement notes));
        if (noted)
        {
            Assert.Equal("exclude names a dependency that is not configured", Assert.Single(notes.EnumerateArray()).GetString());
        }

        Assert.DoesNotContain("c4n4ry", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Live_checks_now_once_for_all_who_ask_and_not_again_within_the_staleness()
    {
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        StubCheck thing = new() { Until = gate.Task };
        await using HxInstance hx = await Surface.StartAsync(thing, ("GUARD_MAX_STALENESS", "60"));

        Task<RawResponse>[] asking = [.. Enumerable.Range(0, 50).Select(_ => hx.RawAsync("GET /health/all?live=true"))];
        await Servers.Eventually.TrueAsync(() => thing.Calls > 0);
        gate.SetResult();
        RawResponse[] answers = await Task.WhenAll(asking);
        for (int i = 0; i < 20; i++)
        {
            await hx.RawAsync("GET /health/all?live=true");
        }

        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.Equal(1, thing.Calls);
    }

    [Fact]
    public async Task Live_checks_again_after_the_staleness_and_only_when_it_is_asked_for()
    {
        StubCheck thing = new();
        FakeTimeProvider time = new();
        await using HxInstance hx = await HxInstance.StartAsync(
            new Dictionary<string, string?>
            {
                ["GUARD_ROUTES"] = "/v1/keys=thing",
                ["GUARD_MAX_STALENESS"] = "1",
                ["HEALTH_FALL"] = "1",
            },
            services => services.AddSingleton<TimeProvider>(time).AddHealthChecks().AddCheck("thing", thing)
        );
        await hx.RawAsync("GET /health/all?live=true");
        thing.Result = HealthCheckResult.Unhealthy();

        foreach (string query in new[] { "", "?live=false", "?live", "?live=1" })
        {
            time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal((200, 1), ((await hx.RawAsync($"GET /health/all{query}")).Status, thing.Calls));
        }

        Assert.Equal((503, 2), ((await hx.RawAsync("GET /health/all?LIVE=True")).Status, thing.Calls));
    }

    [Theory]
    [InlineData("GET /healthz/live", 200)]
    [InlineData("GET /healthz/ready", 404)]
    [InlineData("GET /healthz/deps", 404)]
    [InlineData("GET /health/thing", 404)]
    [InlineData("GET /health/nothing", 404)]
    [InlineData("GET /health/all?live=true", 404)]
    [InlineData("GET /guard?path=/v1/models", 200)]
    [InlineData("GET /guard/verdicts", 200)]
    public async Task Endpoints_that_are_turned_off_are_not_found(string requestLine, int status)
    {
        StubCheck thing = new();
        await using HxInstance hx = await Surface.StartAsync(thing, ("ENABLE_HEALTH_ENDPOINTS", "false"));

        RawResponse answer = await hx.RawAsync(requestLine);

        Assert.Equal(status, answer.Status);
        if (status == 404)
        {
            Assert.Contains("Health endpoints are turned off.", answer.Body, StringComparison.Ordinal);
        }
    }
}
