using HxFunctions.Core.Snapshots;
using HxFunctions.Servers;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;

namespace HxFunctions.SystemTests.Integration;

/// <summary>Settings and small things that the tests of several instances share.</summary>
internal static class Fleet
{
    public static readonly TimeSpan Staleness = TimeSpan.FromSeconds(0.3);
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);
    public static readonly TimeSpan CheckTimeout = TimeSpan.FromSeconds(1.5);
    public static readonly TimeSpan LeaseTime = CheckTimeout + TimeSpan.FromSeconds(1);

    /// <summary>What a machine that is busy, or four times as slow, may add to any time. Less than <see cref="Interval"/>: what the
    /// promised paces do can still be told from what the timer does.</summary>
    public static readonly TimeSpan Slack = TimeSpan.FromSeconds(2);

    /// <summary>An answer that takes less has not waited for a check, which would take a whole second
    /// (GuardKnowledge.MaxWait).</summary>
    public static readonly TimeSpan WithoutWaiting = TimeSpan.FromSeconds(0.9);

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Quick paces; /v1/teams needs only the foreign dependency, /v1/cache only Redis, /v1/keys both.</summary>
    public static Dictionary<string, string?> Variables(string redisUrl, params (string Name, string Value)[] more)
    {
        Dictionary<string, string?> variables = new()
        {
            ["REDIS_URL"] = redisUrl,
            ["GUARD_ROUTES"] = "/v1/keys=redis,local; /v1/teams=local; /v1/cache=redis",
            ["REDIS_TIMEOUT"] = "0.5",
            ["PG_TIMEOUT"] = "0.5",
            ["QDRANT_TIMEOUT"] = "0.5",
            ["HEALTH_CHECK_TIMEOUT"] = "1.5",
            ["HEALTH_CHECK_INTERVAL"] = "3",
            ["GUARD_MAX_STALENESS"] = "0.3",
        };
        foreach ((string name, string value) in more)
        {
            variables[name] = value;
        }

        return variables;
    }

    public static string IdOf(HxInstance instance) => instance.Services.GetRequiredService<InstanceId>().Value;

    public static StoreKeys KeysOf(HxInstance instance) => instance.Services.GetRequiredService<StoreKeys>();

    /// <summary>The instance that holds the lease.</summary>
    public static async Task<HxInstance> LeaderAsync(RedisServer redis, params HxInstance[] fleet)
    {
        string holder = "";
        HxInstance? leader = null;
        await Eventually.TrueAsync(
            async () =>
            {
                holder = await redis.CommandAsync("GET", KeysOf(fleet[0]).Lease);
                leader = fleet.FirstOrDefault(i => IdOf(i) == holder);
                return leader is not null;
            },
            () => $"nobody of the fleet took the lease: {holder}"
        );
        return leader!;
    }
}
