using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Npgsql;
using StackExchange.Redis;

namespace HxFunctions.Peers;

/// <summary>
/// What an ASP.NET Core app has without us: <c>MapHealthChecks</c> with a check each for PostgreSQL and Redis, registered with <c>timeout: 3 s</c>. The checks do
/// what the well-known packages for it do, a <c>SELECT 1</c> on the pool and a <c>PING</c>. Every request runs both.
/// </summary>
internal static class HealthChecksApp
{
    public static async Task<int> RunAsync(int port)
    {
        // The throw-away server's own connection string turns the pool off; an app has one.
        await using NpgsqlDataSource postgres = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(Variable("PG_KEYWORDS")) { Pooling = true });
        await using ConnectionMultiplexer redis = await ConnectionMultiplexer.ConnectAsync(Variable("REDIS_KEYWORDS")).ConfigureAwait(false);
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        builder.Logging.SetMinimumLevel(LogLevel.None);
        TimeSpan timeout = TimeSpan.FromSeconds(3);
        builder.Services.AddHealthChecks()
            .AddAsyncCheck("postgres", cancellationToken => SelectOneAsync(postgres, cancellationToken), timeout: timeout)
            .AddAsyncCheck("redis", _ => PingAsync(redis), timeout: timeout);
        await using WebApplication app = builder.Build();
        app.MapHealthChecks("/guard");
        await app.RunAsync().ConfigureAwait(false);
        return 0;
    }

    private static async Task<HealthCheckResult> SelectOneAsync(NpgsqlDataSource postgres, CancellationToken cancellationToken)
    {
        await using NpgsqlCommand command = postgres.CreateCommand("SELECT 1");
        await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        return HealthCheckResult.Healthy();
    }

    private static async Task<HealthCheckResult> PingAsync(ConnectionMultiplexer redis)
    {
        await redis.GetDatabase().PingAsync().ConfigureAwait(false);
        return HealthCheckResult.Healthy();
    }

    private static string Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : throw new InvalidOperationException($"{name} is not set.");
}
