using HxFunctions.Core.Telemetry;

namespace HxFunctions.Tests.Telemetry;

/// <summary>Alone, for other tests listen to every meter of this name in the process.</summary>
[Collection(AloneCollection.Name)]
public sealed class UnheardMeterTests
{
    [Fact]
    public void Decision_that_nobody_listens_to_allocates_nothing()
    {
        HxMeter meter = TestMeter.New();
        meter.Decision("/v1/keys", true, "enforce");
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
        {
            meter.Decision("/v1/keys", true, "enforce");
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
