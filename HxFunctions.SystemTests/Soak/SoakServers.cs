using HxFunctions.Core.Routing;
using HxFunctions.Servers;

namespace HxFunctions.SystemTests.Soak;

/// <summary>The three dependencies, two of them behind networks that can be broken, and what is true of each.</summary>
internal sealed class SoakServers : IAsyncDisposable
{
    private SoakServers(PostgresServer postgres, RedisServer redis, QdrantSimulator qdrant)
    {
        Postgres = postgres;
        Redis = redis;
        Qdrant = qdrant;
        PostgresNetwork = FaultProxy.Start(postgres.Port);
        RedisNetwork = FaultProxy.Start(redis.Port);
    }

    public PostgresServer Postgres { get; }
    public RedisServer Redis { get; }
    public QdrantSimulator Qdrant { get; }
    public FaultProxy PostgresNetwork { get; }
    public FaultProxy RedisNetwork { get; }

    public IReadOnlyDictionary<string, Truth> Truths { get; } =
        new Dictionary<string, Truth>
        {
            [DependencyName.Postgres] = new(),
            [DependencyName.Redis] = new(),
            [DependencyName.Qdrant] = new(),
        };

    /// <summary>The defaults, about four times as fast.</summary>
    public Dictionary<string, string?> Variables =>
        new()
        {
            ["PG_URL"] = Postgres.Url.Replace($":{Postgres.Port}/", $":{PostgresNetwork.Port}/", StringComparison.Ordinal),
            ["REDIS_URL"] = $"redis://127.0.0.1:{RedisNetwork.Port}",
            ["QDRANT_URL"] = Qdrant.Url,
            ["GUARD_ROUTES"] = SoakRoute.Rules,
            ["GUARD_MAX_STALENESS"] = "0.5",
            ["PG_TIMEOUT"] = "0.75",
            ["REDIS_TIMEOUT"] = "0.75",
            ["QDRANT_TIMEOUT"] = "0.75",
            ["HEALTH_CHECK_TIMEOUT"] = "2.2",
            ["HEALTH_CHECK_INTERVAL"] = "5",
            ["WRAPPER_LOG_LEVEL"] = "WARNING",
        };

    public static async Task<SoakServers> StartAsync() =>
        new(await PostgresServer.StartAsync(), await RedisServer.StartAsync(), await QdrantSimulator.StartAsync());

    public async ValueTask DisposeAsync()
    {
        await PostgresNetwork.DisposeAsync();
        await RedisNetwork.DisposeAsync();
        await Qdrant.DisposeAsync();
        await Redis.DisposeAsync();
        await Postgres.DisposeAsync();
    }
}
