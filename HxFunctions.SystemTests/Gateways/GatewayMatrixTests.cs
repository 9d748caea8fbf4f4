using System.Text.Json;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Serving;
using Xunit.Abstractions;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>What every gateway with its ready files has to do, before the real guard and a real Starlette. Derived once per
/// gateway.</summary>
public abstract partial class GatewayMatrixTests(ModelBackendFixture fixture, ITestOutputHelper output) : IClassFixture<ModelBackendFixture>
{
    private const string Rules = "/v1/keys=thing;/key=thing;/v1/mixed POST=thing";

    /// <summary>The refusal of a gateway that got no usable answer.</summary>
    private const string OwnWords = "The guard gave no usable answer.";

    private protected ModelBackend Backend => fixture.Backend;

    /// <summary>Whether paths that no rule guards pass without the guard, when they were asked about within the hour.</summary>
    private protected abstract bool KeepsAnswers { get; }

    /// <summary>Whether an answer that may not be kept ends an earlier one that was. If not, the earlier one ends with its hour.</summary>
    private protected virtual bool ForgetsAtOnce => KeepsAnswers;

    private protected abstract Task<IGateway> StartGatewayAsync(GatewaySetup setup);

    private protected Task<IGateway> StartGatewayAsync(int guardPort) => StartGatewayAsync(new GatewaySetup(guardPort, Backend.Port));

    private protected Task<IGateway> StartGatewayAsync(HxInstance guard) => StartGatewayAsync(guard.Address.Port);

    private protected static Task<HxInstance> StartGuardAsync(StubCheck thing) =>
        Surface.StartCheckedAsync(thing, ("WRAPPER_KEYS", Surface.Keys), ("GUARD_ROUTES", Rules));

    private protected static void AssertOwnWords(RawResponse? answer, string what = "")
    {
        Assert.True(answer is not null, what);
        Assert.True(
            (answer.Status, answer.Headers.GetValueOrDefault("Content-Type"), answer.Headers.GetValueOrDefault("Retry-After"))
                is (503, "application/problem+json", "5"),
            $"{what}: {answer.Status} {string.Join("; ", answer.Headers)} {answer.Body}"
        );
        Assert.Equal("no-store", answer.Headers["Cache-Control"]);
        JsonElement problem = JsonDocument.Parse(answer.Body).RootElement;
        Assert.Equal(
            ("urn:hxfunctions:problem:guard-unreachable", OwnWords, "closed"),
            (problem.GetProperty("type").GetString(), problem.GetProperty("detail").GetString(), problem.GetProperty("verdict").GetString())
        );
    }

    private protected static void AssertGuardsWords(RawResponse? answer, string what = "")
    {
        Assert.True(answer is not null, what);
        Assert.True(answer.Status == 503 && answer.Headers.ContainsKey("x-hx-verdict"), $"{what}: {answer.Status} {answer.Body}");
        Assert.Equal(
            ("application/problem+json", "no-store", "closed"),
            (answer.Headers["Content-Type"], answer.Headers["Cache-Control"], answer.Headers["x-hx-verdict"])
        );
        JsonElement problem = JsonDocument.Parse(answer.Body).RootElement;
        Assert.Equal("Gateway dependency unavailable: thing.", problem.GetProperty("detail").GetString());
        Assert.Equal(problem.GetProperty("retryAfterSeconds").GetRawText(), answer.Headers["Retry-After"]);
    }

    /// <summary>The backend's own answer, passed through.</summary>
    private protected static void AssertPassed(RawResponse? answer, string what = "") =>
        Assert.True(answer?.Headers.ContainsKey("x-backend") == true, $"{what}: {answer?.Status} {answer?.Body}");
}
