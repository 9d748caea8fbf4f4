using Azure.Core;
using Azure.Identity;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Probing;
using HxFunctions.Core.Snapshots;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Core;

/// <summary>The checks, and what they probe with.</summary>
public static partial class HxFunctionsServices
{
    /// <summary>Our three checks, each where its URL is set, and one for each entry of <c>DEPENDENCIES</c>.</summary>
    private static void AddChecks(IServiceCollection services, IConfiguration configuration)
    {
        IHealthChecksBuilder checks = services.AddHealthChecks();
        if (IsSet(configuration, Variables.PgUrl))
        {
            services.AddSingleton(CreatePostgresCheck);
            checks.Add(new HealthCheckRegistration(Dependency.Postgres, p => p.GetRequiredService<PostgresCheck>(), null, null));
        }

        if (IsSet(configuration, Variables.RedisUrl))
        {
            services.AddSingleton(CreateRedisConnection);
            services.AddSingleton(p => new RedisCheck(
                p.GetRequiredService<RedisConnection>(),
                p.GetRequiredService<StoreKeys>().Probe,
                p.GetRequiredService<Redactor>(),
                p.GetRequiredService<ILogger<RedisCheck>>()
            ));
            checks.Add(new HealthCheckRegistration(Dependency.Redis, p => p.GetRequiredService<RedisCheck>(), null, null));
        }

        if (IsSet(configuration, Variables.QdrantUrl))
        {
            services.AddSingleton(CreateQdrantCheck);
            checks.Add(new HealthCheckRegistration(Dependency.Qdrant, p => p.GetRequiredService<QdrantCheck>(), null, null));
        }

        // What is wrong with the others is told with all problems, and then nothing is probed.
        foreach (HttpDependency added in HttpDependencies.Parse(configuration[Variables.Dependencies] ?? "", out _))
        {
            services.AddKeyedSingleton(
                added.Name,
                (p, _) =>
                    new HttpCheck(
                        added.Name,
                        added.Url,
                        CreateHttpClient(HxSettings.ForeignTimeout),
                        p.GetRequiredService<Redactor>(),
                        p.GetRequiredService<ILogger<HttpCheck>>()
                    )
            );
            checks.Add(new HealthCheckRegistration(added.Name, p => p.GetRequiredKeyedService<HttpCheck>(added.Name), null, null));
        }
    }

    private static bool IsSet(IConfiguration configuration, string variable) => !string.IsNullOrWhiteSpace(configuration[variable]);

    private static PostgresCheck CreatePostgresCheck(IServiceProvider provider)
    {
        HxSettings settings = provider.GetRequiredService<HxSettings>();
        return new(
            settings.Postgres!.ToConnectionStringBuilder(),
            settings.PostgresTimeout,
            settings.Interval,
            settings.PostgresMinConnections,
            settings.PostgresMaxConnections,
            TokensFor(provider, settings.PostgresAuthentication, EntraTokens.PostgresScope),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<Redactor>(),
            provider.GetRequiredService<ILogger<PostgresCheck>>()
        );
    }

    private static RedisConnection CreateRedisConnection(IServiceProvider provider)
    {
        HxSettings settings = provider.GetRequiredService<HxSettings>();
        return new(
            settings.Redis!.ToOptions(),
            settings.RedisTimeout,
            TokensFor(provider, settings.RedisAuthentication, EntraTokens.RedisScope)
        );
    }

    private static EntraTokens? TokensFor(IServiceProvider provider, Authentication authentication, string scope) =>
        authentication == Authentication.Entra ? provider.GetRequiredKeyedService<EntraTokens>(scope) : null;

    private static EntraTokens CreateTokens(IServiceProvider provider, object? scope) =>
        new(
            provider.GetRequiredService<TokenCredential>(),
            (string)scope!,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<Redactor>(),
            provider.GetRequiredService<ILogger<EntraTokens>>()
        );

    /// <summary>In Azure the managed identity and nothing else: the chain would ask half a dozen others first, and hide what is wrong with
    /// it.</summary>
    private static TokenCredential CreateCredential(IServiceProvider provider)
    {
        string? clientId = provider.GetRequiredService<HxSettings>().AzureClientId;
        // Set where App Service and Functions run:
        // https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("IDENTITY_ENDPOINT")))
        {
            return new DefaultAzureCredential(new DefaultAzureCredentialOptions { ManagedIdentityClientId = clientId });
        }

        return new ManagedIdentityCredential(
            clientId is null ? ManagedIdentityId.SystemAssigned : ManagedIdentityId.FromUserAssignedClientId(clientId)
        );
    }

    private static QdrantCheck CreateQdrantCheck(IServiceProvider provider)
    {
        HxSettings settings = provider.GetRequiredService<HxSettings>();
        HttpClient client = CreateHttpClient(settings.QdrantTimeout);
        client.BaseAddress = settings.Qdrant!.BaseUrl;
        if (settings.QdrantApiKey is { } key)
        {
            client.DefaultRequestHeaders.Add("api-key", key);
        }

        return new(
            client,
            settings.QdrantCollection,
            provider.GetRequiredService<Redactor>(),
            provider.GetRequiredService<ILogger<QdrantCheck>>()
        );
    }

    /// <summary>A client for probes, whose deadline is the probe's.</summary>
    private static HttpClient CreateHttpClient(TimeSpan connectTimeout)
    {
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            // Bounds how long a moved DNS name goes unnoticed.
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            // Qdrant closes idle connections after 5 s.
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(4),
            ConnectTimeout = connectTimeout,
            MaxResponseHeadersLength = 16,
        };
        return new(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }
}
