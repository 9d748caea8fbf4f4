using HxFunctions.Servers;
using HxFunctions.Tests.Servers;
using Npgsql;

namespace HxFunctions.SystemTests.Servers;

[Collection(ServersCollection.Name)]
public sealed class PostgresServerTests(PostgresFixture fixture)
{
    private const string AwkwardPassword = "p@ss:w/rd %?#'\"";

    [Fact]
    public async Task Login_with_the_right_password_reaches_the_ordinary_role_and_its_database()
    {
        await using NpgsqlConnection connection = new NpgsqlConnection(fixture.Server.ConnectionString);
        await connection.OpenAsync();
        const string Who =
            "SELECT concat_ws(' ', current_user, current_database(), rolsuper::text) FROM pg_roles WHERE rolname = current_user";
        Assert.Equal("hx hx false", await ScalarAsync(connection, Who));
    }

    [Fact]
    public async Task Login_with_a_wrong_password_is_refused()
    {
        NpgsqlConnectionStringBuilder wrong = new NpgsqlConnectionStringBuilder(fixture.Server.ConnectionString) { Password = "wrong" };
        await using NpgsqlConnection connection = new NpgsqlConnection(wrong.ConnectionString);
        PostgresException refusal = await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync());
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refusal.SqlState);
    }

    [Fact]
    public async Task Awkward_names_and_settings_arrive_and_the_url_is_percent_encoded()
    {
        PostgresServerOptions options = new PostgresServerOptions
        {
            UserName = "an admin",
            Password = AwkwardPassword,
            Database = "lite/llm",
            Settings = new Dictionary<string, string> { ["max_connections"] = "7" },
        };
        await using PostgresServer server = await PostgresServer.StartAsync(options);
        await using NpgsqlConnection connection = new NpgsqlConnection(server.ConnectionString);
        await connection.OpenAsync();
        Assert.Equal(
            "an admin|lite/llm|7",
            await ScalarAsync(connection, "SELECT concat_ws('|', current_user, current_database(), current_setting('max_connections'))")
        );
        Assert.Equal($"postgresql://an%20admin:p%40ss%3Aw%2Frd%20%25%3F%23%27%22@127.0.0.1:{server.Port}/lite%2Fllm", server.Url);
    }

    [Fact]
    public async Task Hang_silences_open_and_new_connections_until_resumed()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await using NpgsqlConnection open = new NpgsqlConnection(server.ConnectionString);
        await open.OpenAsync();
        await server.HangAsync();

        await using NpgsqlConnection fresh = new NpgsqlConnection(server.ConnectionString + ";Timeout=0");
        Task<object?> query = ScalarAsync(open, "SELECT 1");
        Task login = fresh.OpenAsync();
        await Eventually.NotEndedAsync(Task.WhenAny(query, login));

        await server.ResumeAsync();
        Assert.Equal(1, await query.WaitAsync(Eventually.Patience));
        await login.WaitAsync(Eventually.Patience);
    }

    [Fact]
    public async Task Kill_of_a_hung_server_leaves_no_process_and_it_starts_again_with_its_data()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await server.AdminAsync("CREATE TABLE kept (n int)");
        List<int> processes = ProcessesOf(server);
        Assert.True(processes.Count > 3, "A running PostgreSQL has several processes.");

        await server.HangAsync();
        await server.KillAsync();
        Assert.Empty(ProcessesOf(server));
        await Assert.ThrowsAsync<NpgsqlException>(() => server.AdminAsync("SELECT 1"));

        int port = server.Port;
        await server.StartAgainAsync();
        Assert.Equal(port, server.Port);
        Assert.Equal(0L, await server.AdminAsync("SELECT count(*) FROM kept"));
    }

    [Fact]
    public async Task Stop_ends_sessions_and_the_server_starts_again()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await using NpgsqlConnection open = new NpgsqlConnection(server.ConnectionString);
        await open.OpenAsync();

        await server.StopAsync();
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ScalarAsync(open, "SELECT 1"));

        await server.StartAgainAsync();
        Assert.Equal(1, await server.AdminAsync("SELECT 1"));
        await Assert.ThrowsAsync<InvalidOperationException>(() => server.StartAgainAsync());
    }

    [Fact]
    public async Task Reload_reaches_open_and_new_connections_and_resets()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await using NpgsqlConnection open = new NpgsqlConnection(server.ConnectionString);
        await open.OpenAsync();

        await server.ReloadAsync("default_transaction_read_only", "on");
        Assert.Equal("on", await ScalarAsync(open, "SHOW transaction_read_only"));
        Assert.Equal("on", await server.AdminAsync("SHOW transaction_read_only"));

        await server.ReloadAsync("default_transaction_read_only", null);
        Assert.Equal("off", await ScalarAsync(open, "SHOW transaction_read_only"));
    }

    [Fact]
    public async Task Dispose_of_a_hung_server_leaves_neither_process_nor_file()
    {
        PostgresServer server = await PostgresServer.StartAsync();
        List<int> processes = ProcessesOf(server);
        await server.HangAsync();

        await server.DisposeAsync();
        Assert.All(processes, process => Assert.True(ProcessTree.IsOver(process)));
        Assert.False(Directory.Exists(server.SocketDirectory));
    }

    [Fact]
    public async Task Start_with_a_bad_setting_says_what_the_server_said()
    {
        PostgresServerOptions options = new PostgresServerOptions
        {
            Settings = new Dictionary<string, string> { ["no_such_setting"] = "1" },
        };
        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(() => PostgresServer.StartAsync(options));
        Assert.Contains("no_such_setting", failure.Message, StringComparison.Ordinal);
    }

    /// <summary>All processes that work in the server's data directory: every one of PostgreSQL's does.</summary>
    private static List<int> ProcessesOf(PostgresServer server) =>
        [
            .. Directory
                .EnumerateDirectories("/proc")
                .Where(directory => int.TryParse(Path.GetFileName(directory), out _) && WorksIn(directory, server.SocketDirectory))
                .Select(directory => int.Parse(Path.GetFileName(directory))),
        ];

    private static bool WorksIn(string process, string directory)
    {
        try
        {
            return new FileInfo(Path.Combine(process, "cwd")).LinkTarget?.StartsWith(directory, StringComparison.Ordinal) == true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static async Task<object?> ScalarAsync(NpgsqlConnection connection, string sql)
    {
        await using NpgsqlCommand command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
