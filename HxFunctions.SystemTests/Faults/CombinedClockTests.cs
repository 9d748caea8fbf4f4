using System.Net;
using System.Text;
using System.Text.Json;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Integration;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;

namespace HxFunctions.SystemTests.Faults;

/// <summary>Wall clocks are set, by hours: that of an instance, and that of a real redis-server, by which its keys expire.</summary>
public sealed class CombinedClockTests
{
    private const string Route = "/v1/teams";

    private static readonly TimeSpan[] Jumps = [TimeSpan.FromHours(3), TimeSpan.FromHours(-3), TimeSpan.FromSeconds(-20), TimeSpan.Zero];

    [Fact]
    public async Task Instance_whose_wall_clock_is_set_goes_on_as_if_nothing_were()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        SharedCheck check = new();
        SetTime time = new();
        await using HxInstance set = await StartAsync(redis, check, time),
            other = await StartAsync(redis, check);
        await using Traffic traffic = await Traffic.StartAsync([set, other], Route);
        foreach (TimeSpan jump in Jumps)
        {
            time.Ahead = jump;
            int checks = check.Count;
            await Eventually.TrueAsync(() => check.Count > checks + 6);
            Assert.InRange((await set.GuardAsync(Route)).Json.GetProperty("ageSeconds").GetDouble(), 0, Fleet.Patience.TotalSeconds);
            await IsReadableAsync(set, other);
        }

        traffic.AssertOpenAndQuick(Fleet.Patience);
        await traffic.DisposeAsync();
        foreach (TimeSpan jump in Jumps)
        {
            time.Ahead = jump;
            await FailsAndRecoversAsync(check, set, other);
        }
    }

    [Fact]
    public async Task Redis_whose_clock_is_set_loses_no_verdict_and_hides_no_failure()
    {
        await using RedisServer redis = await RedisServer.StartAsync(new() { ClockCanBeSet = true });
        SharedCheck check = new();
        await using HxInstance a = await StartAsync(redis, check),
            b = await StartAsync(redis, check);
        await using Traffic traffic = await Traffic.StartAsync([a, b], "/v1/keys");
        foreach (TimeSpan jump in Jumps)
        {
            await redis.SetClockAsync(jump);
            int checks = check.Count;
            await Eventually.TrueAsync(() => check.Count > checks + 6);
            await Fleet.LeaderAsync(redis, a, b);
            await IsReadableAsync(a, b);
        }

        traffic.AssertOpenAndQuick(Fleet.Patience);
        await traffic.DisposeAsync();
        foreach (TimeSpan jump in Jumps)
        {
            await redis.SetClockAsync(jump);
            await FailsAndRecoversAsync(check, a, b);
        }
    }

    /// <summary>All instances are gone, the clock is set, and what was up is down: whoever comes then knows nothing, until it has
    /// looked.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(-3)]
    public async Task Pass_from_before_the_clock_of_Redis_was_set_opens_nothing_for_a_new_instance(int hours)
    {
        await using RedisServer redis = await RedisServer.StartAsync(new() { ClockCanBeSet = true });
        await using (HxInstance before = await StartAsync(redis, new SharedCheck()))
        {
            await before.UntilAsync(HttpStatusCode.OK, Fleet.Patience, Route);
            await redis.CommandAsync("PERSIST", Fleet.KeysOf(before).Snapshot);
        }

        await redis.SetClockAsync(TimeSpan.FromHours(hours));
        SharedCheck hanging = new();
        hanging.Hang();
        await using HxInstance after = await StartAsync(redis, hanging);
        for (int i = 0; i < 5; i++)
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await after.GuardAsync(Route)).Status);
        }

        hanging.LetGo();
        await after.UntilAsync(HttpStatusCode.OK, Fleet.Patience, Route);
    }

    /// <summary>Redis expires it at once, or keeps it for three hours more: it lasts for as long as its operator said.</summary>
    [Theory]
    [InlineData(3)]
    [InlineData(-3)]
    public async Task Override_lasts_as_long_as_it_was_to_when_the_clock_of_Redis_is_set(int hours)
    {
        await using RedisServer redis = await RedisServer.StartAsync(new() { ClockCanBeSet = true });
        await using HxInstance a = await StartAsync(redis, new SharedCheck()),
            b = await StartAsync(redis, new SharedCheck());
        foreach (HxInstance hx in new[] { a, b })
        {
            await hx.UntilAsync(HttpStatusCode.OK, Fleet.Patience, Route);
        }

        long set = Environment.TickCount64;
        await CloseAsync(a, 5);
        await b.UntilAsync(HttpStatusCode.ServiceUnavailable, Fleet.Patience, Route);
        await redis.SetClockAsync(TimeSpan.FromHours(hours));
        while (Environment.TickCount64 - set < 4_500)
        {
            Assert.All(
                await Task.WhenAll(a.GuardAsync(Route), b.GuardAsync(Route)),
                answer =>
                    Assert.True(answer.Status == HttpStatusCode.ServiceUnavailable || Environment.TickCount64 - set >= 5_000, answer.Body)
            );
            await Task.Delay(50);
        }

        foreach (HxInstance hx in new[] { a, b })
        {
            await hx.UntilAsync(HttpStatusCode.OK, Fleet.Patience, Route);
        }
        // It doesn't come back with the next reads.
        for (int i = 0; i < 20; i++)
        {
            Assert.All(
                await Task.WhenAll(a.GuardAsync(Route), b.GuardAsync(Route)),
                answer => Assert.Equal(HttpStatusCode.OK, answer.Status)
            );
            await Task.Delay(50);
        }

        // And one that is set, or cleared, from now on counts.
        await CloseAsync(b, 600);
        await a.UntilAsync(HttpStatusCode.ServiceUnavailable, Fleet.Patience, Route);
        await redis.SetClockAsync(TimeSpan.FromHours(hours - 6));
        Assert.Equal(HttpStatusCode.OK, (await a.GetAsync("override", HttpMethod.Delete)).Status);
        foreach (HxInstance hx in new[] { a, b })
        {
            await hx.UntilAsync(HttpStatusCode.OK, Fleet.Patience, Route);
        }

        await Eventually.TrueAsync(() => a.Snapshot.Override is { Value: null } && b.Snapshot.Override is { Value: null });
    }

    private static async Task FailsAndRecoversAsync(SharedCheck check, params HxInstance[] fleet)
    {
        check.IsDown = true;
        foreach (HxInstance hx in fleet)
        {
            await hx.UntilAsync(HttpStatusCode.ServiceUnavailable, Fleet.Patience, Route);
        }

        Assert.All(
            await Task.WhenAll(fleet.Select(hx => hx.GuardAsync(Route))),
            answer => Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.Status)
        );
        check.IsDown = false;
        foreach (HxInstance hx in fleet)
        {
            await hx.UntilAsync(HttpStatusCode.OK, Fleet.Patience, Route);
        }
    }

    /// <summary>The history has entries of several times, in the order in which they came.</summary>
    private static async Task IsReadableAsync(params HxInstance[] fleet)
    {
        foreach (HxInstance hx in fleet)
        {
            Assert.Equal(HttpStatusCode.OK, (await hx.GetAsync("status")).Status);
            HxInstance.Answer history = await hx.GetAsync("status/history");
            Assert.Equal(HttpStatusCode.OK, history.Status);
            Assert.Equal(JsonValueKind.Object, history.Json.ValueKind);
            Assert.Equal(HttpStatusCode.OK, (await hx.GetAsync("health/all")).Status);
        }
    }

    private static async Task CloseAsync(HxInstance hx, int seconds)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "override");
        request.Content = new StringContent(
            $$"""{"verdict":"closed","durationSeconds":{{seconds}},"reason":"maintenance","by":"ops"}""",
            Encoding.UTF8,
            "application/json"
        );
        Assert.Equal(HttpStatusCode.OK, (await hx.SendAsync(request)).Status);
    }

    private static Task<HxInstance> StartAsync(RedisServer redis, SharedCheck check, TimeProvider? time = null) =>
        HxInstance.StartAsync(
            Fleet.Variables(redis.Url),
            services =>
            {
                check.AddTo(services);
                if (time is not null)
                {
                    services.AddSingleton(time);
                }
            }
        );

    /// <summary>A wall clock that can be set; the monotonic one and the timers go on.</summary>
    private sealed class SetTime : TimeProvider
    {
        private long _ahead;

        public TimeSpan Ahead
        {
            set => Interlocked.Exchange(ref _ahead, value.Ticks);
        }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(Interlocked.Read(ref _ahead));
    }
}
