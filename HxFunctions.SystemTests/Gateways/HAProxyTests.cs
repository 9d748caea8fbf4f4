using Xunit.Abstractions;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>The configuration of infra/gateways/haproxy in a real HAProxy.</summary>
public sealed class HAProxyTests(ModelBackendFixture fixture, ITestOutputHelper output) : GatewayMatrixTests(fixture, output)
{
    private protected override bool KeepsAnswers => true;

    private protected override async Task<IGateway> StartGatewayAsync(GatewaySetup setup) => await HAProxyGateway.StartAsync(setup);
}
