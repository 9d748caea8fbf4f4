using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using Xunit.Abstractions;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>The configuration of infra/gateways/nginx in a real nginx.</summary>
public sealed class NginxTests(ModelBackendFixture fixture, ITestOutputHelper output) : GatewayMatrixTests(fixture, output)
{
    private protected override bool KeepsAnswers => true;

    /// <summary>An answer that may not be kept leaves the file of the earlier one where it is (proxy_no_cache).</summary>
    private protected override bool ForgetsAtOnce => false;

    private protected override async Task<IGateway> StartGatewayAsync(GatewaySetup setup) => await NginxServer.StartAsync(setup);

    /// <summary>However often it is asked for, and whether the guard has said since that it may not be kept. The clock is the
    /// test's.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Kept_answer_ends_with_its_hour(bool isGuardedLater)
    {
        await using StandInServer guard = await StandInServer.StartAsync();
        guard.Answer = KeepableAsync;
        await using IGateway gateway = await StartGatewayAsync(guard.Port);
        AssertPassed(await SendAsync("2026-10-25T02:00:00+02:00"));
        if (isGuardedLater)
        {
            int asked = 0;
            guard.Answer = context =>
            {
                asked++;
                return StandInServer.Say(200, "")(context);
            };
            await Eventually.TrueAsync(async () =>
            {
                AssertPassed(await SendAsync("2026-10-25T02:00:02+02:00"));
                return asked > 0;
            });
        }

        guard.Answer = StandInServer.Abort;

        AssertPassed(await SendAsync("2026-10-25T02:59:59+02:00"), "within the hour");
        AssertOwnWords(await SendAsync("2026-10-25T03:00:00+02:00"), "the next hour");
        // The clock is put back.
        AssertOwnWords(await SendAsync("2026-10-25T02:30:00+01:00"), "the hour that comes twice");
        AssertOwnWords(await SendAsync("2026-10-26T02:30:00+02:00"), "the same hour of another day");

        Task<RawResponse?> SendAsync(string now) =>
            gateway.SendAsync("POST", "/v1/chat/completions", "", $"{NginxServer.ClockHeader}: {now}");
    }
}
