using HxFunctions.Tests.Http;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using Microsoft.AspNetCore.Http;
using Xunit.Abstractions;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>The configuration of infra/gateways/caddy in a real Caddy.</summary>
public sealed class CaddyTests(ModelBackendFixture fixture, ITestOutputHelper output) : GatewayMatrixTests(fixture, output)
{
    /// <summary>Debian's has no cache for answers.</summary>
    private protected override bool KeepsAnswers => false;

    private protected override async Task<IGateway> StartGatewayAsync(GatewaySetup setup) => await CaddyServer.StartAsync(setup);

    /// <summary>Neither one that runs nor one whose answer hasn't begun; and what comes next is asked about and passes.</summary>
    [Fact]
    public async Task Reload_cuts_no_request()
    {
        await using HxInstance guard = await StartGuardAsync(StubCheck.Failing());
        await using StandInServer backend = await StandInServer.StartAsync();
        await using CaddyServer gateway = await CaddyServer.StartAsync(new GatewaySetup(guard.Address.Port, backend.Port));
        using HttpClient client = GatewayRequests.NewClient();
        TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously),
            reloaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
        backend.Answer = async context =>
        {
            if (context.Request.Path == "/v1/events")
            {
                await context.Response.WriteAsync("first ");
            }
            else
            {
                arrived.TrySetResult();
            }

            await reloaded.Task;
            await context.Response.WriteAsync("last");
        };

        using HttpResponseMessage events = await client.GetAsync(gateway.Url("/v1/events"), HttpCompletionOption.ResponseHeadersRead);
        Task<string> waiting = client.GetStringAsync(gateway.Url("/v1/models"));
        await arrived.Task.WaitAsync(Eventually.Patience);
        await gateway.ReloadAsync();
        reloaded.SetResult();

        Assert.Equal("first last", await events.Content.ReadAsStringAsync());
        Assert.Equal("last", await waiting);
        Assert.Equal("last", await client.GetStringAsync(gateway.Url("/v1/models")));
        Assert.Equal(503, (await gateway.SendAsync("GET", "/v1/keys"))!.Status);
    }

    /// <summary>A model doesn't go on for nobody.</summary>
    [Fact]
    public async Task Caller_that_leaves_ends_the_request_at_the_backend()
    {
        await using HxInstance guard = await StartGuardAsync(new StubCheck());
        await using StandInServer backend = await StandInServer.StartAsync();
        await using CaddyServer gateway = await CaddyServer.StartAsync(new GatewaySetup(guard.Address.Port, backend.Port));
        using HttpClient client = GatewayRequests.NewClient();
        using CancellationTokenSource leaves = new();
        TaskCompletionSource arrived = new(TaskCreationOptions.RunContinuationsAsynchronously),
            ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        backend.Answer = async context =>
        {
            arrived.SetResult();
            await StandInServer.NeverAsync(context);
            ended.SetResult();
        };

        Task<HttpResponseMessage> request = client.GetAsync(gateway.Url("/v1/models"), leaves.Token);
        await arrived.Task.WaitAsync(Eventually.Patience);
        await leaves.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        await ended.Task.WaitAsync(Eventually.Patience);
    }
}
