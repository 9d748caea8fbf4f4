using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace HxFunctions.Peers;

/// <summary>
/// What an ASP.NET Core app has without us: <c>MapHealthChecks</c> with the well-known packages' checks for PostgreSQL and Redis,
/// registered with <c>timeout: 3 s</c>. Every request runs both.
/// </summary>
internal static class HealthChecksApp
{
    public static async Task<int> RunAsync(int port)
    {
        // The throw-away server's own connection string turns the pool off; an app has one.
        string postgres = new NpgsqlConnectionStringBuilder(Variable("PG_KEYWORDS")) { Pooling = true }.ConnectionString;
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        builder.Logging.SetMinimumLevel(LogLevel.None);
        TimeSpan timeout = TimeSpan.FromSeconds(3);
        builder.Services.AddHealthChecks().AddNpgSql(postgres, timeout: timeout).AddRedis(Variable("REDIS_KEYWORDS"), timeout: timeout);
        await using WebApplication app = builder.Build();
        app.MapHealthChecks("/guard");
        await app.RunAsync();
        return 0;
    }

    private static string Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value
            ? value
            : throw new InvalidOperationException($"{name} is not set.");
}
