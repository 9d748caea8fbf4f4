using HxFunctions.Servers;
using HxFunctions.Tests.Servers;
using Npgsql;

namespace HxFunctions.SystemTests.Servers;

[Collection(ServersCollection.Name)]
public sealed class PgBouncerServerTests(PostgresFixture fixture)
{
    [Theory]
    [InlineData("session", false)]
    [InlineData("transaction", true)]
    [InlineData("statement", false)]
    public async Task Query_passes_in_every_mode_with_a_password_or_a_secret_in_its_file(string mode, bool scramSecret)
    {
        await using PgBouncerServer server = await PgBouncerServer.StartAsync(
            fixture.Server,
            new() { PoolMode = mode, ScramSecret = scramSecret }
        );
        await using NpgsqlConnection connection = await OpenAsync(server);
        await using NpgsqlCommand command = new("SELECT current_user || ' at ' || current_database()", connection);
        Assert.Equal("hx at hx", await command.ExecuteScalarAsync());
        Assert.Contains(mode, await server.AdminAsync("SHOW POOLS"), StringComparison.Ordinal);
        Assert.Equal(server.Port, new Uri(server.Url).Port);
    }

    [Theory]
    [InlineData("Password=wrong", "SASL authentication failed")]
    [InlineData("Username=nobody", "SASL authentication failed")]
    [InlineData("Database=nowhere", "no such database: nowhere")]
    public async Task Client_that_it_does_not_know_is_refused_in_its_own_words(string change, string words)
    {
        await using PgBouncerServer server = await PgBouncerServer.StartAsync(fixture.Server);
        await RefusedAsync(server, words, change);
    }

    [Fact]
    public async Task Disabled_database_is_refused()
    {
        await using PgBouncerServer server = await PgBouncerServer.StartAsync(fixture.Server);
        await server.AdminAsync("DISABLE hx");
        await RefusedAsync(server, "database \"hx\" is disabled");
    }

    [Theory]
    [InlineData("max_client_conn", "1", "no more connections allowed")]
    [InlineData("query_wait_timeout", "1", "query_wait_timeout")]
    public async Task Second_client_is_one_too_many(string setting, string value, string words)
    {
        Dictionary<string, string> settings = new() { ["default_pool_size"] = "1", [setting] = value };
        await using PgBouncerServer server = await PgBouncerServer.StartAsync(fixture.Server, new() { Settings = settings });
        await using NpgsqlConnection first = await OpenAsync(server);
        await using NpgsqlCommand command = new("SELECT 1", first);
        await command.ExecuteScalarAsync();
        await RefusedAsync(server, words);
    }

    [Fact]
    public async Task Killed_one_refuses_and_starts_again_and_leaves_nothing_behind()
    {
        string directory;
        await using (PgBouncerServer server = await PgBouncerServer.StartAsync(fixture.Server))
        {
            await server.HangAsync();
            Task<NpgsqlConnection> login = OpenAsync(server);
            await Eventually.NotEndedAsync(login);
            await server.ResumeAsync();
            await (await login).DisposeAsync();

            await server.KillAsync();
            await Assert.ThrowsAsync<NpgsqlException>(() => OpenAsync(server));
            await server.StartAgainAsync();
            await (await OpenAsync(server)).DisposeAsync();
            directory = (await server.AdminAsync("SHOW CONFIG")).Split('\n').First(line => line.StartsWith("unix_socket_dir")).Split('|')[
                1
            ];
            Assert.True(Directory.Exists(directory));
        }

        Assert.False(Directory.Exists(directory));
    }

    [Fact]
    public async Task Start_with_a_bad_setting_says_what_it_said()
    {
        Dictionary<string, string> settings = new() { ["pool_mode"] = "no-such-mode" };
        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            PgBouncerServer.StartAsync(fixture.Server, new() { Settings = settings })
        );
        Assert.Contains("no-such-mode", failure.Message, StringComparison.Ordinal);
    }

    private static async Task RefusedAsync(PgBouncerServer server, string words, string change = "")
    {
        PostgresException refusal = await Assert.ThrowsAsync<PostgresException>(async () =>
        {
            await using NpgsqlConnection connection = new($"{server.ConnectionString};Server Compatibility Mode=NoTypeLoading;{change}");
            await connection.OpenAsync();
            await using NpgsqlCommand command = new("SELECT 1", connection);
            await command.ExecuteScalarAsync();
        });
        Assert.Contains(words, refusal.MessageText, StringComparison.Ordinal);
        Assert.Equal(PostgresErrorCodes.ProtocolViolation, refusal.SqlState);
    }

    private static async Task<NpgsqlConnection> OpenAsync(PgBouncerServer server)
    {
        NpgsqlConnection connection = new($"{server.ConnectionString};Server Compatibility Mode=NoTypeLoading");
        await connection.OpenAsync();
        return connection;
    }
}
