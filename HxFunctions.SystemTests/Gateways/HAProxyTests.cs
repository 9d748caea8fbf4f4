using System.Diagnostics;
using HxFunctions.Tests.Serving;
using Xunit.Abstractions;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>The configuration of infra/gateways/haproxy in a real HAProxy.</summary>
public sealed class HAProxyTests(ModelBackendFixture fixture, ITestOutputHelper output) : GatewayMatrixTests(fixture, output)
{
    private protected override bool KeepsAnswers => true;

    private protected override async Task<IGateway> StartGatewayAsync(GatewaySetup setup) => await HAProxyGateway.StartAsync(setup);

    /// <summary>One request a second waits for a guard that hangs, for 2 s; the others with a kept answer pass at once. Without it all
    /// those of these 2 s would wait as well.</summary>
    [Fact]
    public async Task Few_wait_for_a_guard_that_hangs()
    {
        await using StandInServer guard = await StandInServer.StartAsync();
        guard.Answer = KeepableAsync;
        await using IGateway gateway = await StartGatewayAsync(new GatewaySetup(guard.Port, Backend.Port) { IsPatient = false });
        AssertPassed(await gateway.SendAsync("POST", "/v1/chat/completions"));
        int asked = 0;
        guard.Answer = context =>
        {
            Interlocked.Increment(ref asked);
            return StandInServer.NeverAsync(context);
        };
        // Until it is known to hang.
        while (Volatile.Read(ref asked) == 0)
        {
            AssertPassed(await gateway.SendAsync("POST", "/v1/chat/completions"));
        }

        int before = Volatile.Read(ref asked);
        List<Task<RawResponse?>> requests = [];
        long since = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(since).TotalSeconds < 5)
        {
            requests.Add(gateway.SendAsync("POST", "/v1/chat/completions"));
            await Task.Delay(50);
        }

        Assert.All(await Task.WhenAll(requests), answer => AssertPassed(answer));
        // One a second asks, and waits; a few more may be on their way when the last one gives up.
        double seconds = Stopwatch.GetElapsedTime(since).TotalSeconds;
        int waited = Volatile.Read(ref asked) - before;
        Assert.True(waited >= 1 && waited <= 4 + (1.5 * seconds), $"{waited} of {requests.Count} waited in {seconds:0} s");
    }
}
