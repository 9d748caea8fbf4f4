using HxFunctions.Servers;
using HxFunctions.Servers.Garnet;

namespace HxFunctions.SystemTests.Integration;

/// <summary>The two servers that the scripts must run on: redis-server, and Garnet as <c>hx demo</c> embeds it.</summary>
public sealed class StoreServers : IAsyncLifetime
{
    public const string Redis = "redis-server";
    public const string Embedded = "Garnet";

    private RedisServer? _redis;
    private EmbeddedRedis? _embedded;
    private int _names;

    /// <summary>A namespace that no other test uses.</summary>
    public string NewNamespace() => $"hx-{Interlocked.Increment(ref _names)}";

    public string UrlOf(string server) => server == Redis ? _redis!.Url : _embedded!.Url;

    public async Task InitializeAsync()
    {
        _redis = await RedisServer.StartAsync(new() { Password = "made-up/of tests" });
        _embedded = EmbeddedRedis.Start();
    }

    public async Task DisposeAsync()
    {
        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }

        _embedded?.Dispose();
    }
}
