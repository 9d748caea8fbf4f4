using HxFunctions.Cli.Gateways;
using HxFunctions.Core.Routing;
using static HxFunctions.Tests.Gateways.GatewayStandIn;

namespace HxFunctions.Tests.Gateways;

/// <summary>A whole check of gateways that do one thing wrong each. They are stand-ins; SystemTests has real ones.</summary>
public class GatewayCheckTests
{
    [Fact]
    public async Task Gateway_that_asks_about_everything_is_good()
    {
        await using RawServer gateway = RawServer.Start(Good);

        GatewayCheckResult result = await CheckAsync(gateway);

        Assert.Equal((true, true, GatewayWords.AllWell), (result.IsGood, result.Asks, GatewayWords.Headline(result)));
        Assert.Equal(result.Canary.Count, result.Count(CanaryVerdict.Refused));
        // One ask each, the neighbour, and the open path, once more for HTTP/2.
        Assert.Equal(result.Canary.Count + 3, gateway.Heads.Count);
        Assert.Equal(
            ["DELETE /.hx/canary", "HEAD /.hx/canary", "POST /.hx/canary"],
            gateway.Lines.Where(line => !line.StartsWith("GET ", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task Gateway_that_does_not_ask_sees_reads_alone()
    {
        await using RawServer gateway = RawServer.Start(head => IsOpenPath(head) ? Models : NotFound);

        GatewayCheckResult result = await CheckAsync(gateway);

        Assert.Equal((false, false, GatewayWords.DoesNotAsk), (result.IsGood, result.Asks, GatewayWords.Headline(result)));
        Assert.DoesNotContain(gateway.Lines, line => line.StartsWith("POST", StringComparison.Ordinal));
        Assert.DoesNotContain(gateway.Lines, line => line.StartsWith("DELETE", StringComparison.Ordinal));
        Assert.True(result.Through.Count() > 60, $"{result.Through.Count()}");
    }

    /// <summary>It asks about the path as it is written, and sends the backend what it decodes.</summary>
    [Fact]
    public async Task Gateway_that_compares_the_literal_path_is_told_what_gets_through()
    {
        await using RawServer gateway = RawServer.Start(head => RawServer.TargetOf(head) == Canary.Path ? GuardWords.Canary : Behind(head));

        GatewayCheckResult result = await CheckAsync(gateway);

        Assert.Equal((false, true, CanaryVerdict.Refused), (result.IsGood, result.Asks, result.Plain.Verdict));
        Assert.Contains(result.Through, ask => ask.Spelling is { Disguise: "slashes escaped", Target: "/.hx%2fcanary" });
        Assert.Equal(
            $"The canary got through in {result.Through.Count()} of {result.Canary.Count} requests.",
            GatewayWords.Headline(result)
        );
    }

    [Fact]
    public async Task Gateway_that_asks_for_reads_alone_is_told_the_methods()
    {
        await using RawServer gateway = RawServer.Start(head =>
            head.StartsWith("POST", StringComparison.Ordinal) || head.StartsWith("DELETE", StringComparison.Ordinal) ? NotFound : Good(head)
        );

        GatewayCheckResult result = await CheckAsync(gateway);

        Assert.Equal(["DELETE", "POST"], result.Through.Select(ask => ask.Method).Order(StringComparer.Ordinal));
    }

    /// <summary>405 for every unknown path comes from behind the gateway; for the canary alone it is the gateway's.</summary>
    [Theory]
    [InlineData(true, CanaryVerdict.Through)]
    [InlineData(false, CanaryVerdict.RefusedAsForm)]
    internal async Task Refused_method_is_compared_with_that_of_an_unknown_path(bool forAll, CanaryVerdict verdict)
    {
        await using RawServer gateway = RawServer.Start(head =>
            head.StartsWith("POST", StringComparison.Ordinal) && (forAll || RawServer.TargetOf(head) == Canary.Path)
                ? RawServer.Say(405)
                : Good(head)
        );

        GatewayCheckResult result = await CheckAsync(gateway);

        Assert.Equal(verdict, result.Canary.Single(ask => ask.Method == "POST").Verdict);
        Assert.Equal(!forAll, result.IsGood);
    }

    [Fact]
    public async Task Spelling_that_no_parser_takes_is_no_bypass()
    {
        await using RawServer gateway = RawServer.Start(head =>
            RawServer.TargetOf(head) is var target && (target[0] != '/' || target.Contains("..", StringComparison.Ordinal))
                ? RawServer.Say(400)
            : target.Contains('%', StringComparison.Ordinal) ? null
            : Good(head)
        );

        GatewayCheckResult result = await CheckAsync(gateway);

        Assert.True(result.IsGood, GatewayWords.Headline(result));
        Assert.True(result.Count(CanaryVerdict.RefusedAsForm) > 10 && result.Count(CanaryVerdict.Dropped) > 10);
    }

    [Theory]
    [InlineData("guard-unreachable", "The gateway asks, but the guard gave no usable answer.")]
    [InlineData("dependency-unavailable", "The guard closed the canary's path, but not as the canary.")]
    public async Task Other_words_of_the_guard_end_the_check(string type, string headline)
    {
        await using RawServer gateway = RawServer.Start(_ => RawServer.Say(503, GuardWords.OfType(type), GuardWords.Problem));

        GatewayCheckResult result = await CheckAsync(gateway);

        Assert.Equal((false, headline), (result.IsGood, GatewayWords.Headline(result)));
        Assert.Equal(2, gateway.Heads.Count);
        Assert.NotEqual("", GatewayWords.Advice(result.Plain));
    }

    [Theory]
    [InlineData(401, "The gateway lets nobody in without a key (401).")]
    [InlineData(403, "The gateway lets nobody in without a key (403).")]
    [InlineData(302, "The gateway answers with a redirect (302).")]
    [InlineData(503, "The gateway answers 503, and not with the guard's problem body.")]
    [InlineData(502, "The gateway answers 502, and not with the guard's problem body.")]
    public async Task Answer_that_everything_gets_ends_the_check(int status, string headline)
    {
        await using RawServer gateway = RawServer.Start(_ => RawServer.Say(status, "<html>Service Unavailable</html>", "text/html"));

        GatewayCheckResult result = await CheckAsync(gateway);

        Assert.Equal((false, null, headline), (result.IsGood, result.Asks, GatewayWords.Headline(result)));
        Assert.Equal(status < 500 ? 3 : 2, gateway.Heads.Count);
        Assert.NotEqual("", GatewayWords.Advice(result.Plain));
    }

    [Fact]
    public async Task Gateway_that_refuses_all_as_the_canary_proves_nothing()
    {
        await using RawServer gateway = RawServer.Start(_ => GuardWords.Canary);

        GatewayCheckResult result = await CheckAsync(gateway);

        Assert.Equal((false, null), (result.IsGood, result.Asks));
        Assert.StartsWith("It is unclear", GatewayWords.Headline(result), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, null, true)]
    [InlineData(401, null, true)]
    [InlineData(404, null, true)]
    [InlineData(500, null, true)]
    [InlineData(502, null, false)]
    [InlineData(503, null, false)]
    [InlineData(503, "dependency-unavailable", false)]
    [InlineData(503, "guard-unreachable", false)]
    public async Task Open_path_passes_unless_it_is_refused_or_nobody_is_there(int status, string? type, bool passes)
    {
        string answer = type is null ? RawServer.Say(status) : RawServer.Say(status, GuardWords.OfType(type), GuardWords.Problem);
        await using RawServer gateway = RawServer.Start(head => IsOpenPath(head) ? answer : Good(head));

        GatewayCheckResult result = await CheckAsync(gateway);

        Assert.Equal((passes, passes), (result.Open!.Passes, result.IsGood));
        Assert.Equal(passes ? GatewayWords.AllWell : null, passes ? GatewayWords.Headline(result) : null);
        if (type == "dependency-unavailable")
        {
            Assert.Equal("The gateway asks the guard, but model traffic is refused.", GatewayWords.Headline(result));
        }
    }

    /// <summary>It asks about each request, and passes a change to HTTP/2 on: through that connection further ones go unasked.</summary>
    [Theory]
    [InlineData("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true)]
    [InlineData("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", true)]
    [InlineData(null, true)]
    public async Task Upgrade_to_HTTP_2_must_not_be_accepted(string? answer, bool isGood)
    {
        await using RawServer gateway = RawServer.Start(head =>
            head.Contains("Upgrade: h2c", StringComparison.Ordinal) ? answer : Good(head)
        );

        GatewayCheckResult result = await CheckAsync(gateway);

        Assert.Equal((isGood, true), (result.IsGood, result.Asks));
        Assert.Equal(
            isGood ? GatewayWords.AllWell : "Requests can pass the gateway unasked, through an upgrade to HTTP/2 (h2c).",
            GatewayWords.Headline(result)
        );
        Assert.Equal(isGood, GatewayWords.Advice(result.Upgrade!).Length == 0);
        string asked = Assert.Single(gateway.Heads, head => head.Contains("h2c", StringComparison.Ordinal));
        Assert.StartsWith("GET /v1/models HTTP/1.1\r\n", asked, StringComparison.Ordinal);
        Assert.Contains("Connection: Upgrade, HTTP2-Settings\r\n", asked, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Below_a_mount_path_everything_is_asked_below_it()
    {
        await using RawServer gateway = RawServer.Start(head =>
            RawServer.TargetOf(head) switch
            {
                "/llm/v1/models" => Models,
                "/llm" + CanarySpellings.Neighbour => NotFound,
                _ => GuardWords.Canary,
            }
        );

        GatewayCheckResult result = await CheckAsync(gateway, mount: "/llm");

        Assert.True(result.IsGood, GatewayWords.Headline(result));
        Assert.Contains("GET /llm/.hx/canary", gateway.Lines);
        Assert.DoesNotContain("GET /.hx/canary", gateway.Lines);
    }

    [Fact]
    public async Task Report_names_each_spelling_and_what_to_do()
    {
        await using RawServer gateway = RawServer.Start(head => RawServer.TargetOf(head) == "/.hx%2fcanary" ? NotFound : Good(head));

        string text = GatewayCheckReport.Text(await CheckAsync(gateway), [], TimeSpan.FromSeconds(1), TextWriter.Null);

        Assert.Contains("  slashes escaped (read as the canary by: API Management, Tomcat", text, StringComparison.Ordinal);
        Assert.Contains("    GET /.hx%2fcanary: got through: 404\n", text.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("  What to do: every route and method", text, StringComparison.Ordinal);
        Assert.StartsWith("  The canary got through in 1 of ", text, StringComparison.Ordinal);
    }
}
