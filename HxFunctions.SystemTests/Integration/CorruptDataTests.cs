using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;
using HxFunctions.Servers;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace HxFunctions.SystemTests.Integration;

/// <summary>Whoever else writes under our keys is shrugged off by running instances.</summary>
public sealed class CorruptDataTests
{
    public static TheoryData<string> Kinds =>
        [
            "garbage",
            "empty",
            "JSON of another kind",
            "number too large",
            "newer version",
            "future",
            "expired",
            "too long",
            "not ASCII",
            "string",
            "list",
            "history",
            "everything",
        ];

    [Theory, MemberData(nameof(Kinds))]
    public async Task What_is_no_record_is_unknown_to_a_new_instance_and_replaced_by_its_next_check(string kind)
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        SharedCheck check = new();
        await using HxInstance instance = await StartAsync(redis, check);
        await PlantAsync(redis, Fleet.KeysOf(instance), kind);
        long reads = await ReadsAsync(redis);
        await Eventually.TrueAsync(async () => await ReadsAsync(redis) >= reads + 2, "nobody reads");

        JsonElement health = (await instance.GetAsync("health/all")).Json;
        Assert.Equal("unknown", Check(health, "local").GetProperty("status").GetString());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await instance.GetAsync("healthz/ready")).Status);

        await instance.UntilAsync(HttpStatusCode.OK, Fleet.Patience);
        await AssertGoodAsync(redis, instance);
        AssertQuiet(instance);
    }

    [Theory, MemberData(nameof(Kinds))]
    public async Task What_is_no_record_changes_nothing_for_instances_that_remember_one(string kind)
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        SharedCheck check = new();
        await using HxInstance instance = await StartAsync(redis, check);
        await using Traffic traffic = await Traffic.StartAsync([instance], "/v1/keys");
        await PlantAsync(redis, Fleet.KeysOf(instance), kind);
        int checks = check.Count;
        await Eventually.TrueAsync(() => check.Count >= checks + 4);
        traffic.AssertOpenAndQuick(Fleet.Patience);
        await AssertGoodAsync(redis, instance);
        AssertQuiet(instance);
    }

    /// <summary>A good record of another instance that is older than what this one saw itself.</summary>
    [Fact]
    public async Task Older_record_does_not_replace_a_newer_one_that_an_instance_remembers()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using HxInstance instance = await StartAsync(redis, new SharedCheck());
        await using Traffic traffic = await Traffic.StartAsync([instance]);
        for (int i = 0; i < 5; i++)
        {
            await redis.CommandAsync(
                "HSET",
                Fleet.KeysOf(instance).Snapshot,
                "local",
                Stored(TimeSpan.FromSeconds(-20), DependencyStatus.Fail)
            );
            await Task.Delay(150);
        }

        traffic.AssertOpenAndQuick(Fleet.Patience);
    }

    private static async Task<HxInstance> StartAsync(RedisServer redis, SharedCheck check) =>
        await HxInstance.StartAsync(
            // No timer comes in between: it fires every hour.
            Fleet.Variables(redis.Url, ("HEALTH_CHECK_INTERVAL", "3600")),
            services =>
            {
                check.AddTo(services);
                services.AddLogging(logging => logging.AddFakeLogging());
            }
        );

    private static async Task AssertGoodAsync(RedisServer redis, HxInstance instance)
    {
        StoreKeys keys = Fleet.KeysOf(instance);
        string stored = "";
        await Eventually.TrueAsync(
            async () => IsGood(stored = await redis.CommandAsync("HGET", keys.Snapshot, "local"), instance),
            () => $"never replaced: {stored}"
        );

        await using HxInstance fresh = await StartAsync(redis, new SharedCheck { IsDown = true });
        Assert.Equal(HttpStatusCode.OK, (await fresh.GuardAsync()).Status);
        Assert.Equal("list", await redis.CommandAsync("TYPE", keys.Checks("local")));
        AssertQuiet(fresh);
    }

    private static bool IsGood(string stored, HxInstance instance) =>
        TimestampedValue.TrySplit(stored, out _, out ReadOnlySpan<char> body)
        && RecordCodec.TryRead(body, out DependencyRecord? record)
        && record.Source == Fleet.IdOf(instance);

    private static void AssertQuiet(HxInstance instance) =>
        Assert.Empty(
            instance
                .Services.GetRequiredService<FakeLogCollector>()
                .GetSnapshot()
                .Where(r => r.Level > LogLevel.Warning || (r.Level == LogLevel.Warning && r.Exception is not null))
                .Select(r => r.ToString())
        );

    /// <summary>How many scripts the server has run.</summary>
    private static async Task<long> ReadsAsync(RedisServer redis)
    {
        string line =
            (await redis.CommandAsync("INFO", "commandstats"))
                .Split('\n')
                .FirstOrDefault(l => l.StartsWith("cmdstat_eval:", StringComparison.Ordinal))
            ?? "calls=0,";
        return long.Parse(line.Split("calls=")[1].Split(',')[0], CultureInfo.InvariantCulture);
    }

    private static JsonElement Check(JsonElement health, string dependency) =>
        health.GetProperty("checks").GetProperty($"{dependency}:responseTime")[0];

    private static async Task PlantAsync(RedisServer redis, StoreKeys keys, string kind)
    {
        if (kind == "everything")
        {
            foreach (
                string key in new[]
                {
                    keys.Snapshot,
                    keys.Lease,
                    keys.Override,
                    keys.Probe,
                    keys.Transitions,
                    keys.Checks("local"),
                    keys.Minutes("local"),
                    keys.Quarters("local"),
                }
            )
            {
                await redis.CommandAsync("DEL", key);
                await redis.CommandAsync("ZADD", key, "1", "of another type");
            }

            return;
        }

        string[] commands = kind switch
        {
            "string" => ["SET", keys.Snapshot, "garbage"],
            "list" => ["LPUSH", keys.Snapshot, "garbage"],
            "history" => ["SET", keys.Checks("local"), "garbage"],
            _ => ["HSET", keys.Snapshot, "local", Value(kind)],
        };
        if (commands[0] != "HSET")
        {
            await redis.CommandAsync("DEL", commands[1]);
        }

        Assert.DoesNotContain("-", (await redis.CommandAsync(commands))[..1], StringComparison.Ordinal);
    }

    private static string Value(string kind) =>
        kind switch
        {
            "garbage" => "garbage",
            "empty" => "",
            "JSON of another kind" => $"{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()} {{\"v\":1,\"status\":[1,2],\"seq\":\"x\"}}",
            "number too large" => Stored(TimeSpan.Zero).Replace("\"seq\":1", "\"seq\":1e999", StringComparison.Ordinal),
            "newer version" => Stored(TimeSpan.Zero).Replace("\"v\":1", "\"v\":2", StringComparison.Ordinal),
            "future" => Stored(TimeSpan.FromMinutes(10)),
            "expired" => Stored(TimeSpan.FromHours(-3)),
            "too long" => Stored(TimeSpan.Zero) + new string(' ', 5000),
            _ => $"{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()} {Encoding.UTF8.GetString("\"v\":1 - é"u8)}",
        };

    private static string Stored(TimeSpan stamp, DependencyStatus status = DependencyStatus.Pass)
    {
        DependencyState state = new(status, status == DependencyStatus.Pass ? "ok" : "timeout", DateTimeOffset.UnixEpoch, 1, 0);
        string record = RecordCodec.Write(new(state, TimeSpan.FromMilliseconds(1), DateTimeOffset.UnixEpoch, 1, "another"));
        return string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.UtcNow.Add(stamp).ToUnixTimeMilliseconds()} {record}");
    }
}
