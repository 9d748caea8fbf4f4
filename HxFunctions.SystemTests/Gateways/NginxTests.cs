using Xunit.Abstractions;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>The configuration of infra/gateways/nginx in a real nginx.</summary>
public sealed class NginxTests(ModelBackendFixture fixture, ITestOutputHelper output) : GatewayMatrixTests(fixture, output)
{
    private protected override bool KeepsAnswers => true;

    private protected override async Task<IGateway> StartGatewayAsync(GatewaySetup setup) => await NginxServer.StartAsync(setup);
}
