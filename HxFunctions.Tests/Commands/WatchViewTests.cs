using System.Text.Json;
using System.Text.RegularExpressions;
using HxFunctions.Cli.Commands;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Http.Status;
using HxFunctions.Core.Routing;
using HxFunctions.Core.Snapshots;
using HxFunctions.Tests.Http;

namespace HxFunctions.Tests.Commands;

/// <summary>What <c>hx watch</c> makes of an answer, beside the page that is made of the same.</summary>
public partial class WatchViewTests
{
    private const long Minute = HistoryBucket.Minute,
        Quarter = HistoryBucket.Quarter;

    /// <summary>2027-01-15 08:00 UTC, where a cell of each window begins.</summary>
    private const long Now = 1_800_000_000_000;

    [Fact]
    public void Uptime_is_the_pages_in_the_pages_words()
    {
        StatusModel model = Model(
            View("up", _ => DependencyStatus.Pass),
            View("was-down", ago => ago == 8 * Quarter ? DependencyStatus.Fail : DependencyStatus.Pass, Outage(8 * Quarter, 10_000)),
            View("unrecorded", ago => ago is 3 * Minute or (5 * Quarter) ? DependencyStatus.Fail : DependencyStatus.Pass),
            View("degraded", ago => ago < 20 * Minute ? DependencyStatus.Warn : DependencyStatus.Pass),
            View("young", ago => ago <= 30 * Minute ? DependencyStatus.Pass : null),
            View("now-down", ago => ago <= 10 * Minute ? DependencyStatus.Fail : DependencyStatus.Pass, Outage(10 * Minute, 700_000)),
            View("unseen", _ => null)
        );
        string[] page =
        [
            .. BarTexts()
                .Matches(StatusPage.Render(model, "nonce"))
                .Select(m => (Window: m.Groups["window"].Value, Words: new[] { m.Groups["up"].Value, m.Groups["losses"].Value }))
                .Select(bar => $"{bar.Window}: {string.Join(", ", bar.Words.Where(words => words.Length > 0))}"),
        ];
        // The page shows no bars for what has no history at all.
        Assert.Equal(6 * 3, page.Length);
        Assert.Contains("24 hours: 99.98% up, down 10 s", page);
        Assert.Contains(page, words => words.Contains("degraded at times", StringComparison.Ordinal));

        JsonElement answer = AnswerOf(model);
        string narrow = Rendered(WatchUptime.Of(answer, new(stale: false)), 40);

        string[] watched =
        [
            .. narrow
                .Replace("\n      ", " ", StringComparison.Ordinal)
                .Split('\n')
                .Where(l => l.StartsWith("    ", StringComparison.Ordinal))
                .Select(l => l.Trim()),
        ];
        Assert.Equal(page, watched[..page.Length]);
        Assert.Equal(["1 hour: no data 59 min", "24 hours: no data 23 h 45 min", "7 days: no data 6 d 22 h"], watched[page.Length..]);
    }

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(120)]
    [InlineData(160)]
    public void Uptime_keeps_a_phrase_on_a_line_wherever_its_table_fits(int width)
    {
        StatusModel model = Model(
            View(
                DependencyName.Postgres,
                ago =>
                    ago <= 10 * Minute ? DependencyStatus.Fail
                    : ago < 90 * Minute ? DependencyStatus.Warn
                    : null
            )
        );

        string text = Rendered(WatchUptime.Of(AnswerOf(model), new(stale: false)), width);

        Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, width));
        Assert.Contains(width < 80 ? "\n  PostgreSQL\n    1 hour: " : " PostgreSQL  ", text, StringComparison.Ordinal);
        Assert.Contains(
            "degraded at times",
            width == 40 ? text.Replace("\n      ", " ", StringComparison.Ordinal) : text,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Nothing_recorded_says_what_will_appear()
    {
        JsonElement unseen = AnswerOf(Model(View(DependencyName.Postgres, _ => null)));
        JsonElement none = AnswerOf(Model() with { History = HistoryCondition.None });

        string text = Rendered(WatchView.Of(unseen, stale: false), 160);
        Assert.Contains("No history yet. Uptime appears here with the first check.", text, StringComparison.Ordinal);
        Assert.Contains("No incident in the last 7 days. One appears here when", text, StringComparison.Ordinal);
        Assert.Contains("No route is guarded. Routes that GUARD_ROUTES names appear here.", text, StringComparison.Ordinal);

        text = Rendered(WatchView.Of(none, stale: false), 160);
        Assert.Contains("No dependency is configured. Set PG_URL,", text, StringComparison.Ordinal);
        Assert.Contains("No history is kept without REDIS_URL. Set it, and uptime,", text, StringComparison.Ordinal);
        Assert.Contains("No incident is known: there is no history.", text, StringComparison.Ordinal);
    }

    /// <summary>An app that is older than the figure, and one whose Redis gives nothing: the headline says the latter.</summary>
    [Theory]
    [InlineData("available", """{ "1h": { "cells": [null] } }""")]
    [InlineData("unavailable", "{}")]
    public void Uptime_that_is_not_told_is_left_out(string history, string windows)
    {
        using JsonDocument answer = JsonDocument.Parse(
            $$"""{ "history": "{{history}}", "dependencies": [{ "name": "postgres", "windows": {{windows}} }] }"""
        );
        Assert.Equal("", Rendered(WatchUptime.Of(answer.RootElement, new(stale: false)), 80));
    }

    private static readonly Incident[] Incidents =
    [
        new DependencyIncident(DependencyName.Postgres, DependencyStatus.Fail, Reasons.ConnectionRefused, Now - 252_000, null, null),
        new OverrideIncident(
            "open",
            "PostgreSQL fails over, keys are cached; INC-1234",
            "night shift",
            null,
            Now - (5 * 60 * Minute),
            Now - (4 * 60 * Minute)
        ),
        new DependencyIncident(
            DependencyName.Qdrant,
            DependencyStatus.Fail,
            Reasons.Timeout,
            Now - (9 * 60 * Minute),
            null,
            Now - (7 * 60 * Minute)
        ),
        new DependencyIncident(DependencyName.Redis, DependencyStatus.Fail, Reasons.Unknown, null, null, Now - (96 * 60 * Minute)),
    ];

    [Fact]
    public void Incidents_are_blocks_on_a_narrow_screen()
    {
        Assert.Equal(
            """
            Incidents (UTC)
              PostgreSQL: connection refused
                ongoing since 15 Jan 07:55:48, 4 min 12 s
              Override: open: PostgreSQL fails over, keys are cached;
                INC-1234 (by night shift)
                15 Jan 03:00:00 to 04:00:00, 1 h
              Qdrant: timeout
                14 Jan 23:00:00 to 15 Jan 01:00:00, 2 h
              Redis: reason not recorded
                start not recorded, ended 11 Jan 08:00:00

            """.ReplaceLineEndings("\n"),
            IncidentsAt(60)
        );
    }

    [Theory]
    [InlineData(40)]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(160)]
    public void Incidents_break_and_lose_no_word(int width)
    {
        string text = IncidentsAt(width);

        Assert.All(text.Split('\n'), line => Assert.InRange(line.Length, 0, width));
        string[] words = text.Split((char[])[' ', '\n', ':', ',', ';', '(', ')'], StringSplitOptions.RemoveEmptyEntries);
        string[] expected = IncidentsAt(400)
            .Split((char[])[' ', '\n', ':', ',', ';', '(', ')', '─'], StringSplitOptions.RemoveEmptyEntries);
        Assert.Empty(expected.Except(words).Except(["Incident", "Reason", "When", "Duration"]));
        Assert.Equal(width >= 80, Regex.IsMatch(text, @"(?m)^ Incident +Reason +When \(UTC\) +Duration$"));
    }

    private static string IncidentsAt(int width) =>
        Rendered(WatchIncidents.Of(AnswerOf(Model() with { Incidents = Incidents }), new(stale: false)), width);

    private static string Rendered(Spectre.Console.Rendering.IRenderable part, int width) =>
        CliConsole.Render(part, TextWriter.Null, width).ReplaceLineEndings("\n");

    private static JsonElement AnswerOf(StatusModel model)
    {
        using JsonDocument document = JsonDocument.Parse(new StatusJson(model).ToJson());
        return document.RootElement.Clone();
    }

    private static StatusModel Model(params DependencyView[] dependencies) =>
        FlappingWeek.Of(0, 0) with
        {
            At = DateTimeOffset.FromUnixTimeMilliseconds(Now),
            HistoryAt = Now,
            Dependencies = dependencies,
            Incidents = [],
        };

    private static RecordedTransition[] Outage(long ago, long lasts) =>
        [
            new(Now - ago + 30_000, "", DependencyStatus.Pass, DependencyStatus.Fail, Reasons.Timeout),
            new(Now - ago + 30_000 + lasts, "", DependencyStatus.Fail, DependencyStatus.Pass, Reasons.Ok),
        ];

    private static DependencyView View(string name, Func<long, DependencyStatus?> statusOf, params RecordedTransition[] transitions)
    {
        DependencyHistory history = new([], Entries(Minute, 90), Entries(Quarter, 672));
        IReadOnlyList<Outage> outages = Core.Http.Status.Outage.From(transitions);
        return new(
            name,
            DependencyStatus.Pass,
            Reasons.Ok,
            DateTimeOffset.FromUnixTimeMilliseconds(Now - Minute),
            TimeSpan.FromMilliseconds(1.5),
            DateTimeOffset.FromUnixTimeMilliseconds(Now),
            TimeSpan.Zero,
            [.. StatusWindow.All.Select(window => StatusHistory.Aggregate(history, window, Now, 65_000, outages))]
        );

        HistoryBucket[] Entries(long length, int count) =>
            [
                .. Enumerable
                    .Range(1, count)
                    .Where(i => statusOf(i * length) is not null)
                    .Select(i => new HistoryBucket(Now - (i * length), 30, statusOf(i * length)!.Value, Reasons.Timeout, 1, 1, 1)),
            ];
    }

    [GeneratedRegex("<p class=\"bar-text\"><span>(?<window>[^<]*) <b>(?<up>[^<]*)</b></span><span>(?<losses>[^<]*)</span>")]
    private static partial Regex BarTexts();
}
