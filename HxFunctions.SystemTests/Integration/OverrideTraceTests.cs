using System.Net;
using System.Text;
using System.Text.Json;
using HxFunctions.Core.Snapshots;
using HxFunctions.Servers;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace HxFunctions.SystemTests.Integration;

/// <summary>What an override leaves behind: a line in the log of every instance, and an incident that every instance shows.</summary>
public sealed class OverrideTraceTests
{
    private const string Set = "Override in effect: closed for 600 s, set by ops: maintenance";
    private const string Cleared = "Override cleared by them. It was closed, set by ops: maintenance";

    /// <summary>Through one instance, or through Redis, where no instance is asked.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Override_and_its_clearing_are_logged_once_on_every_instance_and_shown_everywhere(bool throughRedis)
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        Dictionary<string, string?> variables = Variables(redis);
        await using HxInstance a = await StartAsync(variables),
            b = await StartAsync(variables);
        HxInstance[] both = [a, b];
        foreach (HxInstance instance in both)
        {
            await Eventually.TrueAsync(() => instance.Snapshot.Store == StoreCondition.Usable);
        }

        await (
            throughRedis
                ? RunAsync(variables, "override", "closed", "--for", "10m", "--reason", "maintenance", "--by", "ops")
                : PostAsync(a, "closed", 600)
        );
        await Eventually.TrueAsync(() => both.All(i => Told(i).Length == 1));
        await AssertShownAsync(both, clearedBy: null);

        // Whoever remembers it puts it back, which is no news.
        await redis.CommandAsync("DEL", Fleet.KeysOf(a).Override);
        await Eventually.TrueAsync(async () => await redis.CommandAsync("EXISTS", Fleet.KeysOf(a).Override) == "1");

        await (throughRedis ? RunAsync(variables, "override", "clear", "--by", "them") : ClearAsync(a, "them"));
        await Eventually.TrueAsync(() => both.All(i => Told(i).Length == 2));
        await Task.Delay(HistoryReader.KeptFor);
        await AssertShownAsync(both, clearedBy: "them");

        // The note is still there.
        await using HxInstance late = await StartAsync(variables);
        await Eventually.TrueAsync(() => late.Snapshot.Override is { ClearedBy: "them" });
        await AssertShownAsync([late], clearedBy: "them");

        // What came last is logged after all before it, if that was to be logged again.
        await PostAsync(a, "open", 1);
        await Eventually.TrueAsync(() => Told(a).Length == 4 && Told(b).Length == 4 && Told(late).Length == 2);
        foreach (HxInstance instance in both)
        {
            Assert.Equal((LogLevel.Warning, Set), Told(instance)[0]);
            Assert.Equal((LogLevel.Warning, Cleared), Told(instance)[1]);
        }

        foreach (HxInstance instance in new[] { a, b, late })
        {
            Assert.Equal(
                [
                    (LogLevel.Warning, "Override in effect: open for 1 s, set by ops: maintenance"),
                    (LogLevel.Information, "Override expired. It was open, set by ops: maintenance"),
                ],
                Told(instance)[^2..]
            );
        }
    }

    [Fact]
    public async Task Words_that_would_break_a_line_break_none()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        Dictionary<string, string?> variables = Variables(redis);
        await using HxInstance instance = await StartAsync(variables);
        await Eventually.TrueAsync(() => instance.Snapshot.Store == StoreCondition.Usable);
        await PostAsync(instance, "closed", 600, "a\\n2030 fail: b\\u001b[2J", "o\\r\\nps");
        Assert.Equal(
            (LogLevel.Warning, "Override in effect: closed for 600 s, set by o  ps: a 2030 fail: b [2J"),
            Assert.Single(Told(instance))
        );
    }

    /// <summary>In JSON and on the page.</summary>
    private static async Task AssertShownAsync(IEnumerable<HxInstance> instances, string? clearedBy)
    {
        foreach (HxInstance instance in instances)
        {
            HxInstance.Answer answer = await instance.GetAsync("status/history");
            JsonElement shown = Assert.Single(answer.Json.GetProperty("overrides").EnumerateArray());
            Assert.Equal(
                ("closed", "maintenance", "ops", clearedBy),
                (
                    shown.GetProperty("verdict").GetString(),
                    shown.GetProperty("reason").GetString(),
                    shown.GetProperty("by").GetString(),
                    shown.TryGetProperty("clearedBy", out JsonElement by) ? by.GetString() : null
                )
            );
            DateTimeOffset start = shown.GetProperty("start").GetDateTimeOffset();
            Assert.InRange(DateTimeOffset.UtcNow - start, TimeSpan.Zero, 3 * Fleet.Patience);
            Assert.Equal(clearedBy is null ? JsonValueKind.Null : JsonValueKind.String, shown.GetProperty("end").ValueKind);

            string page = (await instance.GetAsync("status")).Body;
            Assert.Contains(
                "Manual override: closed<small><bdi>maintenance</bdi></small><small>by <bdi>ops</bdi></small>",
                page,
                StringComparison.Ordinal
            );
            Assert.Contains(
                clearedBy is null ? "<strong class=\"down\">ongoing</strong>" : "<small>cleared by <bdi>them</bdi></small>",
                page,
                StringComparison.Ordinal
            );
        }
    }

    private static (LogLevel Level, string Message)[] Told(HxInstance instance) =>
        [
            .. instance
                .Services.GetRequiredService<FakeLogCollector>()
                .GetSnapshot()
                .Where(r => r.Category == typeof(OverrideWatch).FullName)
                .Select(r => (r.Level, r.Message)),
        ];

    private static Dictionary<string, string?> Variables(RedisServer redis) =>
        Fleet.Variables(redis.Url, ("GUARD_ROUTES", "/v1/teams=redis"), ("WRAPPER_LOG_LEVEL", "INFO"));

    private static Task<HxInstance> StartAsync(Dictionary<string, string?> variables) =>
        HxInstance.StartAsync(variables, services => services.AddFakeLogging());

    private static async Task RunAsync(Dictionary<string, string?> variables, params string[] arguments) =>
        Assert.Equal(0, (await HxChild.RunAsync(variables, arguments)).ExitCode);

    private static async Task PostAsync(HxInstance instance, string verdict, int seconds, string reason = "maintenance", string by = "ops")
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "override")
        {
            Content = new StringContent(
                $$"""{"verdict":"{{verdict}}","durationSeconds":{{seconds}},"reason":"{{reason}}","by":"{{by}}"}""",
                Encoding.UTF8,
                "application/json"
            ),
        };
        Assert.Equal(HttpStatusCode.OK, (await instance.SendAsync(request)).Status);
    }

    private static async Task ClearAsync(HxInstance instance, string by) =>
        Assert.Equal(HttpStatusCode.OK, (await instance.GetAsync($"override?by={by}", HttpMethod.Delete)).Status);
}
