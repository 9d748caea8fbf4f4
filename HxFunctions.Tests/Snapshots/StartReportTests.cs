using HxFunctions.Core.Hosting;
using HxFunctions.Core.Snapshots;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace HxFunctions.Tests.Snapshots;

/// <summary>What is said at the start: the bounds that are promised, or what is wrong with the configuration.</summary>
public class StartReportTests
{
    [Theory]
    [InlineData("/v1/keys=local", "", 1, LogLevel.Information, 2203)]
    [InlineData("/v1/keys=local,qdrant", "http://127.0.0.1:6334", 1, LogLevel.Warning, 2202, 2203)]
    [InlineData("/v1/keys=postgres", "", 0, LogLevel.Error, 2201)]
    public async Task Start_is_told_and_nothing_is_checked_when_it_is_misconfigured(
        string routes,
        string qdrant,
        int checks,
        LogLevel first,
        params int[] events
    )
    {
        Dictionary<string, string?> variables = new() { ["GUARD_ROUTES"] = routes, ["QDRANT_URL"] = qdrant };
        ServiceCollection services = new();
        services
            .AddLogging(logging => logging.AddFakeLogging())
            .AddSingleton<TimeProvider>(new SimulatedTime())
            .AddHxFunctions(new ConfigurationBuilder().AddInMemoryCollection(variables).Build());
        SharedCheck check = new();
        check.AddTo(services);
        await using ServiceProvider provider = services.BuildServiceProvider();
        HealthMonitor monitor = provider.GetRequiredService<HealthMonitor>();
        await monitor.StartAsync(CancellationToken.None);
        await Eventually.TrueAsync(() => Records(provider).Length >= events.Length);
        await provider.GetRequiredService<CheckAll>().ByTimerAsync(CancellationToken.None);
        Assert.Equal(checks, check.Count);
        await monitor.StopAsync(CancellationToken.None);
        Assert.Equal(events, Records(provider).Select(r => r.Id.Id));
        Assert.Equal(first, Records(provider)[0].Level);
    }

    private static FakeLogRecord[] Records(ServiceProvider provider) =>
        [.. provider.GetRequiredService<FakeLogCollector>().GetSnapshot().Where(r => r.Category == typeof(StartReport).FullName)];
}
