using Npgsql;
using StackExchange.Redis;

namespace HxFunctions.EmptyWorker;

/// <summary>
/// What any app does that has asked PostgreSQL and Redis before its first answer: loads the same drivers, logs in, asks each server once
/// and keeps the connection. Without the two variables it does nothing.
/// </summary>
internal static class AskedServers
{
    /// <summary>Npgsql's connection string.</summary>
    private const string Postgres = "ASK_POSTGRES";

    /// <summary>StackExchange.Redis's configuration.</summary>
    private const string Redis = "ASK_REDIS";

    private static readonly Task Both = Task.Run(() => Task.WhenAll(AskPostgresAsync(), AskRedisAsync()));

    /// <summary>Begins when it is first called.</summary>
    public static Task AskAsync() => Both;

    private static async Task AskPostgresAsync()
    {
        if (Environment.GetEnvironmentVariable(Postgres) is { } login)
        {
            NpgsqlSlimDataSourceBuilder builder = new(login);
            builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
            NpgsqlConnection connection = await builder.Build().OpenConnectionAsync();
            await using NpgsqlCommand command = new("SELECT 1", connection);
            await command.ExecuteScalarAsync();
        }
    }

    private static async Task AskRedisAsync()
    {
        if (Environment.GetEnvironmentVariable(Redis) is { } server)
        {
            ConnectionMultiplexer redis = await ConnectionMultiplexer.ConnectAsync(server);
            await redis.GetDatabase().PingAsync();
        }
    }
}
