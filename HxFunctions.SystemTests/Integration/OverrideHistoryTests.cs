using System.Text.RegularExpressions;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Servers;
using HxFunctions.Tests;
using StackExchange.Redis;

namespace HxFunctions.SystemTests.Integration;

/// <summary>What Redis keeps of overrides that were set and cleared, on both servers.</summary>
[Collection(MeasuredCollection.Name)]
public sealed partial class OverrideHistoryTests(StoreServers servers) : IClassFixture<StoreServers>
{
    private static readonly GuardOverride Closed = new(true, "migrating – \"keys\"", "ops", DateTimeOffset.UnixEpoch);

    public static TheoryData<string> Both => [StoreServers.Redis, StoreServers.Embedded];

    [Theory, MemberData(nameof(Both))]
    public async Task Setting_and_clearing_are_recorded_with_the_stamp_of_what_is_stored(string server)
    {
        await using StoreRig rig = await CreateAsync(server);
        long set = StampOf((await rig.Store.SetOverrideAsync(Closed, TimeSpan.FromMinutes(3))).Stored);
        long again = StampOf((await rig.Store.SetOverrideAsync(Closed with { Closed = false, By = "" }, TimeSpan.FromSeconds(90))).Stored);
        long cleared = StampOf((await rig.Store.ClearOverrideAsync("them")).Stored);

        HistoryReading reading = (await rig.History.ReadAsync())!;
        Assert.Equal(
            [
                (cleared, "cleared", "", "them", TimeSpan.Zero),
                (again, "open", Closed.Reason, "", TimeSpan.FromSeconds(90)),
                (set, "closed", Closed.Reason, "ops", TimeSpan.FromMinutes(3)),
            ],
            reading.Overrides.Select(o => (o.Set, o.Verdict, o.Reason, o.By, o.Lasts))
        );
        // By Redis's clock, which is this machine's.
        Assert.All(reading.Overrides, o => Assert.InRange(reading.Now - o.At, 0, (long)Fleet.Patience.TotalMilliseconds));
    }

    /// <summary>Redis's clock was set back by three hours since the override was set: what is set now gets a later stamp.</summary>
    [Theory, MemberData(nameof(Both))]
    public async Task Clearing_is_recorded_when_it_happens_though_its_stamp_is_ahead(string server)
    {
        await using StoreRig rig = await CreateAsync(server);
        long ahead = DateTimeOffset.UtcNow.AddHours(3).ToUnixTimeMilliseconds();
        await rig.Database.StringSetAsync(rig.Keys.Override, $"{ahead + 600_000} {{\"set\":{ahead},{OverrideCodec.Write(Closed)[1..]}");
        await rig.Store.ClearOverrideAsync("them");

        HistoryReading reading = (await rig.History.ReadAsync())!;
        RecordedOverride cleared = Assert.Single(reading.Overrides);
        Assert.Equal(ahead + 1, cleared.Set);
        Assert.InRange(reading.Now - cleared.At, 0, (long)Fleet.Patience.TotalMilliseconds);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Transitions_and_overrides_share_a_list_that_is_capped_and_expires(string server)
    {
        await using StoreRig rig = await CreateAsync(server);
        await rig.Database.ListRightPushAsync(rig.Keys.Transitions, [.. Enumerable.Repeat((RedisValue)"old", 600)]);
        await rig.WriteAsync(rig.Record(DependencyStatus.Fail, "timeout"), null, before: DependencyStatus.Pass);
        await rig.Store.SetOverrideAsync(Closed, TimeSpan.FromMinutes(3));

        Assert.Equal(SnapshotStore.TransitionsKept, await rig.Database.ListLengthAsync(rig.Keys.Transitions));
        Assert.InRange(
            (await rig.Database.KeyTimeToLiveAsync(rig.Keys.Transitions))!.Value,
            TimeSpan.FromDays(8) - Fleet.Patience,
            TimeSpan.FromDays(8)
        );
        HistoryReading reading = (await rig.History.ReadAsync())!;
        Assert.Equal("timeout", Assert.Single(reading.Transitions).Reason);
        Assert.Equal("closed", Assert.Single(reading.Overrides).Verdict);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Lost_override_is_put_back_without_being_recorded_again(string server)
    {
        string name = servers.NewNamespace();
        await using StoreRig one = await CreateAsync(server, name),
            other = await CreateAsync(server, name);
        await one.Store.SetOverrideAsync(Closed, TimeSpan.FromMinutes(3));
        await one.ReadAsync();
        await other.ReadAsync();
        for (int i = 0; i < 3; i++)
        {
            await one.Database.KeyDeleteAsync(one.Keys.Override);
            await one.ReadAsync();
            await other.ReadAsync();
            Assert.True(await one.Database.KeyExistsAsync(one.Keys.Override));
        }

        Assert.Equal(1, await one.Database.ListLengthAsync(one.Keys.Transitions));
    }

    /// <summary>Its sender has been told by then that it was not taken.</summary>
    [Theory, MemberData(nameof(Both))]
    public async Task Override_that_comes_too_late_is_not_recorded(string server)
    {
        await using StoreRig rig = await CreateAsync(server);
        RedisResult answer = await rig.Database.ScriptEvaluateAsync(
            SnapshotScripts.SetOverride,
            [rig.Keys.Override, rig.Keys.Transitions, rig.Keys.Reached],
            [OverrideCodec.Write(Closed), 60_000, 1, OverrideEntry.Set(Closed, TimeSpan.FromMinutes(1)), 500, 60_000]
        );
        Assert.True(answer.IsNull);
        Assert.False(await rig.Database.KeyExistsAsync(rig.Keys.Override));
        Assert.False(await rig.Database.KeyExistsAsync(rig.Keys.Transitions));
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Value_of_another_type_in_the_place_of_the_list_is_replaced(string server)
    {
        await using StoreRig rig = await CreateAsync(server);
        await rig.Database.StringSetAsync(rig.Keys.Transitions, "not a list");
        Assert.NotNull((await rig.Store.SetOverrideAsync(Closed, TimeSpan.FromMinutes(3))).Stored);
        Assert.Single((await rig.History.ReadAsync())!.Overrides);
    }

    /// <summary>It must work when all else is broken.</summary>
    [Theory]
    [InlineData("-lpush")]
    [InlineData("-ltrim")]
    [InlineData("-pexpire")]
    public async Task Override_is_taken_although_it_can_not_be_recorded(string rule)
    {
        await using RedisServer own = await RedisServer.StartAsync();
        await using StoreRig rig = await StoreRig.CreateAsync(own.Url, "hx");
        await own.CommandAsync("ACL", "SETUSER", "default", rule);
        string? stored = (await rig.Store.SetOverrideAsync(Closed, TimeSpan.FromMinutes(3))).Stored;
        Assert.NotNull(stored);
        Assert.Equal(stored, (string?)await rig.Database.StringGetAsync(rig.Keys.Override));
    }

    [Fact]
    public async Task Permissions_that_SECURITY_md_gives_are_enough()
    {
        string line = Permissions().Match(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "SECURITY.md"))).Value;
        await using RedisServer own = await RedisServer.StartAsync();
        Assert.Equal("OK", await own.CommandAsync(line.Replace("PASSWORD", "made-up", StringComparison.Ordinal).Split(' ')));
        await own.CommandAsync("ACL", "SETUSER", "default", "off");
        await using StoreRig rig = await StoreRig.CreateAsync($"redis://hx:made-up@127.0.0.1:{own.Port}", "hx");

        await rig.Store.SetOverrideAsync(Closed, TimeSpan.FromMinutes(3));
        await rig.Store.ClearOverrideAsync("them");
        Assert.Equal(LeaseAnswer.Mine, (await rig.ReadAsync(wantLease: true)).Lease);
        await rig.WriteAsync(rig.Record(DependencyStatus.Fail, "timeout"), null, before: DependencyStatus.Pass);

        HistoryReading reading = (await rig.History.ReadAsync())!;
        Assert.Equal((2, 1), (reading.Overrides.Count, reading.Transitions.Count));
    }

    private Task<StoreRig> CreateAsync(string server, string? name = null) =>
        StoreRig.CreateAsync(servers.UrlOf(server), name ?? servers.NewNamespace());

    private static long StampOf(string? stored)
    {
        Assert.NotNull(stored);
        return OverrideCodec.SetStampOf(stored);
    }

    [GeneratedRegex("ACL SETUSER .*")]
    private static partial Regex Permissions();
}
