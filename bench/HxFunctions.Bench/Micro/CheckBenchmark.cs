using BenchmarkDotNet.Attributes;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Hosting;
using HxFunctions.Core.Notifications;
using HxFunctions.Core.Snapshots;
using HxFunctions.Core.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Bench.Micro;

/// <summary>One check of a dependency that answers at once: the probe with its deadline, hysteresis, the record, the new snapshot. Not
/// stored.</summary>
[MemoryDiagnoser]
public class CheckBenchmark
{
    private ServiceProvider _services = null!;
    private DependencyChecker _checker = null!;

    [GlobalSetup]
    public void Start()
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["GUARD_ROUTES"] = "/v1/keys=instant" })
            .Build();
        IServiceCollection services = new ServiceCollection().AddLogging().AddHxFunctions(configuration);
        services.AddHealthChecks().AddCheck("instant", () => HealthCheckResult.Healthy());
        _services = services.BuildServiceProvider();
        Dependency dependency = Get<DependencySet>().Single();
        DependencyProbe probe = new(
            dependency,
            Get<IServiceScopeFactory>(),
            TimeProvider.System,
            TaskScheduler.Default,
            Get<Redactor>(),
            Get<HxMeter>(),
            Get<ILogger<DependencyProbe>>()
        );
        _checker = new(
            dependency,
            probe,
            new ProbeWarmUp(Task.CompletedTask, TimeProvider.System),
            Get<HxSettings>(),
            Get<SnapshotBoard>(),
            null,
            Get<InstanceId>(),
            TimeProvider.System,
            TaskScheduler.Default,
            Get<TransitionNotifier>(),
            Get<HxMeter>(),
            Get<ILogger<DependencyChecker>>()
        );
    }

    [GlobalCleanup]
    public async Task StopAsync()
    {
        DependencyStatus status = Get<SnapshotBoard>().Current.Dependencies[0].Record!.State.Status;
        await _services.DisposeAsync();
        if (status != DependencyStatus.Pass)
        {
            throw new InvalidOperationException($"The check came to {status}.");
        }
    }

    [Benchmark]
    public Task Check() => _checker.CheckAsync();

    private T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();
}
