using System.Diagnostics;
using System.Globalization;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Servers;
using HxFunctions.Tests.Servers;

namespace HxFunctions.SystemTests.Integration;

/// <summary>Without an answer from Redis every call to the store is over in time and none throws.</summary>
[Collection(MeasuredCollection.Name)]
public sealed class StoreDeadlineTests
{
    /// <summary>What a slow machine may add. Together with the deadline it stays below the client's own timeout of two seconds.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(1);

    /// <summary>How long it is looked whether an override was taken whose answer was lost, with the last look.</summary>
    private static readonly TimeSpan Looking = TimeSpan.FromSeconds(1.6) + SnapshotStore.Deadline;

    /// <summary>Far from the deadline of a command's store and from the client's own.</summary>
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Every_call_ends_within_its_deadline_while_Redis_hangs()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using StoreRig rig = await StoreRig.CreateAsync(redis.Url, "hx");
        await redis.HangAsync();
        await AssertNoAnswerAsync(
            rig,
            rig.Store,
            SnapshotStore.Deadline + Margin,
            OverrideWriting.NotKnown,
            SnapshotStore.Deadline + Looking + Margin
        );
    }

    [Fact]
    public async Task Every_call_ends_at_once_while_Redis_refuses()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using StoreRig rig = await StoreRig.CreateAsync(redis.Url, "hx", ("REDIS_TIMEOUT", "20"), ("HEALTH_CHECK_TIMEOUT", "20"));
        SnapshotStore store = rig.NewStoreOfCommand();
        Assert.NotNull(await store.SyncAsync(wantLease: false, null));
        await redis.KillAsync();
        await Eventually.TrueAsync(() => !rig.Database.Multiplexer.IsConnected);
        await AssertNoAnswerAsync(rig, store, AtOnce, OverrideWriting.NotTaken, AtOnce);
    }

    /// <summary>The caller was told that it is not known; it must not happen later than that.</summary>
    [Fact]
    public async Task Override_that_Redis_did_not_take_in_time_is_not_taken_later()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using StoreRig rig = await StoreRig.CreateAsync(redis.Url, "hx");
        await redis.HangAsync();
        GuardOverride value = new(true, "why", "who", DateTimeOffset.UnixEpoch);
        Assert.Equal(OverrideWriting.NotKnown, await rig.Store.SetOverrideAsync(value, TimeSpan.FromMinutes(1)));
        Assert.Equal(OverrideWriting.NotKnown, await rig.Store.ClearOverrideAsync("who"));
        // The orders lie in the hung server's socket; they may run only when they are stale.
        await Task.Delay(200);
        await redis.ResumeAsync();
        await redis.CommandAsync("PING");
        await Task.Delay(100);
        Assert.Equal("(nil)", await redis.CommandAsync("GET", rig.Keys.Override));
    }

    /// <summary>Redis answers again while the store looks whether the override was taken: it came too late, and can't come any
    /// more.</summary>
    [Fact]
    public async Task Override_that_came_too_late_is_known_not_to_be_taken_when_Redis_answers_again()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using StoreRig rig = await StoreRig.CreateAsync(redis.Url, "hx");
        await redis.HangAsync();
        GuardOverride value = new(true, "why", "who", DateTimeOffset.UnixEpoch);
        Task<OverrideWriting> setting = rig.Store.SetOverrideAsync(value, TimeSpan.FromMinutes(1));
        await Task.Delay(SnapshotStore.Deadline + TimeSpan.FromMilliseconds(200));
        Assert.False(setting.IsCompleted);
        await redis.ResumeAsync();
        Assert.Equal(OverrideWriting.NotTaken, await setting);
        Assert.Equal("(nil)", await redis.CommandAsync("GET", rig.Keys.Override));
    }

    /// <summary>Redis has taken it in time, and its answer came too late.</summary>
    [Fact]
    public async Task Override_whose_answer_was_lost_is_found()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using FaultProxy network = FaultProxy.Start(redis.Port);
        await using StoreRig rig = await StoreRig.CreateAsync($"redis://127.0.0.1:{network.Port}", "hx");
        GuardOverride value = new(true, "why", "who", DateTimeOffset.UnixEpoch);
        // What is sent goes through, and nothing comes back.
        await network.SetAsync(FaultMode.Stall, keepConnections: true);
        Task<OverrideWriting> setting = rig.Store.SetOverrideAsync(value, TimeSpan.FromMinutes(1));
        await Task.Delay(SnapshotStore.Deadline + TimeSpan.FromMilliseconds(200));
        Assert.False(setting.IsCompleted);
        await network.SetAsync(FaultMode.Pass, keepConnections: true);
        OverrideWriting writing = await setting;
        Assert.Equal(OverrideWriting.Taken(await redis.CommandAsync("GET", rig.Keys.Override)), writing);
    }

    /// <param name="outcome">Of setting or clearing an override.</param>
    private static async Task AssertNoAnswerAsync(
        StoreRig rig,
        SnapshotStore store,
        TimeSpan within,
        OverrideWriting outcome,
        TimeSpan overrideWithin
    )
    {
        GuardOverride value = new(true, "why", "who", DateTimeOffset.UnixEpoch);
        // From a record of an earlier quarter-hour, so that the history has to be read first.
        string expected = rig.TimestampedValue(-TimeSpan.FromMinutes(16));
        (string Name, Func<Task<object?>> Call)[] calls =
        [
            ("sync", async () => await store.SyncAsync(wantLease: false, null)),
            ("sync with lease", async () => await store.SyncAsync(wantLease: true, null)),
            ("write", async () => await WriteAsync(null)),
            ("write over a boundary", async () => await WriteAsync(expected)),
            ("history", async () => (await store.ReadChecksAsync("redis", 100)) is { Count: 0 } ? null : "some"),
            (
                "release",
                async () =>
                {
                    await store.ReleaseLeaseAsync();
                    return null;
                }
            ),
        ];
        foreach ((string name, Func<Task<object?>> call) in calls)
        {
            await HoldsAsync(name, call, null, within);
        }

        await HoldsAsync("set override", async () => await store.SetOverrideAsync(value, TimeSpan.FromMinutes(1)), outcome, overrideWithin);
        await HoldsAsync("clear override", async () => await store.ClearOverrideAsync("who"), outcome, overrideWithin);

        Task<StoreWriting?> WriteAsync(string? expected) =>
            store.WriteAsync(rig.Dependency, expected, rig.Record(), DependencyStatus.Unknown, TimeProvider.System.GetTimestamp());

        static async Task HoldsAsync(string name, Func<Task<object?>> call, object? expected, TimeSpan within)
        {
            long started = Stopwatch.GetTimestamp();
            Assert.Equal(expected, await call());
            TimeSpan took = Stopwatch.GetElapsedTime(started);
            Assert.True(took <= within, string.Create(CultureInfo.InvariantCulture, $"{name} took {took.TotalMilliseconds:0} ms"));
        }
    }
}
