using HxFunctions.Tests.Http;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.SystemTests.Gateways.Apim;

/// <summary>Two real guards, one open and one closed, and one that answers as told, for policies to ask. All need a key.</summary>
public sealed class PolicyFixture : IAsyncLifetime
{
    public const string Key = "made-up-function-key";

    internal HxInstance Open { get; private set; } = null!;

    internal HxInstance Closed { get; private set; } = null!;

    internal StandInServer StandIn { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        const string Routes = "/v1/keys=thing;/key=thing";
        Open = await Surface.StartCheckedAsync(new StubCheck(), ("WRAPPER_KEYS", Surface.Keys), ("GUARD_ROUTES", Routes));
        Closed = await Surface.StartCheckedAsync(StubCheck.Failing(), ("WRAPPER_KEYS", Surface.Keys), ("GUARD_ROUTES", Routes));
        StandIn = await StandInServer.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await Open.DisposeAsync();
        await Closed.DisposeAsync();
        await StandIn.DisposeAsync();
    }

    internal static string UrlOf(HxInstance hx) => hx.Address.ToString().TrimEnd('/');

    internal static PolicyGateway Gateway(
        string fragment,
        string url,
        string onUnreachable = "closed",
        string key = Key,
        TimeProvider? time = null
    ) =>
        PolicyGateway.Load(
            fragment,
            new Dictionary<string, string>
            {
                ["hx-guard-url"] = url,
                ["hx-guard-key"] = key,
                ["hx-guard-on-unreachable"] = onUnreachable,
            },
            time ?? new FakeTimeProvider()
        );
}
