using HxFunctions.Core.Snapshots;
using HxFunctions.Tests.Simulation.Redis;
using StackExchange.Redis;

namespace HxFunctions.Tests.Snapshots;

/// <summary>What the script of a read does with an override that Redis no longer has.</summary>
public sealed class SyncScriptTests
{
    private const long Now = 1_798_761_600_000;
    private const long Left = 40_000;

    /// <param name="ahead">By how much Redis's clock is ahead of what the sender expects when it sends, in ms.</param>
    /// <param name="left">What is left of the override by the value that is put back, in ms; <see langword="null"/>: none is.</param>
    [Theory]
    [InlineData(0, Left)]
    [InlineData(400, Left - 400)]
    [InlineData(1_000, Left - 1_000)]
    [InlineData(1_001, null)]
    [InlineData(45_000, null)]
    [InlineData(-45_000, Left)]
    public void Put_back_has_the_time_that_is_left_unless_the_sender_does_not_know_the_clock(long ahead, long? left)
    {
        using SimulatedRedis redis = new(() => Now * 1_000, () => 0);
        RedisKey[] keys = ["{t}", "{t}:override", "{t}:lease", "{t}:contender", "{t}:instances", "{t}:reached"];
        string body = $"{{\"set\":1,{OverrideCodec.Write(new(true, "maintenance", "ops", DateTimeOffset.UnixEpoch))[1..]}";

        RedisResult[] answer = (RedisResult[])redis.Evaluate(SnapshotScripts.Sync, keys, ["a", "", body, Left, 1, Now - ahead, ""])!;

        string? expected = left is { } some ? $"{Now + some} {body}" : null;
        Assert.Equal(expected, (string?)answer[3]);
        Assert.Equal(expected, (string?)redis.Execute("GET", "{t}:override"));
    }
}
