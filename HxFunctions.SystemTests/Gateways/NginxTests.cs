using HxFunctions.Tests.Http;
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

    /// <summary>It asks once: the words of a refusal come with the verdict, so that the key needs nothing but /guard/check.</summary>
    [Fact]
    public async Task Key_for_checks_alone_is_enough()
    {
        await using HxInstance guard = await Surface.StartCheckedAsync(
            StubCheck.Failing(),
            ("WRAPPER_KEYS", $"GuardCheck:nginx={GatewaySetup.MadeUpKey}")
        );
        await using IGateway gateway = await StartGatewayAsync(guard);

        AssertGuardsWords(await gateway.SendAsync("POST", "/v1/keys", "a body"));
        AssertPassed(await gateway.SendAsync("POST", "/v1/models", "a body"));
    }

    /// <summary>With many dependencies they are longer than nginx' buffer for a head, which is one page by default.</summary>
    [Fact]
    public async Task Long_words_of_a_refusal_arrive()
    {
        string words = StandInServer.Closed.Replace("thing.", new string('t', 20_000), StringComparison.Ordinal);
        await using StandInServer guard = await StandInServer.StartAsync();
        guard.Answer = context =>
        {
            context.Response.Headers["x-hx-problem"] = words;
            context.Response.Headers.RetryAfter = "7";
            return StandInServer.Say(403, "")(context);
        };
        await using IGateway gateway = await StartGatewayAsync(guard.Port);

        RawResponse answer = (await gateway.SendAsync("POST", "/v1/keys"))!;

        Assert.Equal((503, words, "7"), (answer.Status, answer.Body, answer.Headers["Retry-After"]));
    }

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
