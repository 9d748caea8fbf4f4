using System.Diagnostics;
using System.Net;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Servers;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Integration;

/// <summary>Who checks: the lease among running instances.</summary>
[Collection(MeasuredCollection.Name)]
public sealed class LeaseTests
{
    [Fact]
    public async Task Stopped_instance_gives_the_lease_back_and_another_takes_over_at_its_next_read()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        SharedCheck check = new();
        HxInstance first = await StartAsync(redis, check),
            second = await StartAsync(redis, check);
        await using Traffic traffic = await Traffic.StartAsync([first, second]);
        HxInstance leader = await Fleet.LeaderAsync(redis, first, second);
        HxInstance follower = leader == first ? second : first;
        string left = Fleet.IdOf(leader),
            lease = Fleet.KeysOf(leader).Lease;
        await traffic.DisposeAsync();

        await using Traffic remaining = await Traffic.StartAsync([follower]);
        await leader.DisposeAsync();
        long stopped = Stopwatch.GetTimestamp();
        Assert.NotEqual(left, await redis.CommandAsync("GET", lease));
        await Fleet.LeaderAsync(redis, follower);
        Assert.InRange(Stopwatch.GetElapsedTime(stopped), TimeSpan.Zero, Fleet.Staleness + Fleet.Slack);
        remaining.AssertOpenAndQuick(Fleet.WithoutWaiting);
        await remaining.DisposeAsync();
        await follower.DisposeAsync();
        Assert.Equal("(nil)", await redis.CommandAsync("GET", lease));
    }

    [Fact]
    public async Task Lease_is_given_back_and_checks_end_an_interval_after_the_last_use()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        SharedCheck check = new();
        await using HxInstance instance = await StartAsync(redis, check);
        await instance.UntilAsync(HttpStatusCode.OK, Fleet.Patience);
        long used = Stopwatch.GetTimestamp();
        await Fleet.LeaderAsync(redis, instance);
        TimeSpan held = TimeSpan.Zero;
        // The timer's check takes the lease for a moment, too; what counts is the last time that it lasts for longer than that.
        for (int absent = 0; absent < 15; await Task.Delay(20))
        {
            bool present = await redis.CommandAsync("EXISTS", Fleet.KeysOf(instance).Lease) == "1";
            absent = present ? 0 : absent + 1;
            if (present)
            {
                held = Stopwatch.GetElapsedTime(used);
            }

            Assert.InRange(held, TimeSpan.Zero, Fleet.Interval + TimeSpan.FromSeconds(3));
        }

        // By expiry alone it would have lasted for the lease's whole time more.
        Assert.InRange(held, Fleet.Interval - Fleet.Slack, Fleet.Interval + Fleet.Staleness + Fleet.Slack);
        // Now only the timer checks: once in three seconds.
        Assert.InRange(await check.CountDuringAsync(TimeSpan.FromSeconds(4)), 1, 2);
    }

    [Theory]
    [InlineData("LPUSH", "another")]
    [InlineData("HSET", "another", "hash")]
    [InlineData("SET", "another")]
    [InlineData("SET", "another", "EX", "31536000")]
    public async Task Lease_that_would_never_end_is_taken_over_by_a_running_instance(string command, params string[] value)
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        SharedCheck check = new();
        await using HxInstance instance = await StartAsync(redis, check);
        await using Traffic traffic = await Traffic.StartAsync([instance]);
        string lease = Fleet.KeysOf(instance).Lease;
        await redis.CommandAsync("DEL", lease);
        await redis.CommandAsync([command, lease, .. value]);

        await Fleet.LeaderAsync(redis, instance);
        Assert.InRange(
            int.Parse(await redis.CommandAsync("PTTL", lease), System.Globalization.CultureInfo.InvariantCulture),
            1,
            (int)Fleet.LeaseTime.TotalMilliseconds
        );
        Assert.InRange(await check.CountDuringAsync(TimeSpan.FromSeconds(1.5)), 3, 7);
        traffic.AssertOpenAndQuick(Fleet.WithoutWaiting);
    }

    /// <summary>Another holds the lease but stores nothing. The lease only saves work: the request that waits has it checked here, three
    /// tenths of a second later.</summary>
    [Fact]
    public async Task Follower_checks_by_itself_what_the_holder_of_the_lease_does_not()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        SharedCheck check = new();
        // No timer comes in between: it fires every hour.
        await using HxInstance instance = await StartAsync(redis, check, ("HEALTH_CHECK_INTERVAL", "3600"));
        await using OthersLease lease = await OthersLease.TakeAsync(redis, Fleet.KeysOf(instance).Lease, Fleet.LeaseTime);

        long asked = Stopwatch.GetTimestamp();
        HxInstance.Answer answer = await instance.GuardAsync("/v1/teams");
        Assert.Equal((HttpStatusCode.OK, 1), (answer.Status, check.Count));
        Assert.InRange(answer.Took, TimeSpan.FromSeconds(0.25), TimeSpan.FromSeconds(0.3) + Fleet.Slack);
        Assert.Equal("another", await redis.CommandAsync("GET", Fleet.KeysOf(instance).Lease));

        // And again when its record is 0.3 s and three to four fifths of the check timeout old: no request need wait for it.
        await using Traffic traffic = await Traffic.StartAsync([instance]);
        await Eventually.TrueAsync(() => check.Count >= 3);
        // From before the first: after a check that a busy machine begins late, the next one seems early.
        Assert.True(Stopwatch.GetElapsedTime(asked) >= 2 * TimeSpan.FromSeconds(1.2));
        IReadOnlyList<long> starts = check.Starts;
        Assert.All(
            starts.Zip(starts.Skip(1), Stopwatch.GetElapsedTime),
            gap => Assert.InRange(gap, TimeSpan.Zero, TimeSpan.FromSeconds(1.5) + Fleet.Slack)
        );
        traffic.AssertOpenAndQuick(Fleet.WithoutWaiting);
    }

    private static Task<HxInstance> StartAsync(RedisServer redis, SharedCheck check, params (string Name, string Value)[] more) =>
        HxInstance.StartAsync(Fleet.Variables(redis.Url, more), check.AddTo);
}
