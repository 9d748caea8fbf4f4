using HxFunctions.Core.Dependencies;
using HxFunctions.Servers;
using HxFunctions.SystemTests.Servers;
using Npgsql;

namespace HxFunctions.SystemTests.Integration;

/// <summary>The probe of PostgreSQL behind what people put in front of it: pgbouncer, HAProxy, a firewall, a role's own timeouts.</summary>
[Collection(ServersCollection.Name)]
public sealed class PostgresPoolerTests(PostgresFixture fixture)
{
    /// <summary>A firewall forgets a connection and drops its packets: nothing is reset, no answer comes.</summary>
    [Fact]
    public async Task Firewall_that_drops_the_packets_of_idle_connections_is_no_outage()
    {
        await using FaultProxy forgetful = FaultProxy.Start(fixture.Server.Port);
        await using ProbeRig rig = ProbeRig.Postgres(Through(forgetful.Port));
        await rig.PassesAsync();
        for (int i = 0; i < 3; i++)
        {
            forgetful.ForgetConnections();
            await rig.PassesAsync();
        }
    }

    [Fact]
    public async Task Role_that_ends_idle_sessions_is_no_outage()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await server.AdminAsync("ALTER ROLE hx SET idle_session_timeout = '100ms'");
        await using ProbeRig rig = ProbeRig.Postgres(server.Url);
        for (int i = 0; i < 20; i++)
        {
            await rig.PassesAsync();
            await Task.Delay(150);
        }

        Assert.InRange((long)(await server.AdminAsync("SELECT count(*) FROM pg_stat_activity WHERE usename = 'hx'"))!, 0, 1);
    }

    [Theory]
    [InlineData("search_path = 'nowhere'")]
    [InlineData("statement_timeout = '2s'")]
    [InlineData("lock_timeout = '1s'")]
    [InlineData("idle_in_transaction_session_timeout = '1s'")]
    [InlineData("client_encoding = 'LATIN1'")]
    [InlineData("standard_conforming_strings = off")]
    [InlineData("default_transaction_isolation = 'serializable'")]
    [InlineData("bytea_output = 'escape'")]
    [InlineData("row_security = off")]
    [InlineData("work_mem = 64")]
    public async Task Role_with_settings_of_its_own_passes(string setting)
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await server.AdminAsync($"ALTER ROLE hx SET {setting}");
        await using ProbeRig rig = ProbeRig.Postgres(server.Url);
        await rig.PassesAsync();
        await rig.PassesAsync();
    }

    [Theory]
    [InlineData("session")]
    [InlineData("transaction")]
    [InlineData("statement")]
    public async Task Pgbouncer_passes_in_every_mode_and_again_after_each_refusal(string mode)
    {
        await using PgBouncerServer server = await PgBouncerServer.StartAsync(fixture.Server, new() { PoolMode = mode });
        await using ProbeRig rig = ProbeRig.Postgres(server.Url, interval: "4");
        await rig.PassesAsync();

        await server.AdminAsync("DISABLE hx");
        await Task.Delay(TimeSpan.FromSeconds(4.1));
        await rig.FailsAsync(Reasons.NotReady);
        await server.AdminAsync("ENABLE hx");
        await rig.PassesAsync();

        await server.AdminAsync("PAUSE hx");
        await rig.FailsAsync(Reasons.Timeout);
        await server.AdminAsync("RESUME hx");
        await rig.RecoversAsync();

        await server.KillAsync();
        await rig.FailsAsync(Reasons.ConnectionRefused);
        await server.StartAgainAsync();
        await rig.RecoversAsync();
    }

    [Theory]
    [InlineData("hx:wrong", "hx", Reasons.AuthenticationFailed)]
    [InlineData("nobody:any", "hx", Reasons.AuthenticationFailed)]
    [InlineData(null, "nowhere", Reasons.DatabaseMissing)]
    public async Task Pgbouncers_refusal_of_a_login_has_postgresqls_reason(string? login, string database, string reason)
    {
        await using PgBouncerServer server = await PgBouncerServer.StartAsync(fixture.Server);
        login ??= $"hx:{fixture.Server.Password}";
        await using ProbeRig rig = ProbeRig.Postgres($"postgresql://{login}@127.0.0.1:{server.Port}/{database}");
        await rig.FailsAsync(reason);
    }

    /// <summary>pgbouncer passes on what the server says to its own login, without the server's state before 1.19.</summary>
    [Fact]
    public async Task Pgbouncer_whose_server_lacks_the_database_says_so_again_and_again()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await using PgBouncerServer pooler = await PgBouncerServer.StartAsync(server);
        await server.AdminAsync("ALTER DATABASE hx RENAME TO another");
        await using ProbeRig rig = ProbeRig.Postgres(pooler.Url);
        await rig.FailsAsync(Reasons.DatabaseMissing);
    }

    [Fact]
    public async Task Parameter_of_the_login_that_is_refused_is_no_other_program()
    {
        await using PgBouncerServer pooler = await PgBouncerServer.StartAsync(fixture.Server);
        await using ProbeRig behind = ProbeRig.Postgres(pooler.Url + "?options=-c%20geqo%3Doff");
        Assert.Equal(PostgresFailures.StartupParameter, await behind.DetailAsync(DependencyStatus.Fail, Reasons.Misconfigured));

        await using ProbeRig direct = ProbeRig.Postgres(fixture.Server.Url + "?options=-c%20nosuch%3D1");
        Assert.Equal(PostgresFailures.StartupParameter, await direct.DetailAsync(DependencyStatus.Fail, Reasons.Misconfigured));
    }

    [Theory]
    [InlineData("max_client_conn", "1", Reasons.TooManyConnections)]
    [InlineData("query_wait_timeout", "1", Reasons.PoolExhausted)]
    public async Task Pgbouncer_that_is_full_says_of_what(string setting, string value, string reason)
    {
        Dictionary<string, string> settings = new() { ["default_pool_size"] = "1", [setting] = value };
        await using PgBouncerServer server = await PgBouncerServer.StartAsync(fixture.Server, new() { Settings = settings });
        await using ProbeRig rig = ProbeRig.Postgres(server.Url);
        await using (NpgsqlConnection held = new(server.ConnectionString + ";Pooling=false"))
        {
            await held.OpenAsync();
            await using NpgsqlCommand command = new("SELECT 1", held);
            await command.ExecuteScalarAsync();
            await rig.FailsAsync(reason);
        }

        await rig.RecoversAsync();
    }

    [Fact]
    public async Task Pgbouncer_without_its_server_says_so_and_recovers()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        Dictionary<string, string> settings = new() { ["server_login_retry"] = "1", ["server_connect_timeout"] = "1" };
        await using PgBouncerServer pooler = await PgBouncerServer.StartAsync(server, new() { Settings = settings });
        await using ProbeRig rig = ProbeRig.Postgres(pooler.Url);
        await rig.PassesAsync();
        await server.KillAsync();
        await rig.FailsAsync(Reasons.ConnectionRefused, Reasons.ConnectionReset, Reasons.NotReady, Reasons.Timeout);
        await server.StartAgainAsync();
        await rig.RecoversAsync();
    }

    private string Through(int port) => $"postgresql://hx:{fixture.Server.Password}@127.0.0.1:{port}/hx";
}
