using HxFunctions.Servers;
using HxFunctions.Tests.Servers;
using Npgsql;

namespace HxFunctions.SystemTests.Servers;

[Collection(ServersCollection.Name)]
public sealed class HAProxyServerTests(PostgresFixture fixture)
{
    [Fact]
    public async Task Query_passes_and_an_idle_connection_is_cut()
    {
        await using HAProxyServer server = await HAProxyServer.StartAsync(fixture.Server.Port, TimeSpan.FromMilliseconds(500));
        await using NpgsqlConnection connection = await OpenAsync(server);
        Assert.Equal(1, await OneAsync(connection));

        await Task.Delay(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => OneAsync(connection));
        await using NpgsqlConnection fresh = await OpenAsync(server);
        Assert.Equal(1, await OneAsync(fresh));
    }

    [Fact]
    public async Task Hung_one_is_silent_and_a_killed_one_refuses_until_it_starts_again()
    {
        await using HAProxyServer server = await HAProxyServer.StartAsync(fixture.Server.Port, TimeSpan.FromSeconds(20));
        await server.HangAsync();
        Task<NpgsqlConnection> login = OpenAsync(server);
        await Eventually.NotEndedAsync(login);
        await server.ResumeAsync();
        await (await login).DisposeAsync();

        await server.KillAsync();
        await Assert.ThrowsAsync<NpgsqlException>(() => OpenAsync(server));
        await server.StartAgainAsync();
        await (await OpenAsync(server)).DisposeAsync();
    }

    [Fact]
    public async Task Stopped_one_takes_no_connections()
    {
        HAProxyServer server = await HAProxyServer.StartAsync(fixture.Server.Port);
        await server.DisposeAsync();
        await Assert.ThrowsAsync<NpgsqlException>(() => OpenAsync(server));
    }

    private async Task<NpgsqlConnection> OpenAsync(HAProxyServer server)
    {
        NpgsqlConnectionStringBuilder settings = new(fixture.Server.ConnectionString) { Port = server.Port };
        NpgsqlConnection connection = new(settings.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private static async Task<object?> OneAsync(NpgsqlConnection connection)
    {
        await using NpgsqlCommand command = new("SELECT 1", connection);
        return await command.ExecuteScalarAsync();
    }
}
