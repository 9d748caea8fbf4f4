using HxFunctions.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HxFunctions.Tests.Http;

/// <summary>Starts the product with a stub called <c>thing</c> as its only dependency, which <c>/v1/keys</c> needs, and no Redis: it works
/// alone.</summary>
internal static class Surface
{
    public const string FunctionKey = "x-functions-key: made-up-function-key";
    public const string MasterKey = "x-functions-key: made-up-master-key-of-tests";
    public const string Keys = "gateway=made-up-function-key;master=made-up-master-key-of-tests";

    /// <summary>The timer is far away and one outcome decides, so that nothing happens but what a test does.</summary>
    private static readonly Dictionary<string, string?> Defaults = new()
    {
        ["GUARD_ROUTES"] = "/v1/keys=thing",
        ["HEALTH_CHECK_INTERVAL"] = "3600",
        ["GUARD_MAX_STALENESS"] = "0.3",
        ["HEALTH_FALL"] = "1",
        ["HEALTH_RISE"] = "1",
    };

    /// <param name="thing">The stub; <see langword="null"/>: none is registered.</param>
    public static Task<HxInstance> StartAsync(StubCheck? thing, params (string Name, string? Value)[] variables)
    {
        Dictionary<string, string?> all = new(Defaults);
        foreach ((string name, string? value) in variables)
        {
            all[name] = value;
        }

        return HxInstance.StartAsync(
            all,
            services =>
            {
                if (thing is null)
                {
                    return;
                }

                services.AddHealthChecks().Add(new HealthCheckRegistration("thing", thing, null, null, TimeSpan.FromSeconds(20)));
            }
        );
    }

    /// <summary>The same, with the dependency checked already.</summary>
    public static async Task<HxInstance> StartCheckedAsync(StubCheck thing, params (string Name, string? Value)[] variables)
    {
        HxInstance instance = await StartAsync(thing, variables);
        await instance.RawAsync("GET /health/all?live=true", MasterKey);
        return instance;
    }

    /// <summary>Sends a request line and headers as they are.</summary>
    public static Task<RawResponse> RawAsync(this HxInstance instance, string requestLine, params string[] headers) =>
        RawHttp.SendAsync(instance.Address, requestLine, "", headers);
}

/// <summary>An instance without keys whose dependency passes, for tests that change nothing.</summary>
public sealed class PassingSurface : IAsyncLifetime
{
    internal HxInstance Instance { get; private set; } = null!;

    public async Task InitializeAsync() => Instance = await Surface.StartCheckedAsync(new StubCheck());

    public async Task DisposeAsync() => await Instance.DisposeAsync();
}

/// <summary>The same with one that fails.</summary>
public sealed class FailingSurface : IAsyncLifetime
{
    internal HxInstance Instance { get; private set; } = null!;

    public async Task InitializeAsync() => Instance = await Surface.StartCheckedAsync(StubCheck.Failing());

    public async Task DisposeAsync() => await Instance.DisposeAsync();
}
