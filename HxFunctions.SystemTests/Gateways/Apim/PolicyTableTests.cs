using System.Globalization;
using System.Text.Json;
using HxFunctions.Servers;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.SystemTests.Gateways.Apim;

/// <summary>Runs every cell of the table in infra/apim/README.md, with every variant: what the caller gets in each state of the guard and
/// for each hx-guard-on-unreachable.</summary>
public sealed class PolicyTableTests(PolicyFixture fixture) : IClassFixture<PolicyFixture>
{
    private const string Unauthorized = "401 (wrong key or token)";
    private const string OwnWords = "The guard gave no usable answer.";

    /// <summary>The states, as the table calls them. A cached verdict is one of a guard that has gone since.</summary>
    private static readonly string[] States =
    [
        "answers open",
        "answers closed",
        Unauthorized,
        "403 (another identity)",
        "404 (wrong URL)",
        "500",
        "no answer within 2 s",
        "garbage",
        "an answer over 16 KB",
        "not reachable",
        "cached open, guard gone",
        "cached closed, guard gone",
        "cache entry over, guard gone",
        "cache fails, answers open",
        "cache fails, answers closed",
        "cache fails, not reachable",
        "no token (managed identity)",
        "an expression throws",
    ];

    /// <summary>Without a cache these are as if the guard were not reachable, which it isn't: the page says so.</summary>
    private static readonly string[] OfTheCache = ["cached open, guard gone", "cached closed, guard gone", "cache entry over, guard gone"];

    public static TheoryData<string, string, string, string> Cells
    {
        get
        {
            TheoryData<string, string, string, string> cells = [];
            List<string[]> table = Table();
            string[] notReachable = table.Single(row => row[0] == "not reachable");
            foreach (string[] row in table)
            {
                foreach (string variant in PolicyVariant.Names)
                {
                    PolicyVariant parsed = PolicyVariant.Parse(variant);
                    if (row[0] == "no token (managed identity)" && !parsed.HasIdentity)
                    {
                        continue;
                    }

                    string[] expected = !parsed.HasCache && OfTheCache.Contains(row[0]) ? notReachable : row;
                    cells.Add(variant, row[0], "closed", expected[1]);
                    cells.Add(variant, row[0], "open", expected[2]);
                }
            }

            return cells;
        }
    }

    [Fact]
    public void Table_has_every_state_once() => Assert.Equal(States, Table().Select(row => row[0]));

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Cell_of_the_table_is_what_the_caller_gets(string variant, string state, string onUnreachable, string expected)
    {
        using PolicyGateway gateway = await ArrangeAsync(variant, state, onUnreachable);

        PolicyAnswer answer = await AskAsync(gateway);

        string told = answer.Body + string.Concat(answer.Headers.Values) + string.Concat(gateway.Passed.SelectMany(p => p.Headers.Values));
        Assert.DoesNotContain(PolicyFixture.Key, told, StringComparison.Ordinal);
        Assert.DoesNotContain(PolicyFixture.Token, told, StringComparison.Ordinal);
        Assert.All(
            gateway.Callouts,
            question => PolicyFixture.AssertAskedAbout(variant, "/v1/keys", "POST", question, KeyIn(state), TokenIn(state)!)
        );
        if (expected is "passes" or "passes, marked")
        {
            PolicyMessage passed = Assert.Single(gateway.Passed);
            Assert.Equal(
                (200, expected == "passes" ? null : "unreachable"),
                (answer.Status, passed.Headers.GetValueOrDefault("x-hx-verdict"))
            );
            Assert.Equal(("a caller's own", "Bearer a caller's own"), (passed.Headers["x-functions-key"], passed.Headers["Authorization"]));
            return;
        }

        Assert.Empty(gateway.Passed);
        Assert.Equal(
            (503, "application/problem+json", "no-store"),
            (answer.Status, answer.Headers["Content-Type"], answer.Headers["Cache-Control"])
        );
        JsonElement problem = JsonDocument.Parse(answer.Body).RootElement;
        Assert.Equal(
            problem.GetProperty("retryAfterSeconds").GetInt32().ToString(CultureInfo.InvariantCulture),
            answer.Headers["Retry-After"]
        );
        Assert.Equal("closed", problem.GetProperty("verdict").GetString());
        string detail =
            expected == "the guard's 503" ? "Gateway dependency unavailable: thing."
            : state is "an expression throws" or "no token (managed identity)" ? "The guard could not be asked."
            : OwnWords;
        Assert.Equal(detail, problem.GetProperty("detail").GetString());
    }

    /// <summary>Nothing that only looks like "open" passes, not even where a guard that isn't there would.</summary>
    [Theory]
    [InlineData(200, """{"verdict":"closed"}""")]
    [InlineData(200, """{"verdict":"Open"}""")]
    [InlineData(200, """{"verdict":{"open":true}}""")]
    [InlineData(200, """{"verdict":["open"]}""")]
    [InlineData(200, """{"verdict":null}""")]
    [InlineData(200, """{"nested":{"verdict":"open"}}""")]
    [InlineData(200, """["open"]""")]
    [InlineData(200, "open")]
    [InlineData(200, "\"open\"")]
    [InlineData(200, "")]
    [InlineData(200, """{"verdict":"open" """)]
    [InlineData(201, StandInServer.Open)]
    [InlineData(204, "")]
    [InlineData(302, StandInServer.Open)]
    [InlineData(403, StandInServer.Open)]
    [InlineData(500, StandInServer.Open)]
    [InlineData(503, StandInServer.Open)]
    [InlineData(503, "<html>")]
    public async Task Odd_answer_is_closed_and_not_remembered(int status, string body)
    {
        fixture.StandIn.Answer = StandInServer.Say(status, body);
        foreach (string variant in PolicyVariant.Names)
        {
            using PolicyGateway gateway = PolicyFixture.Gateway(variant, fixture.StandIn.Url, "open");

            PolicyAnswer answer = await AskAsync(gateway);

            Assert.Equal((503, 0, 0), (answer.Status, gateway.Passed.Count, gateway.Cache.Keys.Count));
            Assert.Contains(OwnWords, answer.Body, StringComparison.Ordinal);
        }
    }

    /// <summary>Each expression in turn, wherever it stands between the guard's first and last word.</summary>
    [Theory]
    [MemberData(nameof(PolicyVariant.All), MemberType = typeof(PolicyVariant))]
    public async Task Any_expression_that_throws_closes(string variant)
    {
        foreach (string guard in new[] { StandInServer.Open, StandInServer.Closed })
        {
            fixture.StandIn.Answer = StandInServer.Say(guard == StandInServer.Open ? 200 : 503, guard);
            int thrown = 0;
            for (bool threw = true; threw; thrown++)
            {
                using PolicyGateway gateway = PolicyFixture.Gateway(variant, fixture.StandIn.Url, "open");
                gateway.ThrowAt = thrown;
                PolicyAnswer answer = await AskAsync(gateway);
                threw = answer.Status == 500 || answer.Body.Contains("could not be asked", StringComparison.Ordinal);
                if (threw)
                {
                    int status = thrown < PolicyVariant.Parse(variant).ExpressionsBefore ? 500 : 503;
                    Assert.Equal((status, 0), (answer.Status, gateway.Passed.Count));
                }
            }

            Assert.InRange(thrown, 7, 40);
        }
    }

    [Theory]
    [MemberData(nameof(PolicyVariant.ByRule), MemberType = typeof(PolicyVariant))]
    public async Task Rule_that_the_guard_does_not_have_closes_and_says_so(string variant)
    {
        using PolicyGateway gateway = PolicyFixture.Gateway(variant, fixture.StandIn.Url);
        fixture.StandIn.Answer = StandInServer.Say(200, """{"verdict":"open","rule":null,"mode":"enforce","missing":[]}""");

        PolicyAnswer answer = await AskAsync(gateway);

        Assert.Equal((503, 0), (answer.Status, gateway.Passed.Count));
        Assert.Contains("The guard has no rule for this API.", answer.Body, StringComparison.Ordinal);
    }

    private static Task<PolicyAnswer> AskAsync(PolicyGateway gateway) =>
        gateway.SendAsync(
            "POST",
            "/v1/keys?x=1",
            ("x-hx-verdict", "open"),
            ("X-Original-URI", "/v1/models"),
            ("X-Forwarded-Uri", "/v1/models"),
            ("x-functions-key", "a caller's own"),
            ("Authorization", "Bearer a caller's own")
        );

    private static string KeyIn(string state) => state == Unauthorized ? "another-made-up-key" : PolicyFixture.Key;

    private static string? TokenIn(string state) =>
        state switch
        {
            Unauthorized => "another.made-up.token",
            "no token (managed identity)" => null,
            _ => PolicyFixture.Token,
        };

    private async Task<PolicyGateway> ArrangeAsync(string variant, string state, string onUnreachable)
    {
        FakeTimeProvider time = new();
        string url = state switch
        {
            _ when state.Contains("not reachable", StringComparison.Ordinal) => $"http://127.0.0.1:{FreePort.Next()}",
            "answers open" or Unauthorized or "cache fails, answers open" or "no token (managed identity)" or "an expression throws" =>
                fixture.UrlFor(variant, open: true),
            "404 (wrong URL)" => fixture.UrlFor(variant, open: true) + "/elsewhere",
            "answers closed" or "cache fails, answers closed" => fixture.UrlFor(variant, open: false),
            _ => fixture.StandIn.Url,
        };
        fixture.StandIn.Answer = state switch
        {
            "403 (another identity)" => StandInServer.Say(403, "You do not have permission to view this directory or page.", "text/html"),
            "500" => StandInServer.Say(500, ""),
            "garbage" => StandInServer.Say(200, "\u00f5\u00f5<open>"),
            "an answer over 16 KB" => StandInServer.Say(
                200,
                StandInServer.Open.Replace("[]", $"[\"{new string('x', 16384)}\"]", StringComparison.Ordinal)
            ),
            "cached open, guard gone" or "cache entry over, guard gone" => StandInServer.Say(200, StandInServer.Open),
            "cached closed, guard gone" => StandInServer.Say(503, StandInServer.Closed),
            _ => StandInServer.NeverAsync,
        };
        PolicyGateway gateway = PolicyFixture.Gateway(variant, url, onUnreachable, KeyIn(state), time);
        gateway.Cache.Fails = state.StartsWith("cache fails", StringComparison.Ordinal);
        gateway.Token = TokenIn(state);
        if (state == "no answer within 2 s")
        {
            // It never answers, so that nothing is missed.
            gateway.Patience = 0.1;
        }

        gateway.ThrowAt = state == "an expression throws" ? 5 : null;
        if (!state.EndsWith("guard gone", StringComparison.Ordinal))
        {
            return gateway;
        }

        await AskAsync(gateway);
        gateway.Passed.Clear();
        fixture.StandIn.Answer = StandInServer.Abort;
        time.Advance(TimeSpan.FromSeconds(state.StartsWith("cache entry over", StringComparison.Ordinal) ? 2 : 1.9));
        return gateway;
    }

    /// <summary>The rows of the table: state, what the caller gets when hx-guard-on-unreachable is closed, and when it is open.</summary>
    private static List<string[]> Table() =>
        [
            .. File.ReadLines(Path.Combine(PolicyVariant.Folder, "README.md"))
                .SkipWhile(line => !line.StartsWith("| the guard |", StringComparison.Ordinal))
                .Skip(2)
                .TakeWhile(line => line.StartsWith('|'))
                .Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries)),
        ];
}
