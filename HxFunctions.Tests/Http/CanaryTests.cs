using System.Text.Json;
using HxFunctions.Core.Routing;
using HxFunctions.Tests.Bypass;
using HxFunctions.Tests.Routing;
using HxFunctions.Tests.Serving;

namespace HxFunctions.Tests.Http;

/// <summary>The canary is closed whatever the guard is told, and is nothing else.</summary>
public class CanaryTests
{
    public static TheoryData<string> Names => [.. Disguises.All.Select(disguise => disguise.Name)];

    [Theory]
    [InlineData("ENABLE_DB_GUARD", "false")]
    [InlineData("GUARD_MODE", "shadow")]
    [InlineData("GUARD_ON_UNKNOWN", "open")]
    [InlineData("GUARD_ROUTES", "/=thing")]
    [InlineData("GUARD_BASE_PATH", "/api")]
    [InlineData("HEALTH_FALL", "no number")]
    public async Task Canary_is_closed_in_every_mode(string name, string value)
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck(), (name, value));
        await RawHttp.SendAsync(hx.Address, "POST /override", """{"verdict":"open","durationSeconds":600,"reason":"all","by":"me"}""");

        RawResponse guard = await hx.RawAsync("GET /guard?path=/.hx/canary&method=GET"),
            check = await hx.RawAsync("HEAD /guard/check", "X-Original-URI: /.HX//canary/", "X-Original-Method: POST"),
            own = await hx.RawAsync("POST /guard/check/.hx/x/..%2fcanary?a");

        Assert.Equal((503, 403, 403), (guard.Status, check.Status, own.Status));
        foreach (RawResponse answer in new[] { guard, check, own })
        {
            Assert.Equal(
                ("closed", "no-store", "3600"),
                (answer.Headers["x-hx-verdict"], answer.Headers["Cache-Control"], answer.Headers["Retry-After"])
            );
        }

        JsonElement problem = JsonDocument.Parse(guard.Body).RootElement;
        Assert.Equal(
            ("urn:hxfunctions:problem:canary", "/.hx/canary", false),
            (problem.GetProperty("type").GetString(), problem.GetProperty("rule").GetString(), problem.TryGetProperty("override", out _))
        );
    }

    [Fact]
    public async Task Canary_is_listed_as_built_in_and_neither_counted_nor_a_use()
    {
        StubCheck thing = new();
        await using HxInstance hx = await Surface.StartAsync(thing);

        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(503, (await hx.RawAsync("GET /guard?path=/.hx/canary")).Status);
        }

        Assert.Equal(0, thing.Calls);
        Assert.DoesNotContain("canary", (await hx.RawAsync("GET /metrics")).Body, StringComparison.Ordinal);
        JsonElement last = (await hx.GetAsync("guard/verdicts")).Json.GetProperty("rules").EnumerateArray().Last();
        Assert.Equal(
            ("/.hx/canary", "built-in", "closed", "closed"),
            (
                last.GetProperty("rule").GetString(),
                last.GetProperty("from").GetString(),
                last.GetProperty("read").GetProperty("verdict").GetString(),
                last.GetProperty("write").GetProperty("verdict").GetString()
            )
        );
    }

    /// <summary>What matches every rule is not the canary: with all up it is open.</summary>
    [Theory]
    [InlineData("/.hx/canary/below")]
    [InlineData("/.hx/canaries")]
    [InlineData("/.hx")]
    [InlineData("/hx/canary")]
    [InlineData("/.hx/canary%zz")]
    [InlineData("/.hx/canary%00")]
    [InlineData("/%")]
    public async Task Other_path_is_no_canary(string path)
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck());

        Assert.Equal(200, (await hx.RawAsync("GET /guard", $"X-Original-URI: {path}", "X-Original-Method: GET")).Status);
    }

    /// <summary>Whatever a server makes the canary of, the guard does, too: what got past a gateway as the canary would as an admin
    /// route.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Disguised_canary_is_the_canary_unless_it_cant_be_decided(string name)
    {
        Disguise disguise = Disguises.All.Single(one => one.Name == name);
        RouteMatcher matcher = new([Canary.Rule], AdminRoutes.BasePath);
        ulong[] matched = new ulong[1];
        for (int seed = 0; seed < 8; seed++)
        {
            Disguised disguised = new(Canary.Path, [disguise], seed);
            matcher.TryMatch(disguised.Path, matched);
            Assert.True(matched[0] != 0, disguised.ToString());
        }
    }

    [Theory]
    [InlineData("/.hx/canary=postgres")]
    [InlineData("/.HX/Canary/ GET=postgres")]
    [InlineData("-/.hx/canary")]
    public void Rules_cant_name_the_canary(string entry)
    {
        Assert.False(GuardRules.TryParse(entry, out GuardRuleSet set, out IReadOnlyList<string> problems));

        Assert.Contains("canary", Assert.Single(problems), StringComparison.Ordinal);
        Assert.Equal((0, 0), (set.Rules.Count, set.Exemptions.Count));
    }
}
