using System.Diagnostics.Metrics;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;
using HxFunctions.Core.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Core.Hosting;

/// <summary>What came of a dependency's probes.</summary>
/// <param name="Outcome">The last probe's.</param>
/// <param name="Steps">What that one tried, in order.</param>
internal sealed record ProbeReport(Dependency Dependency, ProbeOutcome Outcome, IReadOnlyList<ProbeStep> Steps);

/// <summary>Probes everything, past any snapshot: for commands, which have no monitor running.</summary>
internal static class ProbeNow
{
    /// <summary>Probes every dependency, all at the same time, under the product's own deadlines. What fails is confirmed by a second
    /// probe, as in a running app, unless the first one's reason is definite.</summary>
    /// <param name="logging">Where the drivers' errors go; nowhere by default.</param>
    public static async Task<IReadOnlyList<ProbeReport>> AllAsync(HxSettings settings, Action<ILoggingBuilder>? logging = null)
    {
        await new ProbeWarmUp(DriverWarmUp.Begin(settings), TimeProvider.System).WaitAsync();
        return await ProbeAsync(settings, confirms: true, logging);
    }

    /// <summary>Probes every dependency once, however cold the process is.</summary>
    public static Task OnceAsync(HxSettings settings) => ProbeAsync(settings, confirms: false, null);

    private static async Task<ProbeReport[]> ProbeAsync(HxSettings settings, bool confirms, Action<ILoggingBuilder>? logging)
    {
        await using ServiceProvider services = new ServiceCollection()
            .AddLogging(logging ?? (_ => { }))
            .AddHxFunctions(settings)
            .AddSingleton(provider => new HxMeter(provider.GetRequiredService<IMeterFactory>(), HxMeter.UnheardName))
            .BuildServiceProvider();
        DependencySet dependencies = services.GetRequiredService<DependencySet>();
        return await Task.WhenAll(dependencies.Select(dependency => ProbeAsync(services, dependency, confirms)));
    }

    private static async Task<ProbeReport> ProbeAsync(ServiceProvider services, Dependency dependency, bool confirms)
    {
        DependencyProbe probe = new(
            dependency,
            services.GetRequiredService<IServiceScopeFactory>(),
            TimeProvider.System,
            TaskScheduler.Default,
            services.GetRequiredService<Redactor>(),
            services.GetRequiredService<HxMeter>(),
            services.GetRequiredService<ILogger<DependencyProbe>>()
        );
        ProbeReport first = await ProbeAsync(probe, dependency);
        if (!confirms || !first.Outcome.Failed || Reasons.IsDefinite(first.Outcome.Reason))
        {
            return first;
        }

        await Task.Delay(DependencyChecker.ConfirmAfter);
        return await ProbeAsync(probe, dependency);
    }

    private static async Task<ProbeReport> ProbeAsync(DependencyProbe probe, Dependency dependency)
    {
        ProbeRun run = new(TimeProvider.System, dependency.Timeout);
        ProbeOutcome outcome = await probe.ProbeAsync(run);
        return new(dependency, outcome, run.Steps);
    }
}
