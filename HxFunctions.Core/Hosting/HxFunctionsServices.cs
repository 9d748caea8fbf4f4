using Azure.Core;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Guarding;
using HxFunctions.Core.Http;
using HxFunctions.Core.Http.Status;
using HxFunctions.Core.Notifications;
using HxFunctions.Core.Routing;
using HxFunctions.Core.Snapshots;
using HxFunctions.Core.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace HxFunctions.Core.Hosting;

/// <summary>Registers the services that both hosts share. Exporters are added separately (<see cref="TelemetryExport"/>).</summary>
public static class HxFunctionsServices
{
    /// <summary>
    /// Adds everything that decides. Health checks that are registered besides, before or after, become dependencies under their names.
    /// </summary>
    /// <param name="configuration">Where the variables are; see <see cref="Variables"/>.</param>
    public static IServiceCollection AddHxFunctions(this IServiceCollection services, IConfiguration configuration) =>
        services.AddHxFunctions(HxSettingsReader.Read(configuration));

    /// <inheritdoc cref="AddHxFunctions(IServiceCollection, IConfiguration)"/>
    /// <param name="parsed">The variables, read already.</param>
    internal static IServiceCollection AddHxFunctions(this IServiceCollection services, HxSettings parsed)
    {
        services.TryAddSingleton(BootTimeProvider.Instance);
        services.TryAddSingleton(TaskScheduler.Default);
        services.TryAddSingleton(Random.Shared);
        services.AddSingleton(provider => parsed.WithForeignDependencies(ForeignNames(provider)));
        services.AddSingleton(provider => Redactor.For(provider.GetRequiredService<HxSettings>()));
        services.AddSingleton(InstanceId.New());
        services.AddSingleton(provider => new ProbeWarmUp(DriverWarmUp.Begin(parsed), provider.GetRequiredService<TimeProvider>()));
        services.AddMetrics().AddSingleton<HxMeter>();
        return services.AddChecks(parsed).AddSnapshots(parsed).AddEndpoints();
    }

    /// <summary>Our checks, each where its URL is set, and one for each entry of <c>DEPENDENCIES</c>.</summary>
    private static IServiceCollection AddChecks(this IServiceCollection services, HxSettings settings)
    {
        IHealthChecksBuilder checks = services.AddHealthChecks();
        foreach (DependencyKind kind in settings.Kinds)
        {
            switch (kind.Name)
            {
                case DependencyName.Postgres:
                    services.AddSingleton<PostgresCheck>();
                    checks.AddCheck<PostgresCheck>(kind.Name);
                    break;
                case DependencyName.Redis:
                    services.AddSingleton<RedisCheck>();
                    checks.AddCheck<RedisCheck>(kind.Name);
                    break;
                case DependencyName.Qdrant:
                    services.AddSingleton<QdrantCheck>();
                    checks.AddCheck<QdrantCheck>(kind.Name);
                    break;
            }
        }

        foreach (HttpDependency added in settings.HttpDependencies)
        {
            services.AddKeyedSingleton(added.Name, (provider, _) => ActivatorUtilities.CreateInstance<HttpCheck>(provider, added));
            checks.Add(
                new HealthCheckRegistration(added.Name, provider => provider.GetRequiredKeyedService<HttpCheck>(added.Name), null, null)
            );
        }

        services.TryAddSingleton<TokenCredential>(provider => AzureCredential.Create(provider.GetRequiredService<HxSettings>()));
        AddTokens(services, settings.PostgresAuthentication, EntraTokens.PostgresScope);
        AddTokens(services, settings.RedisAuthentication, EntraTokens.RedisScope);
        return services.AddSingleton<DependencySet>();
    }

    private static void AddTokens(IServiceCollection services, Authentication authentication, string scope)
    {
        if (authentication == Authentication.Entra)
        {
            services.AddKeyedSingleton(scope, (provider, _) => ActivatorUtilities.CreateInstance<EntraTokens>(provider, scope));
        }
    }

    /// <summary>Who checks, who reads, and where all meet. Without a Redis, nothing that needs one is registered.</summary>
    private static IServiceCollection AddSnapshots(this IServiceCollection services, HxSettings settings)
    {
        if (settings.Redis is not null)
        {
            services.AddSingleton(provider => new RedisQuestion(
                provider.GetRequiredService<StoreKeys>().Probe,
                SnapshotScripts.Probe,
                provider.GetService<StoreCaller>()?.Deadline
            ));
            services
                .AddSingleton<RedisConnection>()
                .AddSingleton<IStoreCommands, RedisStoreCommands>()
                .AddSingleton<SnapshotStore>()
                .AddSingleton<HistoryReader>();
        }

        services.AddSingleton<StoreKeys>().AddSingleton<SnapshotBoard>().AddSingleton<SnapshotGauges>().AddSingleton<OverrideWatch>();
        services.AddSingleton<WakeSignal>().AddSingleton<GuardUse>().AddSingleton<CheckLease>().AddSingleton<SnapshotReader>();
        services.AddSingleton<RuleNeeds>().AddSingleton<DependencyCheckers>().AddSingleton<LeaseTurns>().AddSingleton<GuardKnowledge>();
        services.AddSingleton<CheckAll>().AddSingleton<StartReport>().AddSingleton<HealthMonitor>().AddSingleton<SnapshotTimer>();
        // What the fleet has in common is the snapshot's key, of which notifications know nothing.
        services.AddSingleton(provider =>
            ActivatorUtilities.CreateInstance<TransitionNotifier>(provider, provider.GetRequiredService<StoreKeys>().Snapshot)
        );
        // Hosted services stop in the reverse order, and the monitor may still have news for the notifier.
        services.AddHostedService(provider => provider.GetRequiredService<TransitionNotifier>());
        services.AddHostedService(provider => provider.GetRequiredService<HealthMonitor>());
        return services;
    }

    private static IServiceCollection AddEndpoints(this IServiceCollection services) =>
        services
            .AddSingleton<Guard>()
            .AddSingleton<OverrideControl>()
            .AddSingleton<GuardHandler>()
            .AddSingleton<HealthHandler>()
            .AddSingleton<OverrideHandler>()
            .AddSingleton<StatusHandler>()
            .AddSingleton<DocumentationHandler>()
            .AddSingleton<EndpointAnswers>();

    private static IEnumerable<string> ForeignNames(IServiceProvider provider) =>
        provider
            .GetRequiredService<IOptions<HealthCheckServiceOptions>>()
            .Value.Registrations.Select(registration => registration.Name)
            .Where(name => DependencyKind.Find(name) is null);
}
