using System.Diagnostics;
using System.Net;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Hosting;
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
    private static readonly TimeSpan AlonePace = 4 * Fleet.Staleness;

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
            isolated.Snapshot.StatusAt(0, BootTimeProvider.Instance.GetTimestamp()) == Core.Dependencies.DependencyStatus.Fail
        );
        long since = Stopwatch.GetTimestamp();
        int oursBefore = ours.Count,
            extraBefore = ourExtra.Count;
        await Task.Delay(2.5 * Fleet.Interval);
        int begun = ours.Count - oursBefore,
            extraBegun = ourExtra.Count - extraBefore;

        // Its own probes begin four times the staleness after the last check that it knows of, or up to a fifth earlier, and keep that
        // distance. Counted, not measured one by one: after a probe that a busy machine begins late, the next one seems early.
        int most = (int)(Stopwatch.GetElapsedTime(since) / (0.8 * AlonePace)) + 1;
        Assert.InRange(begun, 2, most);
        Assert.All(
            ours.Starts.Zip(ours.Starts.Skip(1), Stopwatch.GetElapsedTime),
            gap => Assert.InRange(gap, TimeSpan.Zero, AlonePace + Fleet.Slack)
        );
        // So what failed stays named, also where Redis closes the rule already.
        Assert.InRange(extraBegun, 2, most);
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
        // Until it has read the records again it probes for itself: at its own pace, and at the guard's pace from when Redis is seen to
        // work.
        Assert.InRange(ours.Count - before, 0, 2 + (int)(back / Fleet.Staleness));
        (TimeSpan reopened, _) = await isolated.UntilAsync(HttpStatusCode.OK, Fleet.Patience, "/v1/cache");
        Assert.InRange(reopened, TimeSpan.Zero, TimeSpan.FromSeconds(2) + Fleet.Slack);
        // From here it can be reached: whoever finds it so takes the lease over, and opens the routes of all.
        await isolated.UntilAsync(HttpStatusCode.OK, Fleet.Patience);
        (TimeSpan opened, _) = await connected.UntilAsync(HttpStatusCode.OK, Fleet.Patience, "/v1/teams");
        Assert.InRange(
            opened,
            TimeSpan.Zero,
            DetectionBounds.From(isolated.Services.GetRequiredService<HxSettings>()).OneCutOff + Fleet.Slack
        );
        Assert.Equal(Fleet.IdOf(isolated), await redis.CommandAsync("GET", Fleet.KeysOf(isolated).Lease));
        Assert.Equal(Fleet.IdOf(isolated), connected.Snapshot.Dependencies[1].Record!.Source);
        // What speaks for itself alone probes aside, and keeps no record.
        before = theirs.Count;
        await Eventually.TrueAsync(() => theirs.Count >= before + 2);
        Assert.Equal(Fleet.IdOf(isolated), connected.Snapshot.Dependencies[1].Record!.Source);
        Assert.Equal(HttpStatusCode.OK, (await connected.GuardAsync("/v1/teams")).Status);
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
