using HxFunctions.Servers;

namespace HxFunctions.SystemTests.Servers;

/// <summary>
/// One redis-server with a password for all tests of a collection that leave it as they found it (keys under a name of their own). Whoever
/// hangs or kills one starts his own.
/// </summary>
public sealed class RedisFixture : IAsyncLifetime
{
    private RedisServer? _server;

    internal RedisServer Server => _server ?? throw new InvalidOperationException("redis-server has not been started yet.");

    public async Task InitializeAsync() => _server = await RedisServer.StartAsync(new() { Password = "made-up/of tests" });

    public async Task DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
