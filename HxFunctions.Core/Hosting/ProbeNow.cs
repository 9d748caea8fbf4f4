using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Telemetry;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Core.Hosting;

/// <summary>Probes everything once, past any snapshot: for commands, which have no monitor running.</summary>
internal static class ProbeNow
{
    /// <summary>Probes every dependency once, all at the same time, under the product's own deadlines.</summary>
    /// <param name="logging">Where the drivers' errors go; nowhere by default.</param>
    public static async Task<IReadOnlyList<(Dependency Dependency, ProbeOutcome Outcome)>> AllAsync(
        HxSettings settings,
        Action<ILoggingBuilder>? logging = null
    )
    {
        await using ServiceProvider services = new ServiceCollection()
            .AddLogging(logging ?? (_ => { }))
            .AddHxFunctions(settings)
            .BuildServiceProvider();
        DependencySet dependencies = services.GetRequiredService<DependencySet>();
        return await Task.WhenAll(dependencies.Select(async dependency => (dependency, await ProbeAsync(services, dependency, settings))));
    }

    private static Task<ProbeOutcome> ProbeAsync(ServiceProvider services, Dependency dependency, HxSettings settings) =>
        new DependencyProbe(
            dependency,
            services.GetRequiredService<IServiceScopeFactory>(),
            TimeProvider.System,
            services.GetRequiredService<Redactor>(),
            services.GetRequiredService<HxMeter>(),
            services.GetRequiredService<ILogger<DependencyProbe>>()
        ).ProbeAsync(settings.CheckTimeout);
}
