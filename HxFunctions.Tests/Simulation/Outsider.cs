using HxFunctions.Core.Snapshots;
using StackExchange.Redis;

namespace HxFunctions.Tests.Simulation;

/// <summary>Somebody who may write to our Redis and writes nonsense there: what could be ours, such as a valid override, steers the guard
/// and is no nonsense.</summary>
internal static class Outsider
{
    private static readonly string[] Nonsense =
    [
        "",
        "x",
        "1799000000000 {",
        "999999999999999999 {\"set\":1,\"v\":1}",
        Override("999999999999999999"),
        Override("999999999999999"),
        "1798761600000 {\"v\":1,\"status\":\"pass\",\"reason\":\"ok\",\"latencyMs\":1e99,\"seq\":1}",
        // Of a version that is to come.
        "1798761600000 {\"v\":2,\"status\":\"pass\",\"reason\":\"ok\",\"latencyMs\":1,\"seq\":1}",
        "ä",
        new string('z', 5000),
    ];

    private static string Override(string set) =>
        $"1798761600000 {{\"set\":{set},\"v\":1,\"verdict\":\"closed\",\"reason\":\"x\",\"by\":\"y\",\"setAt\":\"2027-01-01T00:00:00Z\"}}";

    /// <summary>Writes it under one of our keys.</summary>
    /// <param name="seconds">Until it is removed.</param>
    public static void Write(World world, SimulatedStore store, StoreKeys keys, double seconds, Action wroteOverride)
    {
        string[] all =
        [
            keys.Snapshot,
            keys.Lease,
            keys.Contender,
            keys.Override,
            keys.Instances,
            keys.Reached,
            keys.Transitions,
            keys.Checks("postgres"),
            keys.Minutes("redis"),
            keys.Quarters("qdrant"),
            keys.Probe,
        ];
        string key = all[world.Dice.Next(all.Length)];
        string value = Nonsense[world.Dice.Next(Nonsense.Length)];
        string type = world.Dice.Next(5) switch
        {
            0 => "SET",
            1 => "HSET",
            2 => "LPUSH",
            3 => "ZADD",
            _ => "SET PX",
        };
        world.Tell("outsider", $"{type} {key} {(value.Length > 40 ? value[..40] : value)}");
        store.Memory.RefusesWrites = null;
        store.Memory.Execute("DEL", key);
        RedisValue[] arguments = type switch
        {
            "SET" => [key, value],
            "SET PX" => [key, value, "PX", 1000 * world.Dice.Next(1, 100)],
            "HSET" => [key, "postgres", value, "redis", value],
            "ZADD" => [key, 1798761600000, value, 1e15, "x"],
            _ => [key, value, value],
        };
        store.Memory.Execute(type.Split(' ')[0], arguments);
        bool isOverride = key == keys.Override;
        if (isOverride)
        {
            wroteOverride();
        }

        world.After(
            seconds,
            () =>
            {
                world.Tell("outsider", $"DEL {key}");
                store.Memory.RefusesWrites = null;
                store.Memory.Execute("DEL", key);
                if (isOverride)
                {
                    wroteOverride();
                }
            }
        );
    }
}
