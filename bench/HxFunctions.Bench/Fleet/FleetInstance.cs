using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Guarding;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Snapshots;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace HxFunctions.Bench.Fleet;

/// <summary>One instance of a fleet: the product without its HTTP surface, its guard in use.</summary>
internal sealed class FleetInstance : IAsyncDisposable
{
    private static readonly TimeSpan BetweenRequests = TimeSpan.FromSeconds(1);

    private readonly IHost _host;
    private readonly CancellationTokenSource _stop = new();
    private readonly SnapshotBoard _board;
    private readonly int _index;
    private Task _using = Task.CompletedTask;

    private FleetInstance(IHost host, string dependency)
    {
        _host = host;
        _board = host.Services.GetRequiredService<SnapshotBoard>();
        _index = host.Services.GetRequiredService<DependencySet>().Find(dependency)!.Index;
    }

    public static async Task<FleetInstance> StartAsync(IReadOnlyDictionary<string, string?> variables, SharedCheck check)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(variables);
        builder.Services.AddLogging().AddHxFunctions(builder.Configuration);
        check.AddTo(builder.Services);
        FleetInstance instance = new(builder.Build(), check.Name);
        await instance._host.StartAsync();
        instance._using = Task.Run(instance.UseAsync);
        return instance;
    }

    /// <summary>What this instance goes by.</summary>
    public DependencyStatus Status => _board.Current.StatusAt(_index, BootTimeProvider.Instance.GetTimestamp());

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _using;
        await _host.StopAsync();
        // The provider has services that can be disposed of asynchronously only.
        await ((IAsyncDisposable)_host).DisposeAsync();
        _stop.Dispose();
    }

    private async Task UseAsync()
    {
        Guard guard = _host.Services.GetRequiredService<Guard>();
        while (!_stop.IsCancellationRequested)
        {
            await guard.DecideAsync("/v1/keys", "POST");
            await Task.Delay(BetweenRequests, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
