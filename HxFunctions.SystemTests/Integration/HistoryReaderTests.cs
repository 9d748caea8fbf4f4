using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Servers;
using StackExchange.Redis;

namespace HxFunctions.SystemTests.Integration;

/// <summary>What is read of the history, of a real Redis.</summary>
[Collection(MeasuredCollection.Name)]
public sealed class HistoryReaderTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private const long Start = 1_800_000_000_000;
    private static readonly HistoryBucket Bucket = new(Start, 1, DependencyStatus.Pass, "ok", 1, 1, 1);

    /// <summary>Two minutes of checks, a tenth and 20 more; an hour and a half of minutes; a week of quarter-hours.</summary>
    [Theory]
    [InlineData("2", 86)]
    [InlineData("0.5", 284)]
    [InlineData("20", 26)]
    public async Task Newest_entries_of_every_list_are_read_and_no_more(string pace, int checks)
    {
        await using StoreRig rig = await CreateAsync($"reader-{pace}", ("GUARD_MAX_STALENESS", pace));
        await FillAsync(rig, rig.Keys.Checks("redis"), 400, at => new CheckPoint(at, DependencyStatus.Pass, "ok", 1).Write());
        await FillAsync(rig, rig.Keys.Minutes("redis"), 100, at => (Bucket with { Start = at }).Write());
        await FillAsync(rig, rig.Keys.Quarters("redis"), 700, at => (Bucket with { Start = at }).Write());
        await FillAsync(
            rig,
            rig.Keys.Transitions,
            520,
            at => TransitionJson.Write(at, "redis", DependencyStatus.Fail, new(DependencyStatus.Pass, "ok", DateTimeOffset.UnixEpoch, 1, 0))
        );

        long before = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        HistoryReading reading = (await rig.History.ReadAsync())!;
        Assert.InRange(reading.Now, before, DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        DependencyHistory history = Assert.Single(reading.Dependencies);
        Assert.Equal(Newest(400, checks), history.Checks.Select(c => c.At));
        Assert.Equal(Newest(100, 90), history.Minutes.Select(b => b.Start));
        Assert.Equal(Newest(700, SnapshotStore.QuartersKept), history.Quarters.Select(b => b.Start));
        Assert.Equal(Newest(520, SnapshotStore.TransitionsKept), reading.Transitions.Select(t => t.At));
    }

    [Fact]
    public async Task Place_of_a_list_where_another_value_is_counts_as_empty()
    {
        await using StoreRig rig = await CreateAsync("reader-kinds");
        await rig.Database.StringSetAsync(rig.Keys.Checks("redis"), "not a list");
        await rig.Database.ListLeftPushAsync(rig.Keys.Minutes("redis"), [Bucket.Write(), "garbage"]);
        await rig.Database.HashSetAsync(rig.Keys.Transitions, "not", "a list");

        HistoryReading reading = (await rig.History.ReadAsync())!;
        DependencyHistory history = Assert.Single(reading.Dependencies);
        Assert.Equal(Start, Assert.Single(history.Minutes).Start);
        Assert.Equal((0, 0, 0), (history.Checks.Count, history.Quarters.Count, reading.Transitions.Count));
    }

    /// <summary>There is no history then, rather than an empty one.</summary>
    [Theory]
    [InlineData("-lrange")]
    [InlineData("-time")]
    public async Task Redis_that_refuses_gives_no_history(string rule)
    {
        await using RedisServer own = await RedisServer.StartAsync();
        await using StoreRig rig = await StoreRig.CreateAsync(own.Url, "hx");
        await own.CommandAsync("ACL", "SETUSER", "default", rule);
        Assert.Null(await rig.History.ReadAsync());
        await own.CommandAsync("ACL", "SETUSER", "default", "+@all");
        Assert.NotNull(await rig.History.ReadAsync());
    }

    private Task<StoreRig> CreateAsync(string name, params (string Name, string Value)[] more) =>
        StoreRig.CreateAsync(redis.Server.Url, name, more);

    /// <summary>One a minute, the oldest pushed first.</summary>
    private static Task<long> FillAsync(StoreRig rig, string key, int count, Func<long, string> entry) =>
        rig.Database.ListLeftPushAsync(
            key,
            [.. Enumerable.Range(0, count).Select(i => (RedisValue)entry(Start + (i * HistoryBucket.Minute)))]
        );

    private static IEnumerable<long> Newest(int stored, int read) =>
        Enumerable.Range(0, Math.Min(stored, read)).Select(i => Start + ((stored - 1 - i) * HistoryBucket.Minute));
}
