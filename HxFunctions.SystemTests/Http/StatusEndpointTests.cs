using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Servers;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;

namespace HxFunctions.SystemTests.Http;

/// <summary>The two routes over HTTP. <see cref="OpenApiAnswerTests"/> holds them against their description.</summary>
[Collection(MeasuredCollection.Name)]
public class StatusEndpointTests
{
    private const string Key = "made-up-function-key";

    [Fact]
    public async Task Page_has_a_policy_of_its_own_each_time_and_sets_no_cookie()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(new StubCheck());

        RawResponse one = await hx.RawAsync("GET /status"),
            other = await hx.RawAsync("GET /status"),
            head = await hx.RawAsync("HEAD /status");

        string nonce = Regex.Match(one.Headers["Content-Security-Policy"], "script-src 'nonce-([^']+)'").Groups[1].Value;
        Assert.Contains(
            $"<style nonce=\"{System.Net.WebUtility.HtmlEncode(nonce).Replace("+", "&#x2B;", StringComparison.Ordinal)}\">",
            one.Body,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("unsafe", one.Headers["Content-Security-Policy"], StringComparison.Ordinal);
        Assert.NotEqual(one.Headers["Content-Security-Policy"], other.Headers["Content-Security-Policy"]);
        Assert.False(one.Headers.ContainsKey("Set-Cookie"));
        Assert.Equal((200, ""), (head.Status, head.Body));
        Assert.Equal(one.Headers.Keys.Order(StringComparer.Ordinal), head.Headers.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("/status")]
    [InlineData("/status/history")]
    [InlineData("/badge/all.svg")]
    public async Task Function_key_is_asked_for_and_never_repeated(string route)
    {
        await using HxInstance hx = await Surface.StartAsync(new StubCheck(), ("WRAPPER_KEYS", Surface.Keys));

        Assert.Equal(401, (await hx.RawAsync($"GET {route}")).Status);
        RawResponse answer = await hx.RawAsync($"GET {route}?code={Key}");

        Assert.Equal(200, answer.Status);
        Assert.DoesNotContain(Key, answer.Body + string.Join('\n', answer.Headers.Values), StringComparison.Ordinal);
        Assert.Equal(404, (await hx.RawAsync($"POST {route}?code={Key}")).Status);
    }

    [Fact]
    public async Task No_host_user_or_database_is_on_the_page()
    {
        await using StatusScene scene = await StatusScenes.StartAsync(StatusScenes.OneDown);
        foreach (string route in new[] { "status", "status?view=wall", "status/history", "status/feed", "badge/postgres.svg" })
        {
            HxInstance.Answer answer = await scene.Instance.GetAsync(route);
            Assert.DoesNotContain("c4n4ry", answer.Body, StringComparison.Ordinal);
            Assert.DoesNotContain("127.0.0.1", answer.Body, StringComparison.Ordinal);
        }
    }

    /// <summary>A wall with the page on it must not keep every dependency being checked at the guard's pace.</summary>
    [Fact]
    public async Task Looking_starts_no_check()
    {
        StubCheck thing = new();
        await using HxInstance hx = await Surface.StartCheckedAsync(thing, ("GUARD_MAX_STALENESS", "0.1"));

        for (int i = 0; i < 5; i++)
        {
            await hx.RawAsync("GET /status");
            await Task.Delay(120);
        }

        Assert.Equal(1, thing.Calls);
        // What was seen half a second ago still holds: a request would have it renewed first.
        Assert.Contains("All routes are open", (await hx.RawAsync("GET /status")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task History_is_what_was_planted()
    {
        await using StatusScene scene = await StatusScenes.StartAsync(StatusScenes.OneDown);

        JsonElement answer = (await scene.Instance.GetAsync("status/history")).Json;

        Assert.Equal("available", answer.GetProperty("history").GetString());
        JsonElement postgres = answer.GetProperty("dependencies")[0];
        JsonElement[] hour = [.. postgres.GetProperty("windows").GetProperty("1h").GetProperty("cells").EnumerateArray()];
        Assert.Equal(60, hour.Length);
        Assert.All(hour.TakeLast(4), cell => Assert.Equal("fail", cell.GetProperty("status").GetString()));
        Assert.InRange(hour.Count(cell => cell.ValueKind == JsonValueKind.Null), 2, 5);
        Assert.Equal(
            ["postgres connection_refused", "qdrant not_ready", "postgres timeout", "redis unknown"],
            answer.GetProperty("incidents").EnumerateArray().Select(i => $"{i.GetProperty("dependency")} {i.GetProperty("reason")}")
        );
    }

    /// <summary>Whoever has a key, or a wall with many screens, must not keep Redis busy.</summary>
    [Fact]
    public async Task Redis_is_read_once_in_two_seconds_however_many_ask()
    {
        await using StatusScene scene = await StatusScenes.StartAsync(StatusScenes.OneDown);
        await scene.Redis.CommandAsync("CONFIG", "RESETSTAT");
        await scene.Instance.Services.GetRequiredService<HistoryReader>().ReadAsync();
        long perRead = await EntriesReadAsync();

        long started = Stopwatch.GetTimestamp();
        await Task.WhenAll(
            Enumerable
                .Range(0, 10)
                .SelectMany(_ => new[] { "status", "status/history", "status/feed" })
                .Select(route => scene.Instance.GetAsync(route))
        );
        double mostReads = 2 + Math.Floor(Stopwatch.GetElapsedTime(started) / HistoryReader.KeptFor);

        Assert.InRange(perRead, 1000, long.MaxValue);
        Assert.InRange(await EntriesReadAsync(), perRead, mostReads * perRead);

        async Task<long> EntriesReadAsync()
        {
            string stats = await scene.Redis.CommandAsync("INFO", "commandstats");
            return long.Parse(Regex.Match(stats, "cmdstat_lindex:calls=([0-9]+)").Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        }
    }

    /// <summary>The incident that lasts keeps the feed as it is, so that who asks again gets no body.</summary>
    [Fact]
    public async Task Feed_is_what_was_planted_and_costs_nothing_while_it_is_the_same()
    {
        await using StatusScene scene = await StatusScenes.StartAsync(StatusScenes.OneDown);
        RawResponse feed = await scene.Instance.RawAsync("GET /status/feed"),
            again = await scene.Instance.RawAsync("GET /status/feed", $"If-None-Match: {feed.Headers["ETag"]}");

        Assert.Equal((200, "application/atom+xml; charset=utf-8"), (feed.Status, feed.Headers["Content-Type"]));
        Assert.Equal((304, ""), (again.Status, again.Body));
        Assert.Equal(
            [
                "PostgreSQL down: connection refused",
                "Qdrant down for 3 min: not ready",
                "Manual override: open for 45 min: PostgreSQL fails over, keys are cached; INC-1234 (by night shift)",
                "PostgreSQL down for 58 min: timeout",
                "Redis down: reason not recorded",
            ],
            System.Xml.Linq.XDocument.Parse(feed.Body).Descendants().Where(e => e.Name.LocalName == "title").Skip(1).Select(e => e.Value)
        );
    }

    [Fact]
    public async Task Feed_is_refused_rather_than_empty_when_Redis_is_gone()
    {
        await using StatusScene scene = await StatusScenes.StartAsync(StatusScenes.OneDown);
        await scene.Redis.KillAsync();
        Assert.Equal(503, (await scene.Instance.RawAsync("GET /status/feed")).Status);
        Assert.Contains("PostgreSQL: down", (await scene.Instance.RawAsync("GET /badge/postgres.svg")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Page_comes_within_a_second_and_says_so_when_Redis_is_gone()
    {
        await using StatusScene scene = await StatusScenes.StartAsync(StatusScenes.OneDown);
        await scene.Instance.GetAsync("status");
        await scene.Redis.KillAsync();
        await Task.Delay(HistoryReader.KeptFor);
        await AssertKnownAloneAsync(scene);
    }

    [Fact]
    public async Task Page_comes_within_a_second_and_says_so_when_Redis_hangs()
    {
        await using StatusScene scene = await StatusScenes.StartAsync(StatusScenes.OneDown);
        await scene.Instance.GetAsync("status");
        await scene.Redis.HangAsync();
        await Task.Delay(HistoryReader.KeptFor);
        await AssertKnownAloneAsync(scene);
    }

    /// <summary>The network between is silent from the start: no connection was ever open.</summary>
    [Fact]
    public async Task Page_comes_within_a_second_when_Redis_never_answered()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using FaultProxy proxy = FaultProxy.Start(redis.Port);
        await proxy.SetAsync(FaultMode.Silent);
        await using HxInstance hx = await Surface.StartAsync(new StubCheck(), ("REDIS_URL", $"redis://127.0.0.1:{proxy.Port}"));
        // The first page of a process is compiled. A read that failed isn't kept: the second page asks Redis again.
        await hx.GetAsync("status");

        HxInstance.Answer page = await hx.GetAsync("status");

        Assert.InRange(page.Took, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        Assert.Contains("Redis gives no history", page.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Values_of_others_in_the_place_of_lists_hide_nothing_else()
    {
        await using StatusScene scene = await StatusScenes.StartAsync(StatusScenes.OneDown);
        StackExchange.Redis.IDatabase database = await scene.Instance.Services.GetRequiredService<RedisConnection>().GetDatabaseAsync();
        StoreKeys keys = scene.Instance.Services.GetRequiredService<StoreKeys>();
        await database.StringSetAsync(keys.Minutes("redis"), "not a list");
        await database.ListLeftPushAsync(keys.Transitions, ["<script>", "{\"at\":\"soon\"}", "[]", "null"]);
        await database.ListLeftPushAsync(keys.Quarters("postgres"), [new string('9', 100_000), "\u0000\u00ff", "[1]"]);

        JsonElement answer = (await scene.Instance.GetAsync("status/history")).Json;

        Assert.Equal("available", answer.GetProperty("history").GetString());
        Assert.Equal(4, answer.GetProperty("incidents").GetArrayLength());
        Assert.Contains(
            "fail",
            answer.GetProperty("dependencies")[0].GetProperty("windows").GetProperty("7d").GetRawText(),
            StringComparison.Ordinal
        );
    }

    private static async Task AssertKnownAloneAsync(StatusScene scene)
    {
        for (int i = 0; i < 3; i++)
        {
            long started = Stopwatch.GetTimestamp();
            HxInstance.Answer page = await scene.Instance.GetAsync("status");
            Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(1));
            Assert.Contains("Redis gives no history", page.Body, StringComparison.Ordinal);
            Assert.Contains("7 of 8 guarded routes are closed", page.Body, StringComparison.Ordinal);
            Assert.Contains("connection refused", page.Body, StringComparison.Ordinal);
        }
    }
}
