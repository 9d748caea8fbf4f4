using System.Globalization;
using System.Text.Json;
using HxFunctions.Servers;
using HxFunctions.Tests;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.SystemTests.Gateways.Apim;

/// <summary>Runs every cell of the table in docs/gateways.md, with both fragments: what the caller gets in each state of the guard and for
/// each hx-guard-on-unreachable.</summary>
public sealed class PolicyTableTests(PolicyFixture fixture) : IClassFixture<PolicyFixture>
{
    private const string OwnWords = "The guard gave no usable answer.";

    /// <summary>The states, as the table calls them. A cached verdict is one of a guard that has gone since.</summary>
    private static readonly string[] States =
    [
        "answers open",
        "answers closed",
        "401 (wrong key)",
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
        "an expression throws",
    ];

    public static TheoryData<string, string, string, string> Cells
    {
        get
        {
            TheoryData<string, string, string, string> cells = [];
            foreach (string[] row in Table())
            {
                foreach (string fragment in new[] { "hx-guard-by-path", "hx-guard-by-rule" })
                {
                    cells.Add(fragment, row[0], "closed", row[1]);
                    cells.Add(fragment, row[0], "open", row[2]);
                }
            }

            return cells;
        }
    }

    [Fact]
    public void Table_has_every_state_once() => Assert.Equal(States, Table().Select(row => row[0]));

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task Cell_of_the_table_is_what_the_caller_gets(string fragment, string state, string onUnreachable, string expected)
    {
        using PolicyGateway gateway = await ArrangeAsync(fragment, state, onUnreachable);

        PolicyAnswer answer = await AskAsync(gateway);

        Assert.DoesNotContain(PolicyFixture.Key, answer.Body + string.Concat(answer.Headers.Values), StringComparison.Ordinal);
        if (expected is "passes" or "passes, marked")
        {
            PolicyMessage passed = Assert.Single(gateway.Passed);
            Assert.Equal(
                (200, expected == "passes" ? null : "unreachable"),
                (answer.Status, passed.Headers.GetValueOrDefault("x-hx-verdict"))
            );
            Assert.Equal("a caller's own", passed.Headers["x-functions-key"]);
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
            : state == "an expression throws" ? "The guard could not be asked."
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
        foreach (string fragment in new[] { "hx-guard-by-path", "hx-guard-by-rule" })
        {
            using PolicyGateway gateway = PolicyFixture.Gateway(fragment, fixture.StandIn.Url, "open");

            PolicyAnswer answer = await AskAsync(gateway);

            Assert.Equal((503, 0, 0), (answer.Status, gateway.Passed.Count, gateway.Cache.Keys.Count));
            Assert.Contains(OwnWords, answer.Body, StringComparison.Ordinal);
        }
    }

    /// <summary>Each expression in turn, wherever it stands between the guard's first and last word.</summary>
    [Theory]
    [InlineData("hx-guard-by-path", StandInServer.Open)]
    [InlineData("hx-guard-by-path", StandInServer.Closed)]
    [InlineData("hx-guard-by-rule", StandInServer.Open)]
    [InlineData("hx-guard-by-rule", StandInServer.Closed)]
    public async Task Any_expression_that_throws_closes(string fragment, string guard)
    {
        fixture.StandIn.Answer = StandInServer.Say(guard == StandInServer.Open ? 200 : 503, guard);
        int thrown = 0;
        for (bool threw = true; threw; thrown++)
        {
            using PolicyGateway gateway = PolicyFixture.Gateway(fragment, fixture.StandIn.Url, "open");
            gateway.ThrowAt = thrown;
            PolicyAnswer answer = await AskAsync(gateway);
            threw = answer.Status == 500 || answer.Body.Contains("could not be asked", StringComparison.Ordinal);
            // The first two aren't the guard's: the rate limit's key, and whether a guard has run before.
            if (threw)
            {
                Assert.Equal((thrown < 2 ? 500 : 503, 0), (answer.Status, gateway.Passed.Count));
            }
        }

        Assert.InRange(thrown, 10, 40);
    }

    [Fact]
    public async Task Rule_that_the_guard_does_not_have_closes_and_says_so()
    {
        using PolicyGateway gateway = PolicyFixture.Gateway("hx-guard-by-rule", fixture.StandIn.Url);
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
            ("x-functions-key", "a caller's own")
        );

    private async Task<PolicyGateway> ArrangeAsync(string fragment, string state, string onUnreachable)
    {
        FakeTimeProvider time = new();
        string url = state switch
        {
            _ when state.Contains("not reachable", StringComparison.Ordinal) => $"http://127.0.0.1:{FreePort.Next()}",
            "answers open" or "401 (wrong key)" or "cache fails, answers open" or "an expression throws" => PolicyFixture.UrlOf(
                fixture.Open
            ),
            "404 (wrong URL)" => PolicyFixture.UrlOf(fixture.Open) + "/elsewhere",
            "answers closed" or "cache fails, answers closed" => PolicyFixture.UrlOf(fixture.Closed),
            _ => fixture.StandIn.Url,
        };
        fixture.StandIn.Answer = state switch
        {
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
        PolicyGateway gateway = PolicyFixture.Gateway(
            fragment,
            url,
            onUnreachable,
            state == "401 (wrong key)" ? "another-made-up-key" : PolicyFixture.Key,
            time
        );
        gateway.Cache.Fails = state.StartsWith("cache fails", StringComparison.Ordinal);
        if (state == "no answer within 2 s")
        {
            gateway.Patience = 1;
        }

        gateway.ThrowAt = state == "an expression throws" ? 5 : null;
        if (!state.EndsWith("guard gone", StringComparison.Ordinal))
        {
            return gateway;
        }

        await AskAsync(gateway);
        gateway.Passed.Clear();
        fixture.StandIn.Answer = StandInServer.Abort;
        time.Advance(TimeSpan.FromSeconds(state.StartsWith("cache entry over", StringComparison.Ordinal) ? 5 : 4.9));
        return gateway;
    }

    /// <summary>The rows of the table: state, what the caller gets when hx-guard-on-unreachable is closed, and when it is open.</summary>
    private static List<string[]> Table() =>
        [
            .. File.ReadLines(Path.Combine(Repository.Root, "docs", "gateways.md"))
                .SkipWhile(line => !line.StartsWith("| the guard |", StringComparison.Ordinal))
                .Skip(2)
                .TakeWhile(line => line.StartsWith('|'))
                .Select(line => line.Trim('|').Split('|', StringSplitOptions.TrimEntries)),
        ];
}
