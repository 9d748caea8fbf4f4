using System.Net;
using HxFunctions.Tests;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.SystemTests.Gateways.Apim;

/// <summary>What the policies remember, for how long, and for whom; against the real guard.</summary>
public sealed class PolicyCacheTests(PolicyFixture fixture) : IClassFixture<PolicyFixture>
{
    [Theory]
    [InlineData("hx-guard-by-path", true)]
    [InlineData("hx-guard-by-path", false)]
    [InlineData("hx-guard-by-rule", true)]
    [InlineData("hx-guard-by-rule", false)]
    public async Task Sequential_requests_cause_one_callout_per_cache_period(string fragment, bool open)
    {
        FakeTimeProvider time = new();
        using PolicyGateway gateway = PolicyFixture.Gateway(
            fragment,
            PolicyFixture.UrlOf(open ? fixture.Open : fixture.Closed),
            time: time
        );
        for (int second = 0; second < 20; second++)
        {
            Assert.Equal(open ? 200 : 503, (await gateway.SendAsync("POST", $"/v1/keys?n={second}")).Status);
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(4, gateway.Callouts.Count);
    }

    [Theory]
    [InlineData("hx-guard-by-path", "GET,POST,HEAD,PUT,OPTIONS,DELETE,PATCH,TRACE,BREW")]
    [InlineData("hx-guard-by-path", "BREW,POST,DELETE,GET,HEAD,get,post")]
    [InlineData("hx-guard-by-rule", "GET,POST,HEAD,PUT,OPTIONS,DELETE,PATCH,TRACE,BREW")]
    [InlineData("hx-guard-by-rule", "BREW,POST,DELETE,GET,HEAD,get,post")]
    public async Task Verdict_on_a_read_never_serves_a_write(string fragment, string methods)
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(StubCheck.ReadOnly());
        using PolicyGateway gateway = PolicyFixture.Gateway(fragment, PolicyFixture.UrlOf(hx));
        foreach (string method in methods.Split(',').Concat(methods.Split(',')))
        {
            int status = method.ToUpperInvariant() is "GET" or "HEAD" or "OPTIONS" ? 200 : 503;
            Assert.Equal((method, status), (method, (await gateway.SendAsync(method, "/v1/keys")).Status));
        }

        Assert.Equal(methods.ToUpperInvariant().Split(',').Distinct().Count(), gateway.Callouts.Count);
    }

    [Fact]
    public async Task Verdict_on_a_method_that_a_rule_does_not_name_serves_no_other()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(StubCheck.Failing(), ("GUARD_ROUTES", "/v1/keys POST,TRACE=thing"));
        using PolicyGateway gateway = PolicyFixture.Gateway("hx-guard-by-path", PolicyFixture.UrlOf(hx));

        foreach ((string method, int status) in new[] { ("DELETE", 200), ("BREW", 503), ("POST", 503), ("TRACE", 503) })
        {
            Assert.Equal((method, status), (method, (await gateway.SendAsync(method, "/v1/keys")).Status));
        }
    }

    [Theory]
    [InlineData("hx-guard-by-path")]
    [InlineData("hx-guard-by-rule")]
    public async Task Outage_and_recovery_are_seen_a_cache_period_after_the_guard_saw_them(string fragment)
    {
        StubCheck thing = new();
        await using HxInstance hx = await Surface.StartCheckedAsync(thing);
        FakeTimeProvider time = new();
        using PolicyGateway gateway = PolicyFixture.Gateway(fragment, PolicyFixture.UrlOf(hx), time: time);
        Assert.Equal(200, await StatusAsync());

        foreach (
            (HealthCheckResult found, int before, int after) in new[]
            {
                (HealthCheckResult.Unhealthy(), 200, 503),
                (HealthCheckResult.Healthy(), 503, 200),
            }
        )
        {
            // The guard's own bound, which tests of its own hold.
            thing.Result = found;
            await hx.UntilAsync((HttpStatusCode)after, Eventually.Patience);
            time.Advance(TimeSpan.FromSeconds(4.999));
            Assert.Equal(before, await StatusAsync());
            time.Advance(TimeSpan.FromSeconds(0.001));
            Assert.Equal(after, await StatusAsync());
        }

        async Task<int> StatusAsync() => (await gateway.SendAsync("POST", "/v1/keys")).Status;
    }

    [Fact]
    public async Task Guard_that_does_not_answer_is_asked_again_by_the_next_request()
    {
        using PolicyGateway gateway = PolicyFixture.Gateway("hx-guard-by-path", fixture.StandIn.Url, "open");
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
        const string Include = """<include-fragment fragment-id="hx-guard-by-path" />""";
        string folder = Path.Combine(Repository.Root, "infra", "apim");
        string api = await File.ReadAllTextAsync(Path.Combine(folder, "policies", "admin-api.xml"));
        api = api.Replace(
            Include,
            Include + """<set-variable name="hx-rule" value="/v1/keys" /><include-fragment fragment-id="hx-guard-by-rule" />""",
            StringComparison.Ordinal
        );
        Dictionary<string, string> values = new()
        {
            ["hx-guard-url"] = fixture.StandIn.Url,
            ["hx-guard-key"] = "k",
            ["hx-guard-on-unreachable"] = onUnreachable,
        };
        Dictionary<string, string> fragments = Directory
            .EnumerateFiles(Path.Combine(folder, "fragments"))
            .ToDictionary(f => Path.GetFileNameWithoutExtension(f), File.ReadAllText);
        using PolicyGateway gateway = PolicyGateway.Load(api, fragments, values, new FakeTimeProvider());
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

    [Fact]
    public async Task Cache_keys_are_bounded_whatever_callers_send()
    {
        using PolicyGateway gateway = PolicyFixture.Gateway("hx-guard-by-path", PolicyFixture.UrlOf(fixture.Open));
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

    [Fact]
    public async Task Rate_limit_goes_before_the_guard_and_keeps_its_own_answer()
    {
        FakeTimeProvider time = new();
        using PolicyGateway gateway = PolicyFixture.Gateway("hx-guard-by-path", PolicyFixture.UrlOf(fixture.Closed), time: time);
        for (int i = 0; i < 600; i++)
        {
            Assert.Equal(503, (await gateway.SendAsync("POST", "/v1/keys")).Status);
        }

        Assert.Equal((429, 1), ((await gateway.SendAsync("POST", "/v1/keys/other")).Status, gateway.Callouts.Count));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(503, (await gateway.SendAsync("POST", "/v1/keys")).Status);
    }
}
