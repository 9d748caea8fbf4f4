using System.Diagnostics;
using System.Globalization;
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

    /// <summary>Less than the deadline.</summary>
    private static readonly TimeSpan AtOnce = 0.9 * SnapshotStore.Deadline;

    [Fact]
    public async Task Every_call_ends_within_its_deadline_while_Redis_hangs()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using StoreRig rig = await StoreRig.CreateAsync(redis.Url, "hx");
        await redis.HangAsync();
        await AssertNoAnswerAsync(rig, SnapshotStore.Deadline + Margin);
    }

    [Fact]
    public async Task Every_call_ends_at_once_while_Redis_refuses()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using StoreRig rig = await StoreRig.CreateAsync(redis.Url, "hx");
        await redis.KillAsync();
        await Eventually.TrueAsync(() => !rig.Database.Multiplexer.IsConnected);
        await AssertNoAnswerAsync(rig, AtOnce);
    }

    /// <summary>What the caller was told didn't happen must not happen later.</summary>
    [Fact]
    public async Task Override_that_Redis_did_not_take_in_time_is_not_taken_later()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using StoreRig rig = await StoreRig.CreateAsync(redis.Url, "hx");
        await redis.HangAsync();
        Assert.Null(await rig.Store.SetOverrideAsync(new(true, "why", "who", DateTimeOffset.UnixEpoch), TimeSpan.FromMinutes(1)));
        Assert.Null(await rig.Store.ClearOverrideAsync("who"));
        // The orders lie in the hung server's socket; they may run only when they are stale.
        await Task.Delay(200);
        await redis.ResumeAsync();
        await redis.CommandAsync("PING");
        await Task.Delay(100);
        Assert.Equal("(nil)", await redis.CommandAsync("GET", rig.Keys.Override));
    }

    private static async Task AssertNoAnswerAsync(StoreRig rig, TimeSpan within)
    {
        GuardOverride value = new(true, "why", "who", DateTimeOffset.UnixEpoch);
        // From a record of an earlier quarter-hour, so that the history has to be read first.
        string expected = rig.TimestampedValue(-TimeSpan.FromMinutes(16));
        (string Name, Func<Task<object?>> Call)[] calls =
        [
            ("sync", async () => await rig.Store.SyncAsync(wantLease: false, null)),
            ("sync with lease", async () => await rig.Store.SyncAsync(wantLease: true, null)),
            ("write", async () => await rig.TryWriteAsync(rig.Record(), null)),
            ("write over a boundary", async () => await rig.TryWriteAsync(rig.Record(), expected)),
            ("history", async () => (await rig.Store.ReadChecksAsync("redis", 100)) is { Count: 0 } ? null : "some"),
            ("set override", async () => await rig.Store.SetOverrideAsync(value, TimeSpan.FromMinutes(1))),
            ("clear override", async () => await rig.Store.ClearOverrideAsync("who")),
            (
                "release",
                async () =>
                {
                    await rig.Store.ReleaseLeaseAsync();
                    return null;
                }
            ),
        ];
        foreach ((string name, Func<Task<object?>> call) in calls)
        {
            long started = Stopwatch.GetTimestamp();
            Assert.Null(await call());
            TimeSpan took = Stopwatch.GetElapsedTime(started);
            Assert.True(took <= within, string.Create(CultureInfo.InvariantCulture, $"{name} took {took.TotalMilliseconds:0} ms"));
        }
    }
}
