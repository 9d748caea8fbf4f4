using System.Globalization;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Servers;
using StackExchange.Redis;
using Xunit.Abstractions;

namespace HxFunctions.SystemTests.Integration;

/// <summary>What is read of the history, of a real Redis.</summary>
[Collection(MeasuredCollection.Name)]
public sealed class HistoryReaderTests(RedisFixture redis, ITestOutputHelper output) : IClassFixture<RedisFixture>
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
    [InlineData("-lindex")]
    [InlineData("-time")]
    public async Task Redis_that_refuses_gives_no_history(string rule)
    {
        await using RedisServer own = await RedisServer.StartAsync();
        await using StoreRig rig = await StoreRig.CreateAsync(own.Url, "hx");
        await FillAsync(rig, rig.Keys.Minutes("redis"), 1, _ => Bucket.Write());
        await own.CommandAsync("ACL", "SETUSER", "default", rule);
        Assert.Null(await rig.History.ReadAsync());
        await own.CommandAsync("ACL", "SETUSER", "default", "+@all");
        Assert.NotNull(await rig.History.ReadAsync());
    }

    /// <summary>Redis does nothing else while a script runs; docs/status.md gives the figures.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    public async Task Full_lists_hold_Redis_up_for_milliseconds(int dependencies)
    {
        await using RedisServer own = await RedisServer.StartAsync();
        string more = string.Join(';', Enumerable.Range(1, dependencies - 1).Select(i => $"d{i}=http://127.0.0.1:9/{i}"));
        await using StoreRig rig = await StoreRig.CreateAsync(own.Url, "hx", ("DEPENDENCIES", more));
        foreach (string name in rig.Names)
        {
            CheckPoint check = new(Start, DependencyStatus.Fail, Reasons.AuthenticationFailed, 2999.87);
            HistoryBucket bucket = new(Start, 450, check.Status, check.Reason, 2999.87, 2999.87, 2999.87);
            await FillAsync(rig, rig.Keys.Checks(name), rig.Store.ChecksKept, at => (check with { At = at }).Write());
            await FillAsync(rig, rig.Keys.Minutes(name), SnapshotStore.MinutesKept, at => (bucket with { Start = at }).Write());
            await FillAsync(rig, rig.Keys.Quarters(name), SnapshotStore.QuartersKept, at => (bucket with { Start = at }).Write());
        }

        DependencyState state = new(DependencyStatus.Fail, Reasons.AuthenticationFailed, DateTimeOffset.UnixEpoch, 1, 0);
        await FillAsync(
            rig,
            rig.Keys.Transitions,
            SnapshotStore.TransitionsKept,
            at => TransitionJson.Write(at, "redis", DependencyStatus.Pass, state)
        );
        await own.CommandAsync("CONFIG", "RESETSTAT");

        long started = TimeProvider.System.GetTimestamp();
        HistoryReading reading = (await rig.History.ReadAsync())!;
        TimeSpan took = TimeProvider.System.GetElapsedTime(started);
        Assert.All(reading.Dependencies, d => Assert.Equal(SnapshotStore.QuartersKept, d.Quarters.Count));
        (int calls, double each) = Evaluated(await own.CommandAsync("INFO", "commandstats"));
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{dependencies}: {calls} scripts, {each / 1000:0.0} ms each in Redis; {took.TotalMilliseconds:0} ms in all."
            )
        );
        Assert.Equal(1 + rig.Names.Count, calls);
        Assert.InRange(each, 0, 20_000);
    }

    /// <returns>How many scripts ran, and the mean of what they took in microseconds.</returns>
    private static (int Calls, double Microseconds) Evaluated(string commandStats)
    {
        string line = commandStats.Split('\n').Single(l => l.StartsWith("cmdstat_eval:", StringComparison.Ordinal));
        Dictionary<string, string> values = line.Split(':')[1].Split(',').Select(v => v.Split('=')).ToDictionary(v => v[0], v => v[1]);
        return (
            int.Parse(values["calls"], CultureInfo.InvariantCulture),
            double.Parse(values["usec_per_call"], CultureInfo.InvariantCulture)
        );
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
