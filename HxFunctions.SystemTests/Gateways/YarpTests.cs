using Xunit.Abstractions;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>samples/YarpGateway, and so the package HxFunctions.AspNetCore, as a process.</summary>
public sealed class YarpTests(ModelBackendFixture fixture, ITestOutputHelper output) : GatewayMatrixTests(fixture, output)
{
    private protected override bool KeepsAnswers => true;

    private protected override async Task<IGateway> StartGatewayAsync(GatewaySetup setup) => await YarpServer.StartAsync(setup);
}
