using HxFunctions.Tests.Http;
using HxFunctions.Tests.Serving;

namespace HxFunctions.Tests.Gateways;

/// <summary>The middleware before the real guard, with a key for the function that it asks and no other.</summary>
public sealed class RealGuardTests
{
    [Fact]
    public async Task Guarded_route_is_closed_and_a_model_route_passes_and_is_kept()
    {
        await using HxInstance guard = await StartGuardAsync(StubCheck.Failing());
        await using GatewayApp app = await StartAsync(guard);

        RawResponse refused = await app.SendAsync("POST", "/v1/keys/abc?x=1", "a body");
        Assert.Equal((503, "application/problem+json"), (refused.Status, refused.Headers["Content-Type"]));
        Assert.Contains("Gateway dependency unavailable: thing.", refused.Body, StringComparison.Ordinal);
        Assert.Equal(503, (await app.SendAsync("HEAD", "/v1//Keys")).Status);
        // No path, and so nothing that the guard can decide on: as if every rule matched.
        Assert.Equal(503, (await app.SendAsync("OPTIONS", "*")).Status);
        Assert.Empty(app.Arrived);

        Assert.Equal(200, (await app.SendAsync("POST", "/v1/chat/completions", "a body")).Status);
        await guard.DisposeAsync();
        Assert.Equal(200, (await app.SendAsync("POST", "/v1/chat/completions?again", "a body")).Status);
        Assert.Equal(503, (await app.SendAsync("POST", "/v1/keys/abc")).Status);
    }

    [Fact]
    public async Task Open_guarded_route_passes_and_the_canary_does_not()
    {
        await using HxInstance guard = await StartGuardAsync(new StubCheck());
        await using GatewayApp app = await StartAsync(guard);

        Assert.Equal(200, (await app.SendAsync("POST", "/v1/keys/abc")).Status);
        Assert.Equal(200, (await app.SendAsync("OPTIONS", "*")).Status);
        Assert.Equal(2, app.Arrived.Count);
        foreach (string target in new[] { "/.hx/canary", "/.HX/canary?x", "/x/..;/.hx//canary/" })
        {
            RawResponse refused = await app.SendAsync("GET", target);
            Assert.Equal(503, refused.Status);
            Assert.Contains("urn:hxfunctions:problem:canary", refused.Body, StringComparison.Ordinal);
        }

        Assert.Equal(2, app.Arrived.Count);
    }

    [Fact]
    public async Task Key_of_another_function_closes_everything()
    {
        await using HxInstance guard = await Surface.StartCheckedAsync(
            new StubCheck(),
            ("WRAPPER_KEYS", "GuardCheck:gateway=made-up-function-key"),
            ("GUARD_ROUTES", "/v1/keys=thing")
        );
        await using GatewayApp app = await StartAsync(guard);

        Assert.Equal(503, (await app.SendAsync("GET", "/v1/models")).Status);
        Assert.Equal(503, (await app.SendAsync("POST", "/v1/keys")).Status);
        Assert.Empty(app.Arrived);
    }

    private static Task<HxInstance> StartGuardAsync(StubCheck thing) =>
        Surface.StartCheckedAsync(thing, ("WRAPPER_KEYS", "Guard:gateway=made-up-function-key"), ("GUARD_ROUTES", "/v1/keys=thing"));

    private static Task<GatewayApp> StartAsync(HxInstance guard) =>
        GatewayApp.StartAsync(null, options => options.Url = guard.Address.ToString());
}
