using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Http.Status;
using HxFunctions.Core.Routing;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Http;

/// <summary>What the page says, in which words.</summary>
public class StatusPageContentTests
{
    [Fact]
    public void Title_links_and_runbook_are_the_operators()
    {
        StatusModel model = FlappingWeek.Of(1, 1) with
        {
            Options = new("Gateway, production", [new("Dashboard", new("https://grafana.example/d/1"))], new("https://wiki.example/ops")),
        };
        string page = StatusPage.Render(model, "nonce");

        Assert.Contains("· Gateway, production</title>", page, StringComparison.Ordinal);
        Assert.Contains(
            "<a href=\"https://grafana.example/d/1\" rel=\"noreferrer\"><bdi>Dashboard</bdi></a>",
            page,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "<a href=\"https://wiki.example/ops#authentication_failed\" rel=\"noreferrer\">authentication failed</a>",
            page,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("rel=\"noreferrer\"", StatusPage.Render(FlappingWeek.Of(1, 1), "nonce"), StringComparison.Ordinal);
    }

    /// <summary>The runbook's sections are named by the reasons: GitHub makes the anchor of the heading's text.</summary>
    [Fact]
    public void Reason_leads_to_its_section_of_the_operations_page()
    {
        string operations = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operations.md"));
        StatusPageOptions options = new("", [], new("https://wiki.example/ops?x=1#top"));
        foreach (string reason in new[] { Reasons.ConnectionRefused, Reasons.NotReady, Reasons.Other, Reasons.Unknown })
        {
            Assert.Contains($"\n### `{reason}`\n", operations, StringComparison.Ordinal);
            Assert.Equal($"https://wiki.example/ops?x=1#{reason}", options.RunbookOf(reason));
        }
    }

    [Fact]
    public void Routes_that_need_the_same_and_fare_alike_are_one_row()
    {
        StatusModel model = FlappingWeek.Of(2, 0) with
        {
            Rules =
            [
                View("/a", GuardMethods.All, ["postgres", "redis"], closed: true),
                View("/b", GuardMethods.Post, ["postgres", "redis"], closed: true),
                View("/c", GuardMethods.All, ["qdrant"], closed: false),
                View("/d", GuardMethods.All, ["postgres", "redis"], closed: true),
            ],
        };

        Assert.Equal(
            [
                "Need PostgreSQL and Redis 3 routes",
                "/a/d closedPostgreSQL, Redis closedPostgreSQL, Redis",
                "/b POST not guarded closedPostgreSQL, Redis",
                "Need Qdrant 1 route",
                "/c open open",
            ],
            RouteRows(model)
        );
    }

    /// <summary>The list has a rule per method.</summary>
    [Fact]
    public void Route_of_the_list_counts_once_with_its_reads_and_its_writes()
    {
        StatusModel model = FlappingWeek.Of(2, 0) with
        {
            Rules =
            [
                Listed("/a", GuardMethods.Get, ["postgres"]),
                Listed("/a", GuardMethods.Post, ["postgres"]),
                Listed("/a", GuardMethods.Delete, ["postgres"]),
                Listed("/b", GuardMethods.Post, ["postgres"]),
                Listed("/b", GuardMethods.Get, ["postgres"]),
                Listed("/c", GuardMethods.Get, ["postgres"]),
                Listed("/d", GuardMethods.Post, ["postgres"]),
                Listed("/d", GuardMethods.Get, ["redis"]),
            ],
        };

        Assert.Equal(
            [
                "Need PostgreSQL 4 routes",
                "2 routes of LiteLLM's list closedPostgreSQL closedPostgreSQL",
                "1 route of LiteLLM's list closedPostgreSQL not guarded",
                "1 route of LiteLLM's list not guarded closedPostgreSQL",
                "Need Redis 1 route",
                "1 route of LiteLLM's list closedRedis not guarded",
            ],
            RouteRows(model).Select(WebUtility.HtmlDecode)
        );
    }

    /// <summary>Without colours, too: another shape, another word, another border.</summary>
    [Fact]
    public void Unknown_looks_unlike_down()
    {
        string unknown = StatusPage.Render(Plain(DependencyStatus.Unknown, Reasons.Unknown), "nonce"),
            down = StatusPage.Render(Plain(DependencyStatus.Fail, Reasons.Timeout), "nonce");

        Assert.All(
            new[] { "headline unsure", "card is-unknown", "#i-unknown", ">Unknown</p>", "closed</span><small>PostgreSQL unknown" },
            part =>
            {
                Assert.Contains(part, unknown, StringComparison.Ordinal);
                Assert.DoesNotContain(part, down, StringComparison.Ordinal);
            }
        );
        Assert.DoesNotContain("href=\"#i-down", unknown, StringComparison.Ordinal);
        Assert.Matches(@"\.is-unknown \{[^}]*dashed", StatusAsset.Style.Content);
        Assert.Matches(@"\.headline\.unsure \{[^}]*dashed", StatusAsset.Style.Content);
        Assert.Contains("PostgreSQL has not been checked recently.", unknown, StringComparison.Ordinal);
    }

    [Fact]
    public void Empty_page_says_what_will_appear_and_when()
    {
        StatusModel empty = Plain(DependencyStatus.Unknown, Reasons.Unknown) with { Interval = TimeSpan.FromSeconds(45) };
        string page = StatusPage.Render(empty, "nonce");
        Assert.Contains("The timer checks every 45 s.", page, StringComparison.Ordinal);
        Assert.Contains("Uptime, bars and latency curves appear here with the first check.", page, StringComparison.Ordinal);
        Assert.Contains("No incident in the last 7 days. One appears here when", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<details", page, StringComparison.Ordinal);

        string nothing = StatusPage.Render(empty with { Dependencies = [], Rules = [], History = HistoryCondition.None }, "nonce");
        Assert.Contains(
            "Set PG_URL, REDIS_URL, QDRANT_URL or DEPENDENCIES: each dependency then has a card here.",
            nothing,
            StringComparison.Ordinal
        );
        Assert.Contains("Routes that GUARD_ROUTES names appear here.", nothing, StringComparison.Ordinal);
        Assert.Contains(
            "No history is kept without REDIS_URL. Set it, and bars, curves and incidents appear here.",
            nothing,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Uptime_of_each_window_is_in_words()
    {
        StatusModel model = FlappingWeek.Of(1, 1);
        string page = StatusPage.Render(model, "nonce");
        Assert.All(
            model.Dependencies[0].Windows,
            cells => Assert.Contains($"<b>{cells.Uptime.Words} up</b>", page, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Override_says_why_who_since_when_and_until_when()
    {
        StatusModel model = FlappingWeek.Of(1, 1) with
        {
            Override = new(new(false, "failover, INC-1", "night shift", DateTimeOffset.UnixEpoch), TimeSpan.FromMinutes(12)),
        };
        string page = Regex.Replace(StatusPage.Render(model, "nonce"), "<[^>]+>", "|");
        Assert.Contains(
            "Manual override: all guarded routes open|Why|failover, INC-1|Who|night shift|Since|1970-01-01 00:00:00 UTC|Ends|in 12 min",
            Regex.Replace(page, @"\|+", "|"),
            StringComparison.Ordinal
        );
    }

    /// <summary>A wall has room for twelve: those that are up give way.</summary>
    [Fact]
    public void Wall_shows_twelve_at_most_and_all_that_are_not_up()
    {
        StatusModel model = FlappingWeek.Of(20, 23);
        DependencyView up = model.Dependencies[0] with { Status = DependencyStatus.Pass, Reason = Reasons.Ok };
        model = model with { Dependencies = [.. model.Dependencies.Select((d, i) => i < 14 ? up : d)] };
        string wall = StatusPage.Render(model, "nonce", wall: true);

        Assert.Equal((12, 6), (Count(wall, "<li class=\"panel card"), Count(wall, "card is-down")));
        Assert.Contains("8 more dependencies: /status.", wall, StringComparison.Ordinal);
        Assert.InRange(Encoding.UTF8.GetByteCount(wall), 1, 40_000);
    }

    private static StatusModel Plain(DependencyStatus status, string reason)
    {
        StatusModel model = FlappingWeek.Of(1, 0);
        DependencyView view = model.Dependencies[0] with
        {
            Name = "postgres",
            Status = status,
            Reason = reason,
            Since = null,
            Windows = [.. StatusWindow.All.Select(w => StatusHistory.Aggregate(DependencyHistory.Nothing, w, 1_800_000_000_000, 65_000))],
        };
        RuleView[] rules = [View("/a", GuardMethods.All, ["postgres"], closed: true)];
        return model with
        {
            Dependencies = [view],
            Rules = rules,
            Incidents = [],
            Headline = Headline.Of(GuardMode.Enforce, false, null, [view], rules),
        };
    }

    private static RuleView View(string route, GuardMethods methods, string[] needs, bool closed)
    {
        VerdictView verdict = new(closed, closed, closed ? needs : []);
        return new(new(route, methods, needs), verdict, verdict);
    }

    private static RuleView Listed(string route, GuardMethods methods, string[] needs)
    {
        RuleView view = View(route, methods, needs, closed: true);
        return view with { Rule = view.Rule with { Origin = RuleOrigin.LiteLlm } };
    }

    /// <summary>The text of each row of the routes, without the heading.</summary>
    private static IEnumerable<string> RouteRows(StatusModel model) =>
        Regex
            .Matches(Section(StatusPage.Render(model, "nonce"), "routes"), "<tr.*?</tr>")
            .Skip(1)
            .Select(row =>
                Regex
                    .Replace(row.Value.Replace("<td", " <td", StringComparison.Ordinal), "<[^>]*>", "")
                    .Replace("  ", " ", StringComparison.Ordinal)
            );

    private static string Section(string page, string id) =>
        Regex.Match(page, $"<section aria-labelledby=\"{id}\">.*?</section>", RegexOptions.Singleline).Value;

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
