using System.Globalization;
using System.Runtime.Versioning;
using HxFunctions.Core.Dependencies;
using HxFunctions.Servers;
using HxFunctions.Tests.Servers;
using Npgsql;

namespace HxFunctions.SystemTests.Integration;

/// <summary>What the probe says of a real PostgreSQL in every trouble, and that it passes by itself when the trouble is over.</summary>
public sealed class PostgresProbeTests
{
    [Fact]
    public async Task Healthy_server_passes_over_tcp_and_over_its_socket()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await using ProbeRig tcp = ProbeRig.Postgres(server.Url);
        await tcp.PassesAsync();

        string socket = $"postgresql://hx:{server.Password}@/hx?host={Uri.EscapeDataString(server.SocketDirectory)}&port={server.Port}";
        await using ProbeRig local = ProbeRig.Postgres(socket);
        await local.PassesAsync();
    }

    [Fact]
    public async Task Awkward_names_and_password_arrive_whole()
    {
        PostgresServerOptions options = new()
        {
            UserName = "Käthe's %41 @",
            Password = ":@/?#[]%+&=!'\" é",
            Database = "a/b?c#d &é",
        };
        await using PostgresServer server = await PostgresServer.StartAsync(options);
        await using ProbeRig rig = ProbeRig.Postgres(server.Url);
        await rig.PassesAsync();
    }

    [Fact]
    public async Task Killed_server_refuses_and_passes_when_it_is_back()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await using ProbeRig rig = ProbeRig.Postgres(server.Url);
        await rig.PassesAsync();

        await server.KillAsync();
        // The pool's connection is found broken first.
        await rig.FailsAsync(Reasons.ConnectionReset, Reasons.ConnectionRefused);
        await rig.FailsAsync(Reasons.ConnectionRefused);

        await server.StartAgainAsync();
        await rig.RecoversAsync();
    }

    [Fact]
    public async Task Hung_server_times_out_on_pooled_and_new_connections_and_passes_when_it_goes_on()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await using ProbeRig pooled = ProbeRig.Postgres(server.Url, ProbeRig.Ample);
        await pooled.PassesAsync();
        await using ProbeRig fresh = ProbeRig.Postgres(server.Url, ProbeRig.Short);

        await server.HangAsync();
        await Task.WhenAll(pooled.FailsAsync(Reasons.Timeout), fresh.FailsAsync(Reasons.Timeout));
        await Task.WhenAll(
            pooled.FailsAsync(Reasons.Timeout, Reasons.StillRunning),
            fresh.FailsAsync(Reasons.Timeout, Reasons.StillRunning)
        );

        await server.ResumeAsync();
        await Task.WhenAll(pooled.RecoversAsync(), fresh.RecoversAsync());
    }

    [Fact]
    public async Task Wrong_login_and_database_and_missing_privilege_have_their_reasons()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await using ProbeRig wrong = ProbeRig.Postgres($"postgresql://hx:another@127.0.0.1:{server.Port}/hx");
        await wrong.FailsAsync(Reasons.AuthenticationFailed);
        await using ProbeRig none = ProbeRig.Postgres($"postgresql://hx@127.0.0.1:{server.Port}/hx");
        await none.FailsAsync(Reasons.AuthenticationFailed);
        await using ProbeRig missing = ProbeRig.Postgres($"postgresql://hx:{server.Password}@127.0.0.1:{server.Port}/later");
        await missing.FailsAsync(Reasons.DatabaseMissing);
        await server.AdminAsync("REVOKE CONNECT ON DATABASE hx FROM hx, PUBLIC");
        await using ProbeRig denied = ProbeRig.Postgres(server.Url);
        await denied.FailsAsync(Reasons.PermissionDenied);

        await server.AdminAsync("GRANT CONNECT ON DATABASE hx TO hx");
        await denied.PassesAsync();
        await server.AdminAsync("CREATE DATABASE later OWNER hx");
        await missing.PassesAsync();
        await server.AdminAsync("ALTER ROLE hx PASSWORD 'another'");
        await wrong.PassesAsync();
    }

    [Fact]
    public async Task Full_server_has_too_many_connections()
    {
        Dictionary<string, string> settings = new() { ["max_connections"] = "4", ["superuser_reserved_connections"] = "0" };
        await using PostgresServer server = await PostgresServer.StartAsync(new() { Settings = settings });
        await using ProbeRig rig = ProbeRig.Postgres(server.Url);
        List<NpgsqlConnection> held = [];
        try
        {
            while (await TryOpenAsync(server.ConnectionString) is { } connection)
            {
                held.Add(connection);
            }

            Assert.Equal(4, held.Count);
            await rig.FailsAsync(Reasons.TooManyConnections);
        }
        finally
        {
            foreach (NpgsqlConnection connection in held)
            {
                await connection.DisposeAsync();
            }
        }

        await rig.RecoversAsync();
    }

    [Fact]
    public async Task Server_that_refuses_writes_is_a_warning()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await using ProbeRig rig = ProbeRig.Postgres(server.Url);
        await rig.PassesAsync();

        await server.ReloadAsync("default_transaction_read_only", "on");
        await rig.WarnsAsync(Reasons.ReadOnly);
        await server.ReloadAsync("default_transaction_read_only", null);
        await rig.PassesAsync();
    }

    [Fact]
    public async Task Standby_is_a_warning_until_it_is_promoted()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await server.StopAsync();
        await File.WriteAllTextAsync(InData(server, "standby.signal"), "");
        await server.StartAgainAsync();
        await using ProbeRig rig = ProbeRig.Postgres(server.Url);
        await rig.WarnsAsync(Reasons.ReadOnly);

        Assert.Equal(true, await server.AdminAsync("SELECT pg_promote()"));
        await rig.PassesAsync();
    }

    [Fact]
    public async Task Server_that_starts_says_so()
    {
        // A standby that is not consistent yet takes no logins: it is killed, and then fetches what comes after its last checkpoint.
        await using PostgresServer server = await PostgresServer.StartAsync(
            new() { Settings = new Dictionary<string, string> { ["restore_command"] = "sleep 3; false" } }
        );
        await server.AdminAsync("CREATE TABLE since_the_checkpoint (n int)");
        await server.KillAsync();
        string signal = InData(server, "standby.signal");
        await File.WriteAllTextAsync(signal, "");
        Task starting = server.StartAgainAsync();
        await using ProbeRig rig = ProbeRig.Postgres(server.Url);
        await rig.TurnsAsync(DependencyStatus.Fail, Reasons.StartingUp);

        // pg_ctl promote does the same.
        await File.WriteAllTextAsync(InData(server, "promote"), "");
        ProcessTree.Signal(PostmasterOf(server), signal: 10);
        await rig.RecoversAsync();
        await starting;
    }

    [Fact]
    public async Task Server_that_shuts_down_says_so()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await using ProbeRig rig = ProbeRig.Postgres(server.Url);
        await using (NpgsqlConnection held = (await TryOpenAsync(server.ConnectionString))!)
        {
            // A smart shutdown waits for open sessions and takes no new ones.
            ProcessTree.Signal(PostmasterOf(server), ProcessTree.Terminate);
            await rig.TurnsAsync(DependencyStatus.Fail, Reasons.ShuttingDown);
        }

        await rig.TurnsAsync(DependencyStatus.Fail, Reasons.ConnectionRefused);
        await Eventually.TrueAsync(() => !File.Exists(InData(server, "postmaster.pid")));
        await StartWhenItHasEndedAsync(server);
        await rig.RecoversAsync();
    }

    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task Tls_that_the_server_lacks_or_nobody_trusts_is_a_tls_failure()
    {
        await using PostgresServer server = await PostgresServer.StartAsync();
        await using ProbeRig required = ProbeRig.Postgres(server.Url + "?sslmode=require");
        await required.FailsAsync(Reasons.TlsFailure);

        using ThrowAwayDirectory directory = new("hx-pg-tls-");
        TlsFiles tls = TlsFiles.Write(directory.Path);
        await server.UseTlsAsync(directory, tls.Certificate, tls.Key);
        await required.PassesAsync();

        await using ProbeRig untrusted = ProbeRig.Postgres(server.Url + "?sslmode=verify-full");
        await untrusted.FailsAsync(Reasons.TlsFailure);
        await using ProbeRig trusted = ProbeRig.Postgres(
            $"{server.Url}?sslmode=verify-full&sslrootcert={Uri.EscapeDataString(tls.Authority)}"
        );
        await trusted.PassesAsync();
    }

    [Fact]
    public async Task Unknown_host_is_a_dns_failure()
    {
        await using ProbeRig rig = ProbeRig.Postgres("postgresql://hx:any@nonexistent.invalid/hx");
        await rig.FailsAsync(Reasons.DnsFailure);
    }

    [Fact]
    public async Task Host_that_drops_packets_times_out()
    {
        using BacklogHole hole = await BacklogHole.OpenAsync();
        await using ProbeRig rig = ProbeRig.Postgres($"postgresql://hx:any@127.0.0.1:{hole.Port}/hx", ProbeRig.Short);
        await rig.FailsAsync(Reasons.Timeout);
    }

    private static async Task<NpgsqlConnection?> TryOpenAsync(string connectionString)
    {
        NpgsqlConnection connection = new(connectionString);
        try
        {
            await connection.OpenAsync();
            return connection;
        }
        catch (PostgresException)
        {
            await connection.DisposeAsync();
            return null;
        }
    }

    private static async Task StartWhenItHasEndedAsync(PostgresServer server)
    {
        // StopAsync returns when the process has ended; it is about to.
        await server.StopAsync();
        await server.StartAgainAsync();
    }

    private static string InData(PostgresServer server, string file) => Path.Combine(server.SocketDirectory, "data", file);

    private static int PostmasterOf(PostgresServer server) =>
        int.Parse(File.ReadLines(InData(server, "postmaster.pid")).First(), CultureInfo.InvariantCulture);
}
