using HxFunctions.Cli.Smoke;

namespace HxFunctions.Tests.Smoke;

/// <summary>Routes are grouped by what they gave, what fails comes first, and a narrow terminal breaks no word.</summary>
public sealed class SmokeTableTests
{
    private static readonly string[] Passing = ["/key", "/user", "/team", "/budget", "/organization"];

    [Fact]
    public void Routes_that_gave_the_same_are_one_line_and_what_fails_is_first()
    {
        string[] lines = Lines(120, all: false, Results("/spend", "/credentials/something-long"));

        Assert.Equal(2, lines.Count(l => l.Contains(" open ", StringComparison.Ordinal)));
        int failing = Index(lines, "  /spend, /credentials/something-long "),
            passing = Index(lines, "  /key, /user, /team and 2 more ");
        Assert.True(failing > 0 && failing < passing, string.Join('\n', lines));
        Assert.Matches(" open +fail 400/500, no database +pass 401 +pass 403$", lines[failing]);
        Assert.Matches(" open +pass 200 +pass 401 +pass 403$", lines[passing]);
        // The servers' failure before their passes.
        Assert.True(Index(lines, "  /health/readiness ") < Index(lines, "  /healthz/deps "));
        Assert.Single(lines, l => l.Contains("look at the log", StringComparison.Ordinal));
        Assert.Equal("  --all shows each route", lines[^1]);
    }

    [Fact]
    public void All_has_a_line_for_each_route_in_the_order_of_the_rules()
    {
        string[] lines = Lines(120, all: true, Results("/spend", "/global"));

        string[] routes = [.. lines.Where(l => l.Contains(" open ", StringComparison.Ordinal)).Select(l => l.Trim().Split(' ')[0])];
        Assert.Equal([.. Passing, "/spend", "/global"], routes);
        Assert.DoesNotContain("--all", lines[^1], StringComparison.Ordinal);
        Assert.Matches(" /key/list +open +pass 200 +pass 401 +pass 403 +9 ms$", lines[Index(lines, "  /key ")]);
    }

    [Fact]
    public void Failures_of_different_causes_stand_apart()
    {
        SmokeResult[] results =
        [
            .. Route("/a", Fail("500", "one")),
            .. Route("/b", Fail("500", "two")),
            .. Route("/c", Fail("502", "one")),
        ];

        string[] lines = Lines(120, all: false, results);

        Assert.Matches(" fail 500/502 ", lines[Index(lines, "  /a, /c ")]);
        Assert.Matches(" fail 500 ", lines[Index(lines, "  /b ")]);
    }

    [Theory]
    [InlineData(60, false)]
    [InlineData(60, true)]
    [InlineData(80, false)]
    [InlineData(80, true)]
    [InlineData(120, false)]
    [InlineData(120, true)]
    public void No_line_is_wider_than_the_terminal_and_no_word_is_broken(int width, bool all)
    {
        string[] lines = Lines(width, all, Results("/spend", "/credentials/something-long"));

        Assert.All(lines, l => Assert.True(l.Length <= width, $"{l.Length}: {l}"));
        string text = string.Join('\n', lines);
        foreach (
            string word in new[]
            {
                all ? "/organization" : "/team",
                "/credentials/something-long",
                "database",
                "/health/readiness",
                "configured",
            }
        )
        {
            Assert.Contains(word, text, StringComparison.Ordinal);
        }

        Assert.Equal(width < 76 || (all && width < 100), text.Contains("limited key:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(60)]
    [InlineData(120)]
    public void Column_of_a_key_that_was_not_given_is_left_out(int width)
    {
        SmokeResult[] results =
        [
            .. Results("/spend")
                .Select(r =>
                    r.Name == "limited key" ? r with { Outcome = SmokeOutcome.Skipped, Found = "", Advice = "no --limited-key-env" } : r
                ),
        ];

        Assert.DoesNotContain("imited key", string.Join('\n', Lines(width, all: false, results)), StringComparison.Ordinal);
    }

    private static string[] Lines(int width, bool all, SmokeResult[] results) =>
        SmokeTable.Render(results, TimeSpan.FromSeconds(1), all, TextWriter.Null, width).TrimEnd().Split(Environment.NewLine);

    private static int Index(string[] lines, string start) => Array.FindIndex(lines, l => l.StartsWith(start, StringComparison.Ordinal));

    /// <summary>Two servers' results, some routes that pass, and these, which fail for one cause with several statuses.</summary>
    private static SmokeResult[] Results(params string[] failing) =>
        [
            new(
                "function app",
                "dependencies",
                "GET /healthz/deps",
                SmokeOutcome.Pass,
                Took,
                "postgres up, redis up, qdrant not configured"
            ),
            new(
                "gateway",
                "readiness",
                "GET /health/readiness",
                SmokeOutcome.Fail,
                Took,
                "database not connected, cache none",
                "look at the log"
            ),
            .. Passing.SelectMany(route => Route(route, new(SmokeOutcome.Pass, "200", ""))),
            .. failing.SelectMany((route, i) => Route(route, Fail(i == 0 ? "500, no database" : "400, no database", "look at the log"))),
        ];

    private static TimeSpan Took { get; } = TimeSpan.FromMilliseconds(3);

    private static Judgement Fail(string found, string advice) => Judgement.Fail(found, advice);

    private static IEnumerable<SmokeResult> Route(string route, Judgement admin) =>
        [
            new($"route {route}", "admin key", $"GET {route}/list", admin.Outcome, Took, admin.Found, admin.Advice, "open"),
            new($"route {route}", "no key", $"GET {route}/list", SmokeOutcome.Pass, Took, "401", "", "open"),
            new($"route {route}", "limited key", $"GET {route}/list", SmokeOutcome.Pass, Took, "403", "", "open"),
        ];
}
