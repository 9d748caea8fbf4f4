using HxFunctions.Core.Configuration;
using HxFunctions.Core.Guarding;
using HxFunctions.Core.Http;
using HxFunctions.Core.Http.Status;
using HxFunctions.Core.Notifications;
using HxFunctions.Core.Probing;
using HxFunctions.Core.Snapshots;
using HxFunctions.Core.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace HxFunctions.Core;

/// <summary>Puts the product together. Both hosts call this and nothing else.</summary>
public static partial class HxFunctionsServices
{
    /// <summary>
    /// Adds everything that decides. Health checks that are registered besides, before or after, become dependencies under their names.
    /// </summary>
    /// <param name="configuration">Where the variables are; see <see cref="Variables"/>.</param>
    public static IServiceCollection AddHxFunctions(this IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(InstanceId.New());
        services.AddMetrics().AddSingleton<HxMeter>();
        AddChecks(services, configuration);

        services.AddSingleton(provider => HxSettingsReader.Read(configuration, ForeignNames(provider)));
        services.AddSingleton(provider => CreateDependencies(provider));
        services.AddSingleton(provider => CreateRedactor(provider.GetRequiredService<HxSettings>()));
        services.AddSingleton(provider =>
            StoreKeys.From(provider.GetRequiredService<HxSettings>(), provider.GetRequiredService<DependencySet>())
        );
        services.AddSingleton(CreateBoard);
        services.AddSingleton(provider => new OverrideControl(
            provider.GetRequiredService<SnapshotBoard>(),
            provider.GetRequiredService<Optional<SnapshotStore>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<OverrideControl>>()
        ));
        services.AddSingleton(CreateStore);
        services.AddSingleton(CreateNotifier);
        services.AddSingleton(CreateMonitor);
        // Stopped last, for the other may still have news.
        services.AddHostedService(provider => provider.GetRequiredService<TransitionNotifier>());
        services.AddHostedService(provider => provider.GetRequiredService<HealthMonitor>());
        services.AddSingleton<Guard>();
        services.TryAddSingleton(CreateCredential);
        services.AddKeyedSingleton(EntraTokens.PostgresScope, CreateTokens);
        services.AddKeyedSingleton(EntraTokens.RedisScope, CreateTokens);

        services.AddSingleton(provider => new GuardApi(
            provider.GetRequiredService<Guard>(),
            provider.GetRequiredService<DependencySet>(),
            provider.GetRequiredService<HxSettings>(),
            provider.GetRequiredService<HxMeter>()
        ));
        services.AddSingleton(provider => new HealthApi(
            provider.GetRequiredService<HxSettings>(),
            provider.GetRequiredService<DependencySet>(),
            provider.GetRequiredService<SnapshotBoard>(),
            provider.GetRequiredService<HealthMonitor>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton(provider => new OverrideApi(
            provider.GetRequiredService<OverrideControl>(),
            provider.GetRequiredService<SnapshotBoard>(),
            provider.GetRequiredService<HxSettings>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton(provider => new StatusApi(
            provider.GetRequiredService<HxSettings>(),
            provider.GetRequiredService<DependencySet>(),
            provider.GetRequiredService<SnapshotBoard>(),
            provider.GetRequiredService<Guard>(),
            CreateHistory(provider),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddSingleton(provider => new SnapshotTimer(provider.GetRequiredService<HealthMonitor>()));
        return services;
    }

    /// <summary>
    /// Begins to connect to Redis, which takes as long as the rest of a start: else the first to ask for it is the monitor, when all has
    /// been made. Doesn't wait, and what fails shows at the first read.
    /// </summary>
    internal static void ConnectAhead(this IServiceProvider services) =>
        Task.Run(async () =>
            {
                HxSettings settings = services.GetRequiredService<HxSettings>();
                if (settings.Redis is not null && settings.Problems.Count == 0)
                {
                    await services.GetRequiredService<RedisConnection>().GetAsync();
                }
            })
            .Observe();

    private static bool IsOurs(string name) => name is Dependency.Postgres or Dependency.Redis or Dependency.Qdrant;

    private static IEnumerable<string> ForeignNames(IServiceProvider provider) =>
        provider.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations.Select(r => r.Name).Where(n => !IsOurs(n));

    private static DependencySet CreateDependencies(IServiceProvider provider)
    {
        HxSettings settings = provider.GetRequiredService<HxSettings>();
        IEnumerable<HealthCheckRegistration> ordered = provider
            .GetRequiredService<IOptions<HealthCheckServiceOptions>>()
            .Value.Registrations.DistinctBy(r => r.Name, StringComparer.OrdinalIgnoreCase)
            .OrderBy(r =>
                r.Name switch
                {
                    Dependency.Postgres => 0,
                    Dependency.Redis => 1,
                    Dependency.Qdrant => 2,
                    _ => 3,
                }
            )
            .Take(DependencySet.Most);
        return new(
            ordered.Select(
                (registration, index) =>
                    new Dependency(
                        index,
                        registration,
                        registration.Name switch
                        {
                            Dependency.Postgres => settings.PostgresTimeout,
                            Dependency.Redis => settings.RedisTimeout,
                            Dependency.Qdrant => settings.QdrantTimeout,
                            _ => registration.Timeout > TimeSpan.Zero ? registration.Timeout : HxSettings.ForeignTimeout,
                        }
                    )
            )
        );
    }

    /// <summary>One that knows every secret and host of these settings.</summary>
    internal static Redactor CreateRedactor(HxSettings settings) =>
        new([
            settings.Postgres?.Password,
            settings.Postgres?.Username,
            .. settings.Postgres?.Hosts.Select(h => h.Host) ?? [],
            settings.Redis?.Password,
            settings.Redis?.Username,
            settings.Redis?.UnixSocket,
            .. settings.Redis?.Endpoints.Select(h => h.Host) ?? [],
            settings.NotifyUrl?.Host,
            settings.NotifyUrl?.PathAndQuery.Trim('/'),
            settings.NotifySecret,
            settings.QdrantApiKey,
            settings.Qdrant?.BaseUrl.Host,
            .. settings.HttpDependencies.SelectMany(d => new[] { d.Url.Host, d.Url.Query.TrimStart('?') }),
        ]);

    private static SnapshotBoard CreateBoard(IServiceProvider provider)
    {
        DependencySet dependencies = provider.GetRequiredService<DependencySet>();
        HxSettings settings = provider.GetRequiredService<HxSettings>();
        return new(
            new(
                [.. dependencies.Select(_ => DependencyKnowledge.Nothing)],
                null,
                settings.Redis is null ? StoreCondition.Absent : StoreCondition.Untried,
                SnapshotAges.From(settings, dependencies, provider.GetRequiredService<TimeProvider>())
            )
        );
    }

    private static Optional<SnapshotStore> CreateStore(IServiceProvider provider)
    {
        HxSettings settings = provider.GetRequiredService<HxSettings>();
        if (settings.Redis is null || settings.Problems.Count > 0)
        {
            return new(null);
        }

        return new(
            new(
                provider.GetRequiredService<RedisConnection>(),
                provider.GetRequiredService<StoreKeys>(),
                provider.GetRequiredService<DependencySet>(),
                settings,
                provider.GetRequiredService<InstanceId>(),
                provider.GetRequiredService<TimeProvider>(),
                provider.GetRequiredService<Redactor>(),
                provider.GetRequiredService<ILogger<SnapshotStore>>()
            )
        );
    }

    private static HistoryReader? CreateHistory(IServiceProvider provider)
    {
        HxSettings settings = provider.GetRequiredService<HxSettings>();
        if (settings.Redis is null || settings.Problems.Count > 0)
        {
            return null;
        }

        return new(
            provider.GetRequiredService<RedisConnection>(),
            provider.GetRequiredService<StoreKeys>(),
            provider.GetRequiredService<DependencySet>(),
            settings,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<Redactor>(),
            provider.GetRequiredService<ILogger<HistoryReader>>()
        );
    }

    private static HealthMonitor CreateMonitor(IServiceProvider provider)
    {
        HxSettings settings = provider.GetRequiredService<HxSettings>();
        DependencySet dependencies = provider.GetRequiredService<DependencySet>();
        SnapshotBoard board = provider.GetRequiredService<SnapshotBoard>();
        SnapshotStore? store = provider.GetRequiredService<Optional<SnapshotStore>>().Value;
        InstanceId instance = provider.GetRequiredService<InstanceId>();
        TimeProvider time = provider.GetRequiredService<TimeProvider>();
        Redactor redactor = provider.GetRequiredService<Redactor>();
        HxMeter meter = provider.GetRequiredService<HxMeter>();
        TransitionNotifier notifier = provider.GetRequiredService<TransitionNotifier>();
        _ = new SnapshotGauges(meter, dependencies, board, time);
        IServiceScopeFactory scopes = provider.GetRequiredService<IServiceScopeFactory>();
        ILogger<DependencyProbe> probeLogger = provider.GetRequiredService<ILogger<DependencyProbe>>();
        ILogger<DependencyChecker> checkLogger = provider.GetRequiredService<ILogger<DependencyChecker>>();

        IEnumerable<DependencyChecker> checkers = dependencies.Select(d => new DependencyChecker(
            d,
            new DependencyProbe(d, scopes, time, redactor, meter, probeLogger),
            settings,
            board,
            store,
            instance,
            time,
            notifier,
            meter,
            checkLogger
        ));
        ulong[] needs =
            settings.GuardMode == GuardMode.Off ? [] : Array.ConvertAll([.. settings.Rules], r => Guard.NeedsOf(r, dependencies));
        return new(
            settings,
            dependencies,
            board,
            store,
            checkers,
            needs,
            instance,
            time,
            meter,
            provider.GetRequiredService<ILogger<HealthMonitor>>()
        );
    }

    private static TransitionNotifier CreateNotifier(IServiceProvider provider)
    {
        // Unlike the probes' client this one goes through the proxy that the environment names: the receiver is somewhere else.
        Lazy<HttpClient> client = new(() =>
            new(
                new SocketsHttpHandler
                {
                    AllowAutoRedirect = false,
                    UseCookies = false,
                    PooledConnectionLifetime = TimeSpan.FromMinutes(2),
                }
            )
            {
                Timeout = Timeout.InfiniteTimeSpan,
            }
        );
        return new(
            provider.GetRequiredService<HxSettings>(),
            provider.GetRequiredService<StoreKeys>().Snapshot,
            client,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<HxMeter>(),
            provider.GetRequiredService<ILogger<TransitionNotifier>>()
        );
    }

    /// <summary>A service that the configuration may leave out.</summary>
    internal sealed record Optional<T>(T? Value)
        where T : class;
}
