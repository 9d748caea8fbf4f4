using System.Diagnostics;
using System.Net;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Integration;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HxFunctions.SystemTests.Faults;

/// <summary>A third-party check that never returns, deaf to its token and holding its thread, while Redis comes and goes.</summary>
public sealed class CombinedForeignCheckTests
{
    [Fact]
    public async Task Check_that_never_returns_costs_one_thread_and_its_own_route_only()
    {
        await using RedisServer redis = await RedisServer.StartAsync();
        using ManualResetEventSlim release = new();
        int calls = 0;
        bool blocks = false;
        SharedCheck local = new();
        HxInstance hx = await HxInstance.StartAsync(
            Fleet.Variables(redis.Url, ("GUARD_ROUTES", "/v1/keys=redis,local; /v1/teams=local; /v1/deaf=deaf")),
            services =>
            {
                local.AddTo(services);
                services
                    .AddHealthChecks()
                    .AddCheck(
                        "deaf",
                        () =>
                        {
                            if (!Volatile.Read(ref blocks))
                            {
                                return HealthCheckResult.Healthy();
                            }

                            Interlocked.Increment(ref calls);
                            release.Wait(CancellationToken.None);
                            return HealthCheckResult.Healthy();
                        },
                        timeout: TimeSpan.FromMilliseconds(500)
                    );
            }
        );
        foreach (string path in new[] { "/v1/keys", "/v1/deaf" })
        {
            await hx.UntilAsync(HttpStatusCode.OK, Fleet.Patience, path);
        }

        Volatile.Write(ref blocks, true);
        await hx.UntilAsync(HttpStatusCode.ServiceUnavailable, Fleet.Patience, "/v1/deaf");
        await redis.KillAsync();
        await hx.UntilAsync(HttpStatusCode.ServiceUnavailable, Fleet.Patience, "/v1/keys");
        Assert.Equal(HttpStatusCode.OK, (await hx.GuardAsync("/v1/teams")).Status);
        local.IsDown = true;
        await hx.UntilAsync(HttpStatusCode.ServiceUnavailable, Fleet.Patience, "/v1/teams");
        local.IsDown = false;
        await redis.StartAgainAsync();
        foreach (string path in new[] { "/v1/teams", "/v1/keys" })
        {
            await hx.UntilAsync(HttpStatusCode.OK, Fleet.Patience, path);
        }

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await hx.GuardAsync("/v1/deaf")).Status);
        // It is given up after 30 s at the earliest.
        Assert.InRange(Volatile.Read(ref calls), 1, 2);

        // Nor does the end of the process wait for it.
        long stopping = Stopwatch.GetTimestamp();
        await hx.DisposeAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(stopping), TimeSpan.Zero, TimeSpan.FromSeconds(10));
        release.Set();
    }
}
