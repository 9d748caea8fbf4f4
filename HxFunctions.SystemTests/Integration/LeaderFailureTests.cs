using System.Diagnostics;
using System.Net;
using HxFunctions.Core.Snapshots;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Servers;
using HxFunctions.Tests.Servers;

namespace HxFunctions.SystemTests.Integration;

/// <summary>The checking instance itself fails: <c>hx serve</c> as processes of their own, with a real PostgreSQL.</summary>
[Collection(MeasuredCollection.Name)]
public sealed class LeaderFailureTests
{
    /// <summary>
    /// Long enough for a new leader's first check: its knowledge is too old, after a second's wait, this much after the lease of the one
    /// before ended.
    /// </summary>
    private static readonly TimeSpan Staleness = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Killed_leader_is_replaced_within_its_lease_and_what_fails_meanwhile_is_found()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using PostgresServer postgres = await PostgresServer.StartAsync();
        await using HxChild leader = await StartAsync(redis, postgres);
        (HxChild follower, string snapshot, string holder) = await StartSecondAsync(leader, redis, postgres);
        await using HxChild second = follower;

        await leader.KillAsync();
        await postgres.KillAsync();
        TimeSpan closed = await follower.UntilAsync(HttpStatusCode.ServiceUnavailable);
        Assert.InRange(closed, TimeSpan.Zero, Fleet.LeaseTime + Staleness + Staleness + TimeSpan.FromSeconds(0.5) + Fleet.Slack);
        // It may first have closed because nothing was known any more.
        long waiting = Stopwatch.GetTimestamp();
        DependencyRecord found;
        while ((found = (await RecordAsync(redis, snapshot)).Record).Source == holder)
        {
            Assert.InRange(Stopwatch.GetElapsedTime(waiting), TimeSpan.Zero, Fleet.LeaseTime + Staleness + Fleet.Slack);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await follower.GuardAsync());
        }

        // It checks before the lease of the one that died has ended, and takes that then.
        while ((await LeaseAsync(redis)).Holder != found.Source)
        {
            Assert.InRange(Stopwatch.GetElapsedTime(waiting), TimeSpan.Zero, Fleet.LeaseTime + Staleness + Fleet.Slack);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, await follower.GuardAsync());
        }

        await postgres.StartAgainAsync();
        await follower.UntilAsync(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Paused_leader_undoes_nothing_when_it_goes_on()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using PostgresServer postgres = await PostgresServer.StartAsync();
        await using HxChild paused = await StartAsync(redis, postgres);
        (HxChild other, string snapshot, string first) = await StartSecondAsync(paused, redis, postgres);
        await using HxChild second = other;

        await paused.PauseAsync();
        long since = Stopwatch.GetTimestamp();
        string holder;
        do
        {
            // Its knowledge gets old just when the lease ends. Where its first check then takes longer than a request waits, that one is
            // refused.
            await other.GuardAsync();
            holder = await redis.CommandAsync("GET", snapshot + ":lease");
            Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, Fleet.LeaseTime + Staleness + Fleet.Slack);
        } while (holder == first || holder == "(nil)");

        await other.UntilAsync(HttpStatusCode.OK);
        (DependencyRecord last, long stamp) = await RecordAsync(redis, snapshot);
        paused.Resume();
        for (long resumed = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(resumed) < TimeSpan.FromSeconds(2); await Task.Delay(5))
        {
            (DependencyRecord next, long at) = await RecordAsync(redis, snapshot);
            Assert.True(next.Sequence >= last.Sequence && at >= stamp, $"{last} at {stamp} was followed by {next} at {at}");
            Assert.Equal(Core.Dependencies.DependencyStatus.Pass, next.State.Status);
            Assert.Equal(HttpStatusCode.OK, await other.GuardAsync());
            (last, stamp) = (next, at);
        }

        Assert.Equal(holder, (await LeaseAsync(redis)).Holder);
        Assert.Equal(holder, last.Source);
        await paused.UntilAsync(HttpStatusCode.OK);
    }

    /// <summary>Keeps the first instance in use while another starts, so that it is the first that holds the lease.</summary>
    private static async Task<(HxChild Second, string Snapshot, string Holder)> StartSecondAsync(
        HxChild first,
        RedisServer redis,
        PostgresServer postgres
    )
    {
        using CancellationTokenSource ready = new();
        await first.UntilAsync(HttpStatusCode.OK);
        Task use = first.UseAsync(ready.Token);
        (string snapshot, string holder) = await LeaseAsync(redis);
        HxChild second = await StartAsync(redis, postgres);
        await second.UntilAsync(HttpStatusCode.OK);
        await ready.CancelAsync();
        await use;
        Assert.Equal(holder, (await LeaseAsync(redis)).Holder);
        Assert.Equal(holder, (await RecordAsync(redis, snapshot)).Record.Source);
        return (second, snapshot, holder);
    }

    private static Task<HxChild> StartAsync(RedisServer redis, PostgresServer postgres) =>
        HxChild.StartAsync(
            Fleet.Variables(
                redis.Url,
                ("PG_URL", postgres.Url),
                ("GUARD_MAX_STALENESS", "1"),
                ("GUARD_ROUTES", "/v1/keys=redis,postgres"),
                ("WRAPPER_LOG_LEVEL", "WARNING")
            )
        );

    /// <summary>Waits for someone to take it: the timer's check at the start may have opened the guard before.</summary>
    private static async Task<(string Snapshot, string Holder)> LeaseAsync(RedisServer redis)
    {
        string lease = "",
            holder = "(nil)";
        await Eventually.TrueAsync(
            async () =>
            {
                lease = await redis.CommandAsync("KEYS", "*:lease");
                holder = lease.EndsWith(":lease", StringComparison.Ordinal) ? await redis.CommandAsync("GET", lease) : "(nil)";
                return holder != "(nil)";
            },
            "nobody took the lease"
        );
        return (lease[..^":lease".Length], holder);
    }

    private static async Task<(DependencyRecord Record, long Stamp)> RecordAsync(RedisServer redis, string snapshot)
    {
        string stored = await redis.CommandAsync("HGET", snapshot, "postgres");
        Assert.True(TimestampedValue.TrySplit(stored, out long at, out ReadOnlySpan<char> body), stored);
        Assert.True(RecordCodec.TryRead(body, out DependencyRecord? record), stored);
        return (record, at);
    }
}
