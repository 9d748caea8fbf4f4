using System.Net;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HxFunctions.SystemTests.Integration;

/// <summary>A health check that someone else registered is a dependency like ours.</summary>
public sealed class ForeignCheckTests
{
    private static readonly Dictionary<string, string?> Variables = new()
    {
        ["GUARD_ROUTES"] = "/v1/embeddings=embeddings",
        ["HEALTH_CHECK_TIMEOUT"] = "3",
        ["HEALTH_CHECK_INTERVAL"] = "4",
        ["GUARD_MAX_STALENESS"] = "0.2",
    };

    private HealthCheckResult _result = HealthCheckResult.Healthy();

    [Fact]
    public async Task Registered_check_closes_and_opens_its_route_and_is_shown_everywhere()
    {
        await using HxInstance hx = await HxInstance.StartAsync(Variables, Register);
        await hx.UntilAsync(HttpStatusCode.OK, Eventually.Patience, "/v1/embeddings");
        await IsShownAsync(hx, HttpStatusCode.OK, flag: true, "pass", "ok");

        _result = new(HealthStatus.Unhealthy, data: new Dictionary<string, object> { ["reason"] = "quota_exceeded" });
        await hx.UntilAsync(HttpStatusCode.ServiceUnavailable, Eventually.Patience, "/v1/embeddings");
        HxInstance.Answer closed = await hx.GuardAsync("/v1/embeddings/x");
        Assert.Equal("Gateway dependency unavailable: embeddings.", closed.Json.GetProperty("detail").GetString());
        Assert.Equal("quota_exceeded", closed.Json.GetProperty("reasons").GetProperty("embeddings").GetString());
        Assert.Equal(HttpStatusCode.OK, (await hx.GuardAsync("/v1/keys")).Status);
        await IsShownAsync(hx, HttpStatusCode.ServiceUnavailable, flag: false, "fail", "quota_exceeded");

        _result = new(HealthStatus.Degraded, data: new Dictionary<string, object> { ["reason"] = "slow_model" });
        await hx.UntilAsync(HttpStatusCode.OK, Eventually.Patience, "/v1/embeddings");
        await IsShownAsync(hx, HttpStatusCode.OK, flag: true, "warn", "slow_model");
    }

    [Fact]
    public async Task Check_that_throws_or_hangs_closes_its_route_and_tells_nothing_of_the_exception()
    {
        bool hang = false;
        await using HxInstance hx = await HxInstance.StartAsync(
            Variables,
            services =>
                services
                    .AddHealthChecks()
                    .AddAsyncCheck(
                        "embeddings",
                        async () =>
                        {
                            if (hang)
                            {
                                await Task.Delay(Timeout.Infinite);
                            }

                            throw new InvalidOperationException("Host=db.internal;Password=topsecret");
                        },
                        timeout: TimeSpan.FromMilliseconds(300)
                    )
        );
        await hx.UntilAsync(HttpStatusCode.ServiceUnavailable, Eventually.Patience, "/v1/embeddings");
        await Eventually.TrueAsync(() => hx.Snapshot.Dependencies[0].Record?.State.Reason == "error");
        HxInstance.Answer all = await hx.GetAsync("health/all");
        Assert.DoesNotContain("topsecret", all.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("db.internal", all.Body, StringComparison.Ordinal);

        hang = true;
        await hx.GuardAsync("/v1/embeddings");
        await Eventually.TrueAsync(() => hx.Snapshot.Dependencies[0].Record?.State.Reason is "timeout" or "still_running");
    }

    private void Register(IServiceCollection services) => services.AddHealthChecks().AddCheck("embeddings", () => _result);

    private static async Task IsShownAsync(HxInstance hx, HttpStatusCode status, bool flag, string word, string reason)
    {
        HxInstance.Answer one = await hx.GetAsync("health/embeddings");
        Assert.Equal(status, one.Status);
        Assert.Equal(word, one.Json.GetProperty("status").GetString());
        Assert.Equal(reason, Check(one).GetProperty("reason").GetString());
        HxInstance.Answer all = await hx.GetAsync("health/all");
        Assert.Equal(status, all.Status);
        Assert.Equal(word, Check(all).GetProperty("status").GetString());
        Assert.Equal($$"""{"embeddings":{{(flag ? "true" : "false")}}}""", (await hx.GetAsync("healthz/deps")).Body);
    }

    private static System.Text.Json.JsonElement Check(HxInstance.Answer answer) =>
        answer.Json.GetProperty("checks").GetProperty("embeddings:responseTime")[0];
}
