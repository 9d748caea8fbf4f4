using System.Net;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.SystemTests.Gateways.Apim;

/// <summary>What the policies remember, for how long, and for whom; against the real guard.</summary>
public sealed class PolicyCacheTests(PolicyFixture fixture) : IClassFixture<PolicyFixture>
{
    /// <summary>The closed guard of these tests says a Retry-After of one second, so that a closed verdict is kept for no longer.</summary>
    [Theory]
    [MemberData(nameof(PolicyVariant.All), MemberType = typeof(PolicyVariant))]
    public async Task Sequential_requests_cause_one_callout_per_cache_period(string variant)
    {
        foreach (bool open in new[] { true, false })
        {
            FakeTimeProvider time = new();
            using PolicyGateway gateway = PolicyFixture.Gateway(variant, fixture.UrlFor(variant, open), time: time);
            for (int half = 0; half < 40; half++)
            {
                Assert.Equal(open ? 200 : 503, (await gateway.SendAsync("POST", $"/v1/keys?n={half}")).Status);
                time.Advance(TimeSpan.FromSeconds(0.5));
            }

            int expected =
                !PolicyVariant.Parse(variant).HasCache ? 40
                : open ? 10
                : 20;
            Assert.Equal((open, expected), (open, gateway.Callouts.Count));
        }
    }

    /// <summary>2 s at most, whatever a closed one says; and no longer than its Retry-After.</summary>
    [Theory]
    [InlineData("0", 1)]
    [InlineData("1", 1)]
    [InlineData("2", 2)]
    [InlineData("7", 2)]
    [InlineData("3600", 2)]
    [InlineData("99999999999999999999999", 2)]
    [InlineData("1.5", 2)]
    [InlineData("\"1\"", 2)]
    [InlineData("null", 2)]
    [InlineData("{}", 2)]
    public async Task Closed_verdict_is_kept_for_its_retry_after_and_2_s_at_most(string retryAfter, int seconds)
    {
        foreach (string variant in PolicyVariant.Names.Where(name => PolicyVariant.Parse(name).HasCache))
        {
            FakeTimeProvider time = new();
            using PolicyGateway gateway = PolicyFixture.Gateway(variant, fixture.StandIn.Url, time: time);
            fixture.StandIn.Answer = StandInServer.Say(
                503,
                StandInServer.Closed.Replace("\"retryAfterSeconds\":7", $"\"retryAfterSeconds\":{retryAfter}", StringComparison.Ordinal)
            );
            Assert.Equal(503, await StatusAsync());
            fixture.StandIn.Answer = StandInServer.Say(200, StandInServer.Open);
            time.Advance(TimeSpan.FromSeconds(seconds - 0.001));
            Assert.Equal(503, await StatusAsync());
            time.Advance(TimeSpan.FromSeconds(0.001));
            Assert.Equal(200, await StatusAsync());

            async Task<int> StatusAsync() => (await gateway.SendAsync("POST", "/v1/keys")).Status;
        }
    }

    [Theory]
    [MemberData(nameof(PolicyVariant.All), MemberType = typeof(PolicyVariant))]
    public async Task Verdict_on_a_read_never_serves_a_write(string variant)
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(StubCheck.ReadOnly());
        foreach (string methods in new[] { "GET,POST,HEAD,PUT,OPTIONS,DELETE,PATCH,TRACE,BREW", "BREW,POST,DELETE,GET,HEAD,get,post" })
        {
            using PolicyGateway gateway = PolicyFixture.Gateway(variant, PolicyFixture.UrlOf(hx));
            string[] twice = [.. methods.Split(','), .. methods.Split(',')];
            foreach (string method in twice)
            {
                int status = method.ToUpperInvariant() is "GET" or "HEAD" or "OPTIONS" ? 200 : 503;
                Assert.Equal((method, status), (method, (await gateway.SendAsync(method, "/v1/keys")).Status));
            }

            Assert.Equal(
                PolicyVariant.Parse(variant).HasCache ? methods.ToUpperInvariant().Split(',').Distinct().Count() : twice.Length,
                gateway.Callouts.Count
            );
        }
    }

    [Theory]
    [MemberData(nameof(PolicyVariant.ByPath), MemberType = typeof(PolicyVariant))]
    public async Task Verdict_on_a_method_that_a_rule_does_not_name_serves_no_other(string variant)
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(StubCheck.Failing(), ("GUARD_ROUTES", "/v1/keys POST,TRACE=thing"));
        using PolicyGateway gateway = PolicyFixture.Gateway(variant, PolicyFixture.UrlOf(hx));

        foreach ((string method, int status) in new[] { ("DELETE", 200), ("BREW", 503), ("POST", 503), ("TRACE", 503) })
        {
            Assert.Equal((method, status), (method, (await gateway.SendAsync(method, "/v1/keys")).Status));
        }
    }

    [Theory]
    [MemberData(nameof(PolicyVariant.Cached), MemberType = typeof(PolicyVariant))]
    public async Task Outage_and_recovery_are_seen_a_cache_period_after_the_guard_saw_them(string variant)
    {
        StubCheck thing = new();
        await using HxInstance hx = await Surface.StartCheckedAsync(thing);
        FakeTimeProvider time = new();
        using PolicyGateway gateway = PolicyFixture.Gateway(variant, PolicyFixture.UrlOf(hx), time: time);
        Assert.Equal(200, await StatusAsync());

        foreach (
            (HealthCheckResult found, int before, int after, int seconds) in new[]
            {
                (HealthCheckResult.Unhealthy(), 200, 503, 2),
                // As long as the guard's Retry-After here.
                (HealthCheckResult.Healthy(), 503, 200, 1),
            }
        )
        {
            // The guard's own bound, which tests of its own hold.
            thing.Result = found;
            await hx.UntilAsync((HttpStatusCode)after, Eventually.Patience);
            time.Advance(TimeSpan.FromSeconds(seconds - 0.001));
            Assert.Equal(before, await StatusAsync());
            time.Advance(TimeSpan.FromSeconds(0.001));
            Assert.Equal(after, await StatusAsync());
        }

        async Task<int> StatusAsync() => (await gateway.SendAsync("POST", "/v1/keys")).Status;
    }

    [Theory]
    [MemberData(nameof(PolicyVariant.All), MemberType = typeof(PolicyVariant))]
    public async Task Guard_that_does_not_answer_is_asked_again_by_the_next_request(string variant)
    {
        using PolicyGateway gateway = PolicyFixture.Gateway(variant, fixture.StandIn.Url, "open");
        fixture.StandIn.Answer = StandInServer.Abort;
        Assert.Equal(200, (await gateway.SendAsync("POST", "/v1/keys")).Status);

        fixture.StandIn.Answer = StandInServer.Say(503, StandInServer.Closed);
        Assert.Equal((503, 2), ((await gateway.SendAsync("POST", "/v1/keys")).Status, gateway.Callouts.Count));
    }

    /// <summary>An earlier guard's variables are no answer of a later one that gets none, and its marker stays.</summary>
    [Theory]
    [InlineData(true, false, "closed", 503)]
    [InlineData(true, true, "closed", 503)]
    [InlineData(true, true, "open", 200)]
    [InlineData(false, true, "closed", 503)]
    [InlineData(false, false, "open", 200)]
    public async Task Second_guard_of_a_request_decides_for_itself(bool firstAnswers, bool keepsVariable, string onUnreachable, int status)
    {
        foreach (string form in new[] { "fragments", "uncached", "identity", "uncached-identity" })
        {
            await SecondDecidesAsync(form, firstAnswers, keepsVariable, onUnreachable, status);
        }
    }

    private async Task SecondDecidesAsync(string form, bool firstAnswers, bool keepsVariable, string onUnreachable, int status)
    {
        PolicyVariant variant = new(form, "by-path");
        Dictionary<string, string> values = new()
        {
            ["hx-guard-url"] = fixture.StandIn.Url,
            ["hx-guard-key"] = "k",
            ["hx-guard-resource"] = PolicyFixture.Resource,
            ["hx-guard-on-unreachable"] = onUnreachable,
            ["hx-rate-limit"] = $"{PolicyFixture.RateLimit}",
        };
        using PolicyGateway gateway = PolicyGateway.Load(
            variant
                .ApiPolicy()
                .Replace(PolicyVariant.IncludeByPath, PolicyVariant.IncludeByPath + PolicyVariant.IncludeByRule, StringComparison.Ordinal),
            variant.Fragments(),
            values,
            new FakeTimeProvider()
        );
        gateway.Token = PolicyFixture.Token;
        gateway.KeepsVariableWithoutAnswer = keepsVariable;
        fixture.StandIn.Answer = context =>
            gateway.Callouts.Count == 1 == firstAnswers
                ? StandInServer.Say(200, StandInServer.Open)(context)
                : StandInServer.Abort(context);

        PolicyAnswer answer = await gateway.SendAsync("POST", "/v1/keys", ("x-hx-verdict", "open"));

        Assert.Equal((status, status == 200 ? 1 : 0), (answer.Status, gateway.Passed.Count));
        if (status == 200)
        {
            Assert.Equal("unreachable", gateway.Passed[0].Headers["x-hx-verdict"]);
        }
    }

    [Theory]
    [InlineData("fragments by-path")]
    [InlineData("inline by-path")]
    [InlineData("identity by-path")]
    [InlineData("inline-identity by-path")]
    public async Task Cache_keys_are_bounded_whatever_callers_send(string variant)
    {
        using PolicyGateway gateway = PolicyFixture.Gateway(variant, fixture.UrlFor(variant, open: true));
        foreach (
            string path in new[]
            {
                "/",
                "/" + new string('a', 4000),
                "/" + new string('a', 100_000),
                "/" + new string('\u00e9', 900),
                "/v1/keys",
                "/V1/keys",
            }
        )
        {
            await gateway.SendAsync(new string('M', 200), path);
        }

        // Two of them are too long for a header, and share a question.
        Assert.Equal(5, gateway.Cache.Keys.Count);
        Assert.All(gateway.Cache.Keys, key => Assert.InRange(key.Length, 1, 80));
    }

    [Theory]
    [InlineData("fragments by-path")]
    [InlineData("uncached by-path")]
    [InlineData("inline by-path")]
    public async Task Rate_limit_goes_before_the_guard_and_keeps_its_own_answer(string variant)
    {
        FakeTimeProvider time = new();
        using PolicyGateway gateway = PolicyFixture.Gateway(variant, fixture.UrlFor(variant, open: false), time: time);
        for (int i = 0; i < PolicyFixture.RateLimit; i++)
        {
            Assert.Equal(503, (await gateway.SendAsync("POST", "/v1/keys")).Status);
        }

        int asked = gateway.Callouts.Count;
        Assert.Equal(PolicyVariant.Parse(variant).HasCache ? 1 : PolicyFixture.RateLimit, asked);
        Assert.Equal((429, asked), ((await gateway.SendAsync("POST", "/v1/keys/other")).Status, gateway.Callouts.Count));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(503, (await gateway.SendAsync("POST", "/v1/keys")).Status);
    }
}
