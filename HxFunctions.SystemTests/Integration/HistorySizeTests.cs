using System.Globalization;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;
using HxFunctions.SystemTests.Servers;
using StackExchange.Redis;
using Xunit.Abstractions;

namespace HxFunctions.SystemTests.Integration;

/// <summary>How much Redis holds for the history when every list is full; docs/status.md gives the figures.</summary>
[Collection(ServersCollection.Name)]
public sealed class HistorySizeTests(RedisFixture redis, ITestOutputHelper output)
{
    private const long MaxBytes = 2_000_000;
    private const long Now = 1_800_000_000_000;

    [Theory]
    [InlineData("ours, down for a week", 3, DependencyStatus.Fail, Reasons.AuthenticationFailed, 2999.87)]
    [InlineData("seven, down for a week", 7, DependencyStatus.Fail, Reasons.AuthenticationFailed, 2999.87)]
    [InlineData("ten, down for a week", 10, DependencyStatus.Fail, Reasons.AuthenticationFailed, 2999.87)]
    [InlineData("ten, up", 10, DependencyStatus.Pass, Reasons.Ok, 12.53)]
    public async Task Full_lists_take_less_than_2_MB(string name, int dependencies, DependencyStatus status, string reason, double latency)
    {
        await using StoreRig rig = await StoreRig.CreateAsync(
            redis.Server.Url,
            string.Create(CultureInfo.InvariantCulture, $"size-{dependencies}-{status.Wire()}")
        );
        CheckPoint check = new(Now, status, reason, latency);
        HistoryBucket bucket = new(Now, 450, status, reason, latency, latency, latency);
        await FillAsync(rig, rig.Keys.Checks("x"), check.Write(), SnapshotStore.ChecksToKeep(TimeSpan.FromSeconds(2), dependencies));
        await FillAsync(rig, rig.Keys.Minutes("x"), bucket.Write(), SnapshotStore.MinutesKept);
        await FillAsync(rig, rig.Keys.Quarters("x"), bucket.Write(), SnapshotStore.QuartersKept);
        string transition = TransitionJson.Write(
            Now,
            "x-longer-name",
            DependencyStatus.Unknown,
            new(status, reason, DateTimeOffset.UnixEpoch, 0, 0)
        );
        await FillAsync(rig, rig.Keys.Transitions, transition, SnapshotStore.TransitionsKept);

        long checks = await SizeAsync(rig.Keys.Checks("x")),
            minutes = await SizeAsync(rig.Keys.Minutes("x")),
            quarters = await SizeAsync(rig.Keys.Quarters("x"));
        long transitions = await SizeAsync(rig.Keys.Transitions);
        long all = (dependencies * (checks + minutes + quarters)) + transitions;
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{name}: checks {checks}, minutes {minutes}, quarters {quarters}, transitions {transitions}: {all} bytes together"
            )
        );

        Assert.InRange(all, 1, MaxBytes);
    }

    /// <summary>Overrides share the list of transitions. That all of it is overrides takes one every 23 minutes for a week.</summary>
    [Theory]
    [InlineData('x', 30, 12)]
    [InlineData('x', GuardOverride.MaxReasonLength, GuardOverride.MaxByLength)]
    [InlineData('\u3042', GuardOverride.MaxReasonLength, GuardOverride.MaxByLength)]
    public async Task List_of_nothing_but_overrides_is_bounded(char filling, int reason, int by)
    {
        await using StoreRig rig = await StoreRig.CreateAsync(
            redis.Server.Url,
            string.Create(CultureInfo.InvariantCulture, $"size-overrides-{(int)filling}-{reason}")
        );
        GuardOverride value = new(true, new(filling, reason), new(filling, by), DateTimeOffset.UnixEpoch);
        string entry = string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"at\":{Now},\"set\":{Now},{OverrideEntry.Set(value, GuardOverride.MaxDuration)[1..]}"
        );
        await FillAsync(rig, rig.Keys.Transitions, entry, SnapshotStore.TransitionsKept);

        long size = await SizeAsync(rig.Keys.Transitions);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{entry.Length} bytes an entry, {size} together"));
        Assert.InRange(size, 1, 1_100_000);
    }

    private static Task<long> FillAsync(StoreRig rig, string key, string entry, int count) =>
        rig.Database.ListLeftPushAsync(key, [.. Enumerable.Repeat((RedisValue)entry, count)]);

    /// <summary>With SAMPLES 0 every element is looked at.</summary>
    private async Task<long> SizeAsync(string key) =>
        long.Parse(await redis.Server.CommandAsync("MEMORY", "USAGE", key, "SAMPLES", "0"), CultureInfo.InvariantCulture);
}
