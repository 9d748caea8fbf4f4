using System.Globalization;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Snapshots;
using HxFunctions.SystemTests.Servers;
using StackExchange.Redis;

namespace HxFunctions.SystemTests.Integration;

/// <summary>What the store makes of its arguments and of the scripts' answers, on redis-server; <see cref="StoreScriptTests"/> is about the
/// scripts.</summary>
[Collection(MeasuredCollection.Name)]
public sealed class SnapshotStoreTests(RedisFixture redis) : IClassFixture<RedisFixture>
{
    private static readonly GuardOverride Closed = new(true, "why", "who", DateTimeOffset.UnixEpoch);

    /// <summary>It goes by Redis's clock, which it doesn't know yet; an override doesn't wait for that.</summary>
    [Fact]
    public async Task Before_the_first_read_no_record_is_written_and_an_override_is_set()
    {
        await using StoreRig rig = await CreateAsync("first");
        SnapshotStore store = rig.NewStore();
        Assert.Null(
            await store.WriteAsync(rig.Dependency, null, rig.Record(), DependencyStatus.Unknown, BootTimeProvider.Instance.GetTimestamp())
        );
        string? set = (await store.SetOverrideAsync(Closed, TimeSpan.FromMinutes(1))).Stored;
        Assert.NotNull(set);
        Assert.Equal(set, (string?)await rig.Database.StringGetAsync(rig.Keys.Override));
        Assert.False(await rig.Database.KeyExistsAsync(rig.Keys.Snapshot));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1500)]
    [InlineData(-1500)]
    public async Task Record_in_the_way_of_a_write_is_dated_on_the_own_clock_and_not_younger_than_it_is(long before)
    {
        await using StoreRig rig = await CreateAsync($"clock-{before}");
        StoreReading reading = await rig.ReadAsync();
        long read = BootTimeProvider.Instance.GetTimestamp();
        string other = string.Create(CultureInfo.InvariantCulture, $"{reading.Now - before} {RecordCodec.Write(rig.Record(sequence: 2))}");
        await rig.Database.HashSetAsync(rig.Keys.Snapshot, "redis", other);

        long started = BootTimeProvider.Instance.GetTimestamp();
        StoreWriting writing = await rig.WriteAsync(rig.Record(), null);
        long took = BootTimeProvider.Instance.GetTimestamp() - started;
        Assert.False(writing.Written);
        Assert.Equal(other, writing.Stored);
        // Redis's clock says whole milliseconds.
        long millisecond = BootTimeProvider.Instance.TimestampFrequency / 1000;
        Assert.InRange(
            writing.ObservedAt!.Value + (before * millisecond),
            reading.SentAt - took - (2 * millisecond),
            read + (2 * millisecond)
        );
    }

    /// <summary>Redis came back with an older state, which an instance that knows better puts right.</summary>
    [Fact]
    public async Task Override_that_was_set_later_replaces_an_older_one_in_Redis()
    {
        await using StoreRig rig = await CreateAsync("older");
        string older = (await rig.Store.SetOverrideAsync(Closed with { Reason = "older" }, TimeSpan.FromMinutes(1))).Stored!;
        string newer = (await rig.Store.SetOverrideAsync(Closed, TimeSpan.FromMinutes(1))).Stored!;
        await rig.ReadAsync();
        await rig.Database.StringSetAsync(rig.Keys.Override, older);
        StoreReading reading = await rig.ReadAsync();
        Assert.Equal(OverrideCodec.SetStampOf(newer), OverrideCodec.SetStampOf(reading.Override!));
        Assert.Equal(reading.Override, (string?)await rig.Database.StringGetAsync(rig.Keys.Override));
    }

    [Fact]
    public async Task No_more_checks_are_read_than_asked_for()
    {
        await using StoreRig rig = await CreateAsync("count");
        await rig.Database.ListLeftPushAsync(rig.Keys.Checks("redis"), Checks(0, 5, 1));
        Assert.Equal([4L, 3, 2], (await rig.Store.ReadChecksAsync("redis", 3)).Select(c => c.At));
    }

    /// <summary>What the pace comes to, a tenth more and 20, for people; the oldest is the one failure.</summary>
    [Theory]
    [InlineData("2", HistoryBucket.Minute, 53)]
    [InlineData("0.1", HistoryBucket.Minute, 680)]
    [InlineData("2", HistoryBucket.Quarter, 515)]
    public async Task Aggregate_leaves_out_no_check(string pace, long length, int count)
    {
        await using StoreRig rig = await CreateAsync($"aggregate-{count}", ("GUARD_MAX_STALENESS", pace));
        StoreReading reading = await rig.ReadAsync();
        // The quarter-hour before this one, or a minute within it that another one follows.
        long quarter = reading.Now - (reading.Now % HistoryBucket.Quarter) - HistoryBucket.Quarter;
        long start = length == HistoryBucket.Quarter ? quarter : quarter + (3 * HistoryBucket.Minute);
        TimeSpan ago = length == HistoryBucket.Quarter ? TimeSpan.Zero : TimeSpan.FromMilliseconds(reading.Now - start - 70_000);
        await rig.Database.ListLeftPushAsync(rig.Keys.Checks("redis"), Checks(start, count, length / (count + 1)));
        string last = $"{start + length - 1} {RecordCodec.Write(rig.Record())}";
        await rig.Database.HashSetAsync(rig.Keys.Snapshot, "redis", last);

        Assert.True((await rig.WriteAsync(rig.Record(), last, ago)).Written);
        RedisValue[] quarters = await rig.Database.ListRangeAsync(rig.Keys.Quarters("redis")),
            minutes = await rig.Database.ListRangeAsync(rig.Keys.Minutes("redis"));
        Assert.Equal(length == HistoryBucket.Quarter ? 1 : 0, quarters.Length);
        Assert.Equal(
            $"[{start},{count},\"fail\",\"timeout\",1,1,1]",
            (string?)Assert.Single(length == HistoryBucket.Quarter ? quarters : minutes)
        );
    }

    [Fact]
    public async Task Aggregate_of_checks_that_Redis_has_lost_is_left_out()
    {
        await using StoreRig rig = await CreateAsync("lost");
        string last = rig.TimestampedValue(TimeSpan.FromMinutes(-16));
        await rig.Database.HashSetAsync(rig.Keys.Snapshot, "redis", last);
        Assert.True((await rig.WriteAsync(rig.Record(), last)).Written);
        Assert.Equal(0, await rig.Database.ListLengthAsync(rig.Keys.Minutes("redis")));
        Assert.Equal(0, await rig.Database.ListLengthAsync(rig.Keys.Quarters("redis")));
    }

    private Task<StoreRig> CreateAsync(string name, params (string Name, string Value)[] more) =>
        StoreRig.CreateAsync(redis.Server.Url, $"store-{name}", more);

    private static RedisValue[] Checks(long start, int count, long apart) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(i =>
                    (RedisValue)
                        new CheckPoint(
                            start + (i * apart),
                            i == 0 ? DependencyStatus.Fail : DependencyStatus.Pass,
                            i == 0 ? "timeout" : "ok",
                            1
                        ).Write()
                ),
        ];
}
