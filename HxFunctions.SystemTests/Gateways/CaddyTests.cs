using Xunit.Abstractions;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>The configuration of infra/gateways/caddy in a real Caddy.</summary>
public sealed class CaddyTests(ModelBackendFixture fixture, ITestOutputHelper output) : GatewayMatrixTests(fixture, output)
{
    /// <summary>Debian's has no cache for answers.</summary>
    private protected override bool KeepsAnswers => false;

    private protected override async Task<IGateway> StartGatewayAsync(GatewaySetup setup) => await CaddyServer.StartAsync(setup);
}
