using HxFunctions.Servers;

namespace HxFunctions.SystemTests.Servers;

/// <summary>One PostgreSQL for all tests of a collection that leave it as they found it. Whoever hangs or kills one starts his
/// own.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private PostgresServer? _server;

    internal PostgresServer Server => _server ?? throw new InvalidOperationException("PostgreSQL has not been started yet.");

    public async Task InitializeAsync() => _server = await PostgresServer.StartAsync();

    public async Task DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
