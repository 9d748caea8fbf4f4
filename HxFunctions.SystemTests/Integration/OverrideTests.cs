using System.Net;
using System.Text;
using System.Text.Json;
using HxFunctions.Core.Snapshots;
using HxFunctions.Servers;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;

namespace HxFunctions.SystemTests.Integration;

/// <summary>The operator's word: where it counts, for how long, and what it survives.</summary>
public sealed class OverrideTests
{
    private const string Route = "/v1/teams";

    [Fact]
    public async Task Override_set_on_one_instance_is_in_effect_and_shown_on_every_one()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using HxInstance a = await StartAsync(redis),
            b = await StartAsync(redis);
        foreach (HxInstance instance in new[] { a, b })
        {
            await instance.UntilAsync(HttpStatusCode.OK, Fleet.Patience, Route);
        }

        HxInstance.Answer set = await SetAsync(a, "closed", 60, "maintenance", "ops");
        Assert.Equal(HttpStatusCode.OK, set.Status);
        AssertShows(set.Json, "closed", 60);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await a.GuardAsync(Route)).Status);
        (TimeSpan took, _) = await b.UntilAsync(HttpStatusCode.ServiceUnavailable, Fleet.Patience, Route);
        // The one read that may just have been sent comes before it.
        Assert.InRange(took, TimeSpan.Zero, Fleet.Staleness + TimeSpan.FromSeconds(2));

        foreach (HxInstance instance in new[] { a, b })
        {
            AssertShows((await instance.GetAsync("override")).Json, "closed", 60);
            AssertShows((await instance.GetAsync("health/all")).Json, "closed", 60);
            JsonElement verdicts = (await instance.GetAsync("guard/verdicts")).Json;
            AssertShows(verdicts, "closed", 60);
            Assert.All(
                verdicts.GetProperty("rules").EnumerateArray(),
                rule =>
                {
                    Assert.Equal("closed", rule.GetProperty("read").GetProperty("verdict").GetString());
                    Assert.Equal("closed", rule.GetProperty("write").GetProperty("verdict").GetString());
                }
            );
            HxInstance.Answer closed = await instance.GuardAsync(Route);
            AssertShows(closed.Json, "closed", 60);
            Assert.Equal("urn:hxfunctions:problem:closed-by-operator", closed.Json.GetProperty("type").GetString());
            Assert.InRange(closed.RetryAfter!.Value.TotalSeconds, 30, 60);
            Assert.Equal(closed.RetryAfter.Value.TotalSeconds, closed.Json.GetProperty("retryAfterSeconds").GetInt32());
            Assert.Equal(HttpStatusCode.Forbidden, (await instance.GetAsync($"guard/check{Route}")).Status);
            // What no rule names is none of the operator's business here.
            Assert.Equal(HttpStatusCode.OK, (await instance.GuardAsync("/chat/completions")).Status);
        }

        Assert.Equal(HttpStatusCode.OK, (await b.GetAsync("override?by=ops", HttpMethod.Delete)).Status);
        foreach (HxInstance instance in new[] { b, a })
        {
            await instance.UntilAsync(HttpStatusCode.OK, Fleet.Patience, Route);
        }

        Assert.All(new[] { a, b }, i => Assert.Null(i.Snapshot.Override?.Value));
    }

    [Fact]
    public async Task Override_ends_by_itself_everywhere_and_Retry_After_says_when()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using HxInstance a = await StartAsync(redis),
            b = await StartAsync(redis);
        foreach (HxInstance instance in new[] { a, b })
        {
            await instance.UntilAsync(HttpStatusCode.OK, Fleet.Patience, Route);
        }

        long started = Environment.TickCount64;
        await SetAsync(a, "closed", 3);
        await b.UntilAsync(HttpStatusCode.ServiceUnavailable, Fleet.Patience, Route);
        foreach (HxInstance instance in new[] { a, b })
        {
            HxInstance.Answer answer = await instance.GuardAsync(Route);
            double left = 3 - ((Environment.TickCount64 - started) / 1000.0);
            Assert.InRange(answer.RetryAfter!.Value.TotalSeconds, Math.Ceiling(left - 0.1), 3);
        }

        await Task.WhenAll(
            new[] { a, b }.Select(async i =>
            {
                await i.UntilAsync(HttpStatusCode.OK, Fleet.Patience, Route);
                Assert.InRange(Environment.TickCount64 - started, 2_900, 5_000);
            })
        );
        Assert.Equal(JsonValueKind.Null, (await a.GetAsync("override")).Json.GetProperty("override").ValueKind);
    }

    /// <summary>Off, then override, then shadow, then the verdict.</summary>
    [Theory]
    [InlineData("enforce", false)]
    [InlineData("enforce", true)]
    [InlineData("shadow", false)]
    [InlineData("shadow", true)]
    [InlineData("off", false)]
    [InlineData("off", true)]
    public async Task Precedence_is_off_then_override_then_shadow_then_verdict(string mode, bool down)
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        (string, string) variable = mode == "off" ? ("ENABLE_DB_GUARD", "false") : ("GUARD_MODE", mode);
        await using HxInstance instance = await StartAsync(redis, new SharedCheck { IsDown = down }, variable);
        if (mode != "off")
        {
            // A guard request waits for the first check, but no longer than a second.
            await instance.UntilAsync(
                down && mode == "enforce" ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK,
                Fleet.Patience,
                Route
            );
            await UntilAsync(() => instance.Snapshot.Dependencies.All(known => known.Record is not null));
        }

        foreach (string? word in new[] { null, "closed", "open", null })
        {
            if (word is null)
            {
                await instance.GetAsync("override", HttpMethod.Delete);
            }
            else
            {
                await SetAsync(instance, word, 60);
            }

            HxInstance.Answer answer = await instance.GuardAsync(Route);

            bool closed = mode != "off" && (word == "closed" || (word is null && mode == "enforce" && down));
            Assert.Equal(closed ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK, answer.Status);
            Assert.Equal(
                (closed ? "closed" : "open", mode),
                (answer.Json.GetProperty("verdict").GetString(), answer.Json.GetProperty("mode").GetString())
            );
            Assert.Equal(
                word,
                answer.Json.TryGetProperty("override", out JsonElement shown) ? shown.GetProperty("verdict").GetString() : null
            );
            if (mode == "shadow" && !closed)
            {
                Assert.Equal(down ? "closed" : "open", answer.Json.GetProperty("wouldBe").GetString());
            }

            if (mode != "off")
            {
                Assert.Equal(down ? ["local"] : [], answer.Json.GetProperty("missing").EnumerateArray().Select(m => m.GetString()));
            }

            if (mode == "off")
            {
                Assert.Null(answer.RetryAfter);
            }
        }
    }

    [Fact]
    public async Task Override_survives_a_flush_and_is_put_back_for_new_instances()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using HxInstance a = await StartAsync(redis);
        await a.UntilAsync(HttpStatusCode.OK, Fleet.Patience, Route);
        await SetAsync(a, "closed", 60);
        for (int i = 0; i < 2; i++)
        {
            await redis.CommandAsync("FLUSHALL");
            for (int j = 0; j < 10; j++)
            {
                Assert.Equal(HttpStatusCode.ServiceUnavailable, (await a.GuardAsync(Route)).Status);
                await Task.Delay(60);
            }
        }

        await UntilStoredAsync(redis, Fleet.KeysOf(a), "\"closed\"");
        Assert.InRange(
            int.Parse(await redis.CommandAsync("TTL", Fleet.KeysOf(a).Override), System.Globalization.CultureInfo.InvariantCulture),
            86_300,
            86_400
        );
        await using HxInstance late = await StartAsync(redis);
        HxInstance.Answer answer = await late.GuardAsync(Route);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status);
        AssertShows(answer.Json, "closed", 60);
    }

    [Fact]
    public async Task Isolated_instance_keeps_an_override_until_its_end()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using FaultProxy proxy = FaultProxy.Start(redis.Port);
        await using HxInstance instance = await StartAsync(proxy.Port);
        await instance.UntilAsync(HttpStatusCode.OK, Fleet.Patience, Route);
        long started = Environment.TickCount64;
        await SetAsync(instance, "closed", 4);
        await proxy.SetAsync(FaultMode.Refuse);
        await Eventually.TrueAsync(() => instance.Snapshot.Store == StoreCondition.Unusable, "it never missed Redis");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await instance.GuardAsync(Route)).Status);
        await instance.UntilAsync(HttpStatusCode.OK, Fleet.Patience, Route);
        Assert.InRange(Environment.TickCount64 - started, 3_900, 6_000);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cleared_override_is_not_brought_back_by_an_instance_that_was_away(bool flushed)
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using FaultProxy proxy = FaultProxy.Start(redis.Port);
        await using HxInstance present = await StartAsync(redis.Port),
            away = await StartAsync(proxy.Port);
        foreach (HxInstance instance in new[] { present, away })
        {
            await instance.UntilAsync(HttpStatusCode.OK, Fleet.Patience, Route);
        }

        await SetAsync(present, "closed", 600);
        await away.UntilAsync(HttpStatusCode.ServiceUnavailable, Fleet.Patience, Route);

        await proxy.SetAsync(FaultMode.Refuse);
        await Eventually.TrueAsync(() => away.Snapshot.Store == StoreCondition.Unusable, "it never missed Redis");

        Assert.Equal(HttpStatusCode.OK, (await present.GetAsync("override", HttpMethod.Delete)).Status);
        Assert.Equal(HttpStatusCode.OK, (await present.GuardAsync(Route)).Status);
        await UntilAsync(() => present.Snapshot.Override is { Value: null });
        if (flushed)
        {
            await redis.CommandAsync("FLUSHALL");
            await UntilStoredAsync(redis, Fleet.KeysOf(present), "\"cleared\"");
        }

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await away.GuardAsync(Route)).Status);
        await proxy.SetAsync(FaultMode.Pass);
        await away.UntilAsync(HttpStatusCode.OK, Fleet.Patience, Route);
        for (int i = 0; i < 10; i++)
        {
            Assert.Contains("\"cleared\"", await redis.CommandAsync("GET", Fleet.KeysOf(present).Override), StringComparison.Ordinal);
            Assert.Equal(HttpStatusCode.OK, (await present.GuardAsync(Route)).Status);
            await Task.Delay(60);
        }
    }

    /// <summary>Finding K6: the operator learns of an instance that can't know it.</summary>
    [Fact]
    public async Task Answer_says_how_many_of_the_instances_have_it()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using FaultProxy proxy = FaultProxy.Start(redis.Port);
        await using HxInstance a = await StartAsync(redis.Port),
            b = await StartAsync(redis.Port),
            away = await StartAsync(proxy.Port);
        foreach (HxInstance instance in new[] { a, b, away })
        {
            await instance.UntilAsync(HttpStatusCode.OK, Fleet.Patience, Route);
        }

        Assert.Equal((3, 3), InstancesOf(await SetAsync(a, "closed", 600)));
        await proxy.SetAsync(FaultMode.Refuse);
        await Eventually.TrueAsync(() => away.Snapshot.Store == StoreCondition.Unusable, "it never missed Redis");

        // It waits for the third no longer than one that reaches Redis takes.
        long started = Environment.TickCount64;
        Assert.Equal((2, 3), InstancesOf(await a.GetAsync("override", HttpMethod.Delete)));
        Assert.InRange(Environment.TickCount64 - started, 700, 10_000);
        Assert.Equal((2, 3), InstancesOf(await b.GetAsync("override")));
        Assert.Equal((0, "known to 2 of 3 instances seen within the last minute"), await CommandAsync("clear"));
        await proxy.SetAsync(FaultMode.Pass);
        await away.UntilAsync(HttpStatusCode.OK, Fleet.Patience, Route);
        await Eventually.TrueAsync(async () => InstancesOf(await b.GetAsync("override")) == (3, 3));
        Assert.Equal((0, "known to 3 instances"), await CommandAsync("open", "--reason", "by hand"));

        // An instance without Redis doesn't know about others.
        await redis.KillAsync();
        Assert.False((await a.GetAsync("override")).Json.TryGetProperty("instances", out _));

        async Task<(int Exit, string Line)> CommandAsync(params string[] command)
        {
            (int exit, string output) = await HxChild.RunAsync(
                new Dictionary<string, string?> { ["HX_TEST_KEY"] = "unused" },
                ["override", .. command, "--functions", b.Address.AbsoluteUri, "--key-env", "HX_TEST_KEY"]
            );
            return (exit, output.TrimEnd().Split('\n')[^1].Split(':')[0]);
        }
    }

    private static (int Reached, int Running) InstancesOf(HxInstance.Answer answer)
    {
        JsonElement instances = answer.Json.GetProperty("instances");
        return (instances.GetProperty("reached").GetInt32(), instances.GetProperty("running").GetInt32());
    }

    /// <summary>A read that was under way when the override changed brings what was before; it must not count.</summary>
    [Fact]
    public async Task Override_never_flickers_where_it_is_set_and_cleared()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using HxInstance instance = await StartAsync(redis, new SharedCheck(), ("GUARD_MAX_STALENESS", "0.1"));
        await instance.UntilAsync(HttpStatusCode.OK, Fleet.Patience, Route);
        for (int i = 0; i < 40; i++)
        {
            await SetAsync(instance, "closed", 600);
            for (int j = 0; j < 3; j++)
            {
                Assert.Equal(HttpStatusCode.ServiceUnavailable, (await instance.GuardAsync(Route)).Status);
            }

            await instance.GetAsync("override", HttpMethod.Delete);
            for (int j = 0; j < 3; j++)
            {
                Assert.Equal(HttpStatusCode.OK, (await instance.GuardAsync(Route)).Status);
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("ECHO-9c1")]
    [InlineData("[\"ECHO-9c1\"]")]
    [InlineData("null")]
    [InlineData("{\"verdict\":\"ECHO-9c1\",\"durationSeconds\":60,\"reason\":\"ECHO-9c1\"}")]
    [InlineData("{\"durationSeconds\":60,\"reason\":\"ECHO-9c1\"}")]
    [InlineData("{\"verdict\":\"closed\",\"reason\":\"ECHO-9c1\"}")]
    [InlineData("{\"verdict\":\"closed\",\"durationSeconds\":0,\"reason\":\"ECHO-9c1\"}")]
    [InlineData("{\"verdict\":\"closed\",\"durationSeconds\":-60,\"reason\":\"ECHO-9c1\"}")]
    [InlineData("{\"verdict\":\"closed\",\"durationSeconds\":86401,\"reason\":\"ECHO-9c1\"}")]
    [InlineData("{\"verdict\":\"closed\",\"durationSeconds\":86400.5,\"reason\":\"ECHO-9c1\"}")]
    [InlineData("{\"verdict\":\"closed\",\"durationSeconds\":1e400,\"reason\":\"ECHO-9c1\"}")]
    [InlineData("{\"verdict\":\"closed\",\"durationSeconds\":\"ECHO-9c1\",\"reason\":\"r\"}")]
    [InlineData("{\"verdict\":\"closed\",\"durationSeconds\":60,\"by\":\"ECHO-9c1\"}")]
    [InlineData("{\"verdict\":\"closed\",\"durationSeconds\":60,\"reason\":\"  \",\"by\":\"ECHO-9c1\"}")]
    [InlineData("{\"verdict\":\"closed\",\"durationSeconds\":60,\"reason\":{\"ECHO-9c1\":1}}")]
    [InlineData("{\"verdict\":\"closed\",\"durationSeconds\":60,\"reason\":\"ECHO-9c1", true)]
    [InlineData("{\"verdict\":\"closed\",\"durationSeconds\":60,\"reason\":\"r\",\"by\":\"ECHO-9c1", true)]
    public async Task Bad_body_is_refused_with_a_detail_that_repeats_nothing(string body, bool isCutBeforeLongText = false)
    {
        await using HxInstance instance = await HxInstance.StartAsync(
            Fleet.Variables("", ("GUARD_ROUTES", "/v1/teams=local")),
            new SharedCheck().AddTo
        );
        HxInstance.Answer answer = await PostAsync(instance, isCutBeforeLongText ? body + new string('x', 300) + "\"}" : body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("application/problem+json", answer.Head, StringComparison.Ordinal);
        Assert.NotEmpty(answer.Json.GetProperty("detail").GetString()!);
        Assert.DoesNotContain("ECHO-9c1", answer.Body + answer.Head, StringComparison.Ordinal);
        Assert.Null(instance.Snapshot.Override);
        Assert.Equal(
            HttpStatusCode.BadRequest,
            (await instance.GetAsync("override?by=ECHO-9c1" + new string('x', 100), HttpMethod.Delete)).Status
        );
    }

    [Fact]
    public async Task Without_Redis_by_design_the_override_is_the_instances_own()
    {
        await using HxInstance instance = await HxInstance.StartAsync(
            Fleet.Variables("", ("GUARD_ROUTES", "/v1/teams=local")),
            new SharedCheck { IsDown = true }.AddTo
        );
        Assert.Equal(HttpStatusCode.OK, (await SetAsync(instance, "open", 86_400)).Status);
        Assert.Equal(HttpStatusCode.OK, (await instance.GuardAsync(Route)).Status);
        await instance.GetAsync("override", HttpMethod.Delete);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await instance.GuardAsync(Route)).Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Without_an_answer_of_Redis_nothing_changes_here_and_the_operator_is_told_what_is_known(bool hung)
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using HxInstance instance = await StartAsync(redis);
        await instance.UntilAsync(HttpStatusCode.OK, Fleet.Patience, Route);
        async Task BreakAsync() => await (hung ? redis.HangAsync() : redis.KillAsync());
        await BreakAsync();
        HxInstance.Answer refused = await SetAsync(instance, "closed", 600);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        // A Redis that hangs may have it in its socket; one that is gone has not.
        Assert.Equal(
            "urn:hxfunctions:problem:" + (hung ? "outcome-unknown" : "store-unavailable"),
            refused.Json.GetProperty("type").GetString()
        );
        Assert.Equal(JsonValueKind.Null, (await instance.GetAsync("override")).Json.GetProperty("override").ValueKind);
        Assert.Equal(HttpStatusCode.OK, (await instance.GuardAsync(Route)).Status);

        await UntilAsync(() => instance.Snapshot.Store == StoreCondition.Unusable);
        if (hung)
        {
            await redis.ResumeAsync();
        }
        else
        {
            await redis.StartAgainAsync();
        }

        await UntilAsync(() => instance.Snapshot.Store == StoreCondition.Usable);
        Assert.Null(instance.Snapshot.Override);
        Assert.Equal(HttpStatusCode.OK, (await SetAsync(instance, "closed", 600)).Status);
        await BreakAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await instance.GetAsync("override", HttpMethod.Delete)).Status);
        AssertShows((await instance.GetAsync("override")).Json, "closed", 600);
    }

    [Fact]
    public async Task Command_line_sets_shows_and_clears_through_Redis_and_through_a_running_app()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        Dictionary<string, string?> variables = Fleet.Variables(redis.Url, ("GUARD_ROUTES", "/v1/teams=redis"));
        await using HxInstance instance = await HxInstance.StartAsync(
            new Dictionary<string, string?>(variables) { ["WRAPPER_KEYS"] = "master=made-up-master-key" }
        );
        (string, string) key = ("x-functions-key", "made-up-master-key");
        async Task<HttpStatusCode> AskAsync() => (await instance.GetAsync($"guard?path={Route}&method=POST", null, key)).Status;
        Task UntilGuardSaysAsync(HttpStatusCode expected) =>
            Eventually.TrueAsync(async () => await AskAsync() == expected, $"the guard never said {expected}");

        await UntilGuardSaysAsync(HttpStatusCode.OK);
        (int exit, string output) = await HxChild.RunAsync(
            variables,
            "override",
            "closed",
            "--for",
            "2m",
            "--reason",
            "by hand",
            "--by",
            "ops"
        );
        Assert.Equal(0, exit);
        Assert.Matches(@"\Aclosed for (?:1 min [0-9]+ s|2 min) more, by ops: by hand\nknown to 1 instance\n\z", output);
        await UntilGuardSaysAsync(HttpStatusCode.ServiceUnavailable);
        (exit, output) = await HxChild.RunAsync(variables, "override", "show");
        Assert.Equal(0, exit);
        Assert.StartsWith("closed for ", output, StringComparison.Ordinal);
        Assert.Equal((0, "no override\nknown to 1 instance\n"), await HxChild.RunAsync(variables, "override", "clear"));
        await UntilGuardSaysAsync(HttpStatusCode.OK);

        string[] remote = ["--functions", instance.Address.AbsoluteUri, "--key-env", "HX_TEST_KEY"];
        Dictionary<string, string?> withKey = new() { ["HX_TEST_KEY"] = key.Item2 },
            wrongKey = new() { ["HX_TEST_KEY"] = "wrong" };
        (exit, output) = await HxChild.RunAsync(withKey, ["override", "closed", "--for", "90s", "--reason", "by hand", .. remote]);
        Assert.Equal(0, exit);
        Assert.StartsWith("closed for ", output, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await AskAsync());
        Assert.Equal(2, (await HxChild.RunAsync(wrongKey, ["override", "clear", .. remote])).ExitCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await AskAsync());
        Assert.Equal((0, "no override\nknown to 1 instance\n"), await HxChild.RunAsync(withKey, ["override", "clear", .. remote]));
        Assert.Equal(HttpStatusCode.OK, await AskAsync());

        Assert.Equal(2, (await HxChild.RunAsync(variables, "override", "closed", "--for", "25h", "--reason", "too long")).ExitCode);
        Assert.Equal(2, (await HxChild.RunAsync(variables, "override", "closed")).ExitCode);
        await redis.KillAsync();
        Assert.Equal(1, (await HxChild.RunAsync(variables, "override", "closed", "--reason", "no Redis")).ExitCode);
    }

    private static void AssertShows(JsonElement answer, string verdict, int lasts)
    {
        JsonElement shown = answer.GetProperty("override");
        Assert.Equal(
            (verdict, "maintenance", "ops"),
            (shown.GetProperty("verdict").GetString(), shown.GetProperty("reason").GetString(), shown.GetProperty("by").GetString())
        );
        Assert.InRange(shown.GetProperty("endsInSeconds").GetInt32(), lasts / 2, lasts);
        Assert.InRange(DateTimeOffset.UtcNow - shown.GetProperty("setAt").GetDateTimeOffset(), TimeSpan.Zero, Fleet.Patience);
    }

    private static Task<HxInstance.Answer> SetAsync(
        HxInstance instance,
        string verdict,
        int seconds,
        string reason = "maintenance",
        string by = "ops"
    ) => PostAsync(instance, $$"""{"verdict":"{{verdict}}","durationSeconds":{{seconds}},"reason":"{{reason}}","by":"{{by}}"}""");

    private static async Task<HxInstance.Answer> PostAsync(HxInstance instance, string body)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "override")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        return await instance.SendAsync(request);
    }

    private static Task UntilAsync(Func<bool> condition) => Eventually.TrueAsync(condition);

    private static Task UntilStoredAsync(RedisServer redis, StoreKeys keys, string part) =>
        Eventually.TrueAsync(
            async () => (await redis.CommandAsync("GET", keys.Override)).Contains(part, StringComparison.Ordinal),
            $"{part} was never stored"
        );

    private static Task<HxInstance> StartAsync(RedisServer redis, SharedCheck? check = null, params (string Name, string Value)[] more) =>
        HxInstance.StartAsync(Fleet.Variables(redis.Url, more), (check ?? new()).AddTo);

    /// <summary>Instances of one deployment, though one may reach Redis through a proxy: the endpoints are part of the keys.</summary>
    private static Task<HxInstance> StartAsync(int port) =>
        HxInstance.StartAsync(
            Fleet.Variables($"redis://127.0.0.1:{port}"),
            services =>
            {
                new SharedCheck().AddTo(services);
                services.AddSingleton(new StoreKeys("hx", "one-fleet"));
            }
        );
}
