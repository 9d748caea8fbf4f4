using HxFunctions.Tests.Routing;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.SystemTests.Gateways.Apim;

/// <summary>What the guard by path asks, and that no way to write a path gets past it. Against the real guard.</summary>
public sealed class PolicyPathTests(PolicyFixture fixture) : IClassFixture<PolicyFixture>
{
    public static TheoryData<string, string, string> Paths
    {
        get
        {
            TheoryData<string, string, string> all = [];
            foreach (string variant in PolicyVariant.Names.Where(name => !PolicyVariant.Parse(name).IsByRule))
            {
                foreach ((string target, string asked) in Asked)
                {
                    all.Add(variant, target, asked);
                }
            }

            return all;
        }
    }

    private static (string Target, string Asked)[] Asked =>
        [
            ("/v1/keys", "/v1/keys"),
            ("/v1/keys?a=/v1/models", "/v1/keys"),
            ("//V1\\keys;a=b/%2F..%252f,x#y", "//V1\\keys;a=b/%2F..%252f,x#y"),
            ("/a b\tc\u007f", "/a%20b%09c%7F"),
            ("/caf\u00e9/\ud83d\ude00", "/caf%C3%A9/%F0%9F%98%80"),
            ("/\r\nX-Original-Method: GET", "/%0D%0AX-Original-Method:%20GET"),
        ];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task Path_is_asked_about_as_received_and_can_always_be_sent(string variant, string target, string asked)
    {
        using PolicyGateway gateway = PolicyFixture.Gateway(variant, fixture.UrlFor(variant, open: true), "open");
        await gateway.SendAsync(
            "patch",
            target,
            ("X-Original-URI", "/v1/models"),
            ("x-hx-verdict", "open"),
            ("Authorization", "a caller's"),
            ("Cookie", "a=b")
        );

        PolicyMessage question = Assert.Single(gateway.Callouts);
        Assert.Equal(fixture.UrlFor(variant, open: true) + "/guard", question.Target);
        PolicyFixture.AssertAskedAbout(variant, asked, "PATCH", question);
        Assert.Null(gateway.Passed.SingleOrDefault()?.Headers.GetValueOrDefault("x-hx-verdict"));
    }

    [Theory]
    [InlineData("POST", "/anything?x=y", "POST")]
    [InlineData("Brew", "/\r\n", "OTHER")]
    [InlineData("head", "", "HEAD")]
    public async Task Guard_by_rule_is_asked_about_the_rule_whatever_the_path_is(string method, string target, string asked)
    {
        foreach (string variant in PolicyVariant.Names.Where(name => PolicyVariant.Parse(name).IsByRule))
        {
            using PolicyGateway gateway = PolicyFixture.Gateway(variant, fixture.UrlFor(variant, open: false), "open");
            PolicyAnswer answer = await gateway.SendAsync(
                method,
                target,
                ("X-Original-URI", "/v1/models"),
                ("X-Original-Method", "GET"),
                ("Authorization", "a caller's")
            );

            Assert.Equal(503, answer.Status);
            PolicyFixture.AssertAskedAbout(variant, "/v1/keys", asked, Assert.Single(gateway.Callouts));
        }
    }

    /// <summary>Where a guard that doesn't answer is passed by, a path that can't be sent would be a way round it.</summary>
    [Theory]
    [MemberData(nameof(PolicyVariant.ByPath), MemberType = typeof(PolicyVariant))]
    public async Task Path_that_no_header_can_hold_is_no_way_round_the_guard(string variant)
    {
        using PolicyGateway gateway = PolicyFixture.Gateway(variant, fixture.UrlFor(variant, open: false), "open");
        string[] paths =
        [
            "/v1/keys\r\n",
            "/v1/keys\0",
            "/v1/keys/\u00e9",
            "/v1/keys/\ud800",
            "/" + new string('a', 4096),
            "/" + new string('\u00e9', 4000),
            "/v1/keys/" + new string('x', 100_000),
            "",
        ];
        foreach (string path in paths)
        {
            Assert.Equal(503, (await gateway.SendAsync("POST", path)).Status);
        }

        Assert.Empty(gateway.Passed);
        Assert.Equal(200, (await gateway.SendAsync("POST", "/v1/models/" + new string('x', 4000))).Status);
    }

    [Theory]
    [MemberData(nameof(PolicyVariant.ByPath), MemberType = typeof(PolicyVariant))]
    public async Task No_way_to_write_a_guarded_path_gets_past_the_guard(string variant)
    {
        FakeTimeProvider time = new();
        using PolicyGateway gateway = PolicyFixture.Gateway(variant, fixture.UrlFor(variant, open: false), "open", time: time);
        string[] guarded = [.. Lines(RouteMatcherHostileTests.AllKeys), .. Lines(RouteMatcherHostileTests.AllKeyGenerate)];
        // What isn't UTF-8 has no characters, which is all that a policy gets to see; percent-encoded, it is here as it is.
        string[] undecidable = [.. Lines(RouteMatcherHostileTests.AllUndecidable).Where(path => path.All(c => c < 0xA0))];
        // A gateway may decode a path before it shows it to policies. Where a parameter or a host ended can't be told any more then, nor
        // that it couldn't be decided.
        IEnumerable<string> decoded = guarded
            .Select(WithoutQuery)
            .Select(Uri.UnescapeDataString)
            .Where(path => !path.Contains(';', StringComparison.Ordinal) && !path.Contains("ho", StringComparison.Ordinal));
        foreach (string path in guarded.Concat(undecidable).Select(WithoutQuery).Concat(decoded))
        {
            await gateway.SendAsync("POST", new PolicyUrl(path, ""), ("X-Original-URI", "/v1/models"), ("X-HTTP-Method-Override", "GET"));
            time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal([], gateway.Passed.Select(passed => passed.Target));
        Assert.InRange(guarded.Length + undecidable.Length, 150, 1000);
        Assert.Equal(200, (await gateway.SendAsync("POST", "/v1/models")).Status);
    }

    private static IEnumerable<string> Lines(TheoryData<string> table) =>
        table.Cast<object[]>().Select(row => RouteMatcherTests.Unescape((string)row[0]));

    private static string WithoutQuery(string path) => path.Split('?', 2)[0];
}
