using System.Globalization;
using HxFunctions.Core.Configuration;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Commands;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using k8s.Models;

namespace HxFunctions.SystemTests.Infrastructure.Kubernetes;

/// <summary>What the probes of infra/kubernetes ask, put to a real <c>hx serve</c> with the ConfigMap's variables.</summary>
public sealed class KubernetesProbeTests
{
    private const string Ready = "GET /healthz/ready";

    /// <summary>The worst day for a new pod: nothing that it needs is there. It comes up all the same, says why, and lets the rest
    /// pass.</summary>
    [Fact]
    public async Task Pod_starts_while_every_dependency_is_down_and_answers()
    {
        Manifests manifests = await Manifests.RenderAsync("base");
        V1Container container = manifests.Container;
        int port = FreePort.Next();
        await using HxProcess hx = HxProcess.Start(
            "serve",
            null,
            [
                .. manifests.ConfigMap.Data.Select(pair => (pair.Key, (string?)pair.Value)),
                // Loopback for the pod's own address: the tests' machine has others.
                (Variables.WrapperHost, "127.0.0.1"),
                (Variables.WrapperPort, port.ToString(CultureInfo.InvariantCulture)),
                (Variables.PgUrl, $"postgresql://made-up@127.0.0.1:{FreePort.Next()}/llm"),
                (Variables.RedisUrl, $"redis://127.0.0.1:{FreePort.Next()}"),
                (Variables.WrapperKeys, "made-up=made-up-function-key"),
            ]
        );
        Uri address = new($"http://127.0.0.1:{port}");
        await hx.UntilPrintedAsync("listening on");

        // Ready at once, although it knows nothing. The first question makes it check: what is missing has a name soon.
        Assert.Equal(200, await StatusAsync(address, container.ReadinessProbe));
        Assert.Equal(200, await StatusAsync(address, container.LivenessProbe));
        await Eventually.TrueAsync(async () =>
        {
            RawResponse closed = await AskAsync(address, "/key/generate");
            Assert.Equal(503, closed.Status);
            return closed.Body.Contains("Gateway dependency unavailable: PostgreSQL, Redis.", StringComparison.Ordinal)
                && (await RawHttp.SendAsync(address, Ready)).Status == 200;
        });
        Assert.Equal(200, (await AskAsync(address, "/v1/models")).Status);
    }

    /// <summary>A pod that has lost its knowledge is no worse than none: it must not be taken from the Service.</summary>
    [Fact]
    public async Task Pod_that_knows_nothing_stays_in_and_still_lets_model_traffic_pass()
    {
        V1Container container = (await Manifests.RenderAsync("base")).Container;
        // The first check doesn't end, so nothing is known.
        TaskCompletionSource never = new();
        await using HxInstance hx = await Surface.StartAsync(
            new StubCheck { Until = never.Task },
            ("GUARD_ROUTES", "/key=thing"),
            ("HEALTH_CHECK_TIMEOUT", "60")
        );

        Assert.Equal(503, (await RawHttp.SendAsync(hx.Address, Ready)).Status);
        Assert.Equal(200, await StatusAsync(hx.Address, container.ReadinessProbe));
        Assert.Equal(200, await StatusAsync(hx.Address, container.LivenessProbe));
        Assert.Equal(200, (await AskAsync(hx.Address, "/v1/models")).Status);
        Assert.Equal(503, (await AskAsync(hx.Address, "/key/generate")).Status);
        Assert.Equal(503, (await RawHttp.SendAsync(hx.Address, Ready)).Status);
    }

    /// <summary>Each is answered before the kubelet gives up, and a restart takes longer than leaving the Service.</summary>
    [Theory]
    [InlineData("base")]
    [InlineData("overlays/example")]
    public async Task Probes_restart_last_and_least(string folder)
    {
        V1Container container = (await Manifests.RenderAsync(folder)).Container;

        Assert.Null(container.StartupProbe);
        Assert.Equal("/healthz/live", container.ReadinessProbe.HttpGet.Path);
        Assert.Equal("/healthz/live", container.LivenessProbe.HttpGet.Path);
        Assert.Equal(60, container.LivenessProbe.PeriodSeconds * container.LivenessProbe.FailureThreshold);
        Assert.InRange(container.ReadinessProbe.PeriodSeconds!.Value * container.ReadinessProbe.FailureThreshold!.Value, 1, 10);
    }

    private static async Task<int> StatusAsync(Uri address, V1Probe probe) =>
        (await RawHttp.SendAsync(address, $"GET {probe.HttpGet.Path}")).Status;

    private static Task<RawResponse> AskAsync(Uri address, string path) =>
        RawHttp.SendAsync(address, "GET /guard", "", Surface.FunctionKey, $"X-Original-URI: {path}", "X-Original-Method: POST");
}
