using HxFunctions.Core.Telemetry;

namespace HxFunctions.Tests.Telemetry;

/// <summary>Alone, for other tests listen to every meter of this name in the process.</summary>
[Collection(AloneCollection.Name)]
public sealed class UnheardMeterTests
{
    [Fact]
    public async Task Decision_that_nobody_listens_to_allocates_nothing()
    {
        HxMeter meter = TestMeter.New();
        Assert.Equal(0, await Allocations.OfAsync(1000, () => meter.Decision("/v1/keys", true, "enforce")));
    }
}
