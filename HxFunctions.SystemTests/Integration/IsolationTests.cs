using System.Diagnostics;
using System.Net;
using HxFunctions.Core.Snapshots;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Servers;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;

namespace HxFunctions.SystemTests.Integration;

/// <summary>An instance that alone has lost Redis, beside one that has not.</summary>
[Collection(MeasuredCollection.Name)]
public sealed class IsolationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Isolated_instance_keeps_what_it_can_know_and_goes_on_from_the_stored_records(bool silent)
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        await using FaultProxy proxy = FaultProxy.Start(redis.Port);
        SharedCheck theirs = new(),
            ours = new(),
            ourExtra = new("extra");
        await using HxInstance connected = await StartAsync($"redis://127.0.0.1:{redis.Port}", theirs, new SharedCheck("extra"));
        await using Traffic theirTraffic = await Traffic.StartAsync([connected]);
        await Fleet.LeaderAsync(redis, connected);
        await using HxInstance isolated = await StartAsync($"redis://127.0.0.1:{proxy.Port}", ours, ourExtra);
        await using Traffic ourTraffic = await Traffic.StartAsync([isolated]);
        await isolated.UntilAsync(HttpStatusCode.OK, Fleet.Patience);
        Assert.Equal(0, ours.Count);

        await proxy.SetAsync(silent ? FaultMode.Silent : FaultMode.Refuse, keepConnections: silent);
        (TimeSpan closed, _) = await isolated.UntilAsync(HttpStatusCode.ServiceUnavailable, Fleet.Patience);
        TimeSpan bound = silent
            ? Fleet.Staleness + SnapshotStore.Deadline + Fleet.CheckTimeout
            : Fleet.Staleness + SnapshotStore.Deadline + TimeSpan.FromSeconds(0.5);
        Assert.InRange(closed, TimeSpan.Zero, bound + Fleet.Slack);
        await Eventually.TrueAsync(() =>
            isolated.Snapshot.StatusAt(0, Stopwatch.GetTimestamp()) == Core.Dependencies.DependencyStatus.Fail
        );
        int extraBefore = ourExtra.Count;
        await Task.Delay(2.5 * Fleet.Interval);

        // Its own probes begin an interval after the last check that it knows of, and keep that distance.
        Assert.InRange(ours.Count, 2, 3);
        Assert.All(
            ours.Starts.Zip(ours.Starts.Skip(1), Stopwatch.GetElapsedTime),
            gap => Assert.InRange(gap, Fleet.Interval - TimeSpan.FromSeconds(0.05), (1.1 * Fleet.Interval) + Fleet.Slack)
        );
        // Its rule is closed by Redis already: there is nothing to learn.
        Assert.Equal(extraBefore, ourExtra.Count);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await isolated.GuardAsync()).Status);
        ourTraffic.AssertOpenAndQuick(Fleet.WithoutWaiting);
        theirTraffic.AssertOpenAndQuick(Fleet.WithoutWaiting);

        // The fleet has learnt something that the isolated instance can't see for itself.
        theirs.IsDown = true;
        await connected.UntilAsync(HttpStatusCode.ServiceUnavailable, Fleet.Patience, "/v1/teams");
        Assert.Equal(HttpStatusCode.OK, (await isolated.GuardAsync("/v1/teams")).Status);
        int before = ours.Count;
        await proxy.SetAsync(FaultMode.Pass, keepConnections: silent);
        (TimeSpan back, _) = await isolated.UntilAsync(HttpStatusCode.ServiceUnavailable, Fleet.Patience, "/v1/teams");
        Assert.InRange(back, TimeSpan.Zero, TimeSpan.FromSeconds(3) + Fleet.Slack);
        // Until it has read the records again it probes for itself: once an interval, and at the guard's pace from when Redis is seen to
        // work.
        Assert.InRange(ours.Count - before, 0, 2 + (int)(back / Fleet.Staleness));
        (TimeSpan reopened, _) = await isolated.UntilAsync(HttpStatusCode.OK, Fleet.Patience, "/v1/cache");
        Assert.InRange(reopened, TimeSpan.Zero, TimeSpan.FromSeconds(2) + Fleet.Slack);
        before = ours.Count;
        theirs.IsDown = false;
        await isolated.UntilAsync(HttpStatusCode.OK, Fleet.Patience);
        Assert.Equal(Fleet.IdOf(connected), isolated.Snapshot.Dependencies[1].Record!.Source);
        Assert.Equal(before, ours.Count);
    }

    /// <summary>Both are to look like one deployment, though one reaches Redis through the proxy: the endpoints are part of the
    /// keys.</summary>
    private static Task<HxInstance> StartAsync(string redisUrl, params SharedCheck[] checks) =>
        HxInstance.StartAsync(
            Fleet.Variables(redisUrl, ("GUARD_ROUTES", "/v1/keys=redis,local; /v1/teams=local; /v1/cache=redis; /v1/extra=redis,extra")),
            services =>
            {
                foreach (SharedCheck check in checks)
                {
                    check.AddTo(services);
                }

                services.AddSingleton(new StoreKeys("hx", "one-fleet"));
            }
        );
}
