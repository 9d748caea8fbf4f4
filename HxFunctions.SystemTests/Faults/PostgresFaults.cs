using System.Globalization;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Routing;
using HxFunctions.Servers;

namespace HxFunctions.SystemTests.Faults;

/// <summary>What a real PostgreSQL does.</summary>
internal static class PostgresFaults
{
    private const string Role = $"\"{Canaries.PostgresUser}\"";

    private static readonly FaultCell Cell = new() { Dependency = DependencyName.Postgres, Fault = "" };

    public static IReadOnlyList<FaultCell> All { get; } =
    [
        Cell with
        {
            Fault = "killed",
            Reason = Reasons.ConnectionRefused,
            Besides = [Reasons.ConnectionReset, Reasons.StartingUp],
            Break = stage => stage.Postgres.KillAsync(),
            Mend = stage => stage.Postgres.StartAgainAsync(),
        },
        Cell with
        {
            Fault = "hung after accept",
            Hangs = true,
            Reason = Reasons.Timeout,
            Besides = [Reasons.StillRunning],
            Break = stage => stage.Postgres.HangAsync(),
            Mend = stage => stage.Postgres.ResumeAsync(),
        },
        Cell with
        {
            Fault = "TLS failure",
            Tls = true,
            Reason = Reasons.TlsFailure,
            // The first handshake of a process reads all authorities of the machine.
            Besides = [Reasons.Timeout, Reasons.StillRunning],
            NewConnectionsOnly = true,
            Query = stage =>
                $"?sslmode=verify-full&sslrootcert={Uri.EscapeDataString(Path.Combine(stage.Folder.Path, "trusted", "ca.pem"))}",
            Break = stage => CertifyAsync(stage, "untrusted"),
            Mend = stage => CertifyAsync(stage, "trusted"),
        },
        Cell with
        {
            Fault = "wrong credentials",
            Reason = Reasons.AuthenticationFailed,
            NewConnectionsOnly = true,
            Break = stage => stage.Postgres.AdminAsync($"ALTER ROLE {Role} PASSWORD 'another'"),
            Mend = stage =>
                stage.Postgres.AdminAsync(
                    $"ALTER ROLE {Role} PASSWORD '{Canaries.PostgresPassword.Replace("'", "''", StringComparison.Ordinal)}'"
                ),
        },
        Cell with
        {
            Fault = "read-only",
            Status = DependencyStatus.Warn,
            Reason = Reasons.ReadOnly,
            Break = stage => stage.Postgres.ReloadAsync("default_transaction_read_only", "on"),
            Mend = stage => stage.Postgres.ReloadAsync("default_transaction_read_only", null),
            Note = "Writes are closed, reads stay open. A change from read-only to up needs no confirmation.",
        },
        Cell with
        {
            Fault = "out of memory",
            Reason = Reasons.OutOfMemory,
            NewConnectionsOnly = true,
            Break = stage => LimitMemoryAsync(stage, roomKiB: 300),
            Mend = stage => LimitMemoryAsync(stage, roomKiB: null),
        },
        Cell with
        {
            Fault = "out of connections",
            Reason = Reasons.TooManyConnections,
            NewConnectionsOnly = true,
            Break = stage => stage.Postgres.AdminAsync($"ALTER ROLE {Role} CONNECTION LIMIT 0"),
            Mend = stage => stage.Postgres.AdminAsync($"ALTER ROLE {Role} CONNECTION LIMIT -1"),
        },
        Cell with
        {
            Fault = "pooler refuses",
            Reason = Reasons.NotReady,
            NewConnectionsOnly = true,
            Front = async stage =>
            {
                Dictionary<string, string> settings = new() { ["server_idle_timeout"] = "1", ["server_lifetime"] = "1" };
                PgBouncerServer pooler = await PgBouncerServer.StartAsync(
                    stage.Postgres,
                    new() { PoolMode = "transaction", Settings = settings }
                );
                return new($"127.0.0.1:{pooler.Port}", pooler.Port, stage.Pooler = pooler);
            },
            Break = stage => stage.Pooler!.AdminAsync($"DISABLE {FaultStage.Database}"),
            Mend = stage => stage.Pooler!.AdminAsync($"ENABLE {FaultStage.Database}"),
        },
        Cell with
        {
            Fault = "gone behind a proxy",
            Hangs = true,
            Reason = Reasons.Timeout,
            Besides = [Reasons.ConnectionReset, Reasons.StillRunning, Reasons.StartingUp],
            Front = stage => FaultCatalog.ProxyAsync(stage.Postgres.Port),
            Break = stage => stage.Postgres.KillAsync(),
            Mend = stage => stage.Postgres.StartAgainAsync(),
            Note = "HAProxy accepts the connection, and tries for three seconds to reach the server behind it before it gives up.",
        },
        Cell with
        {
            Fault = "failing over",
            Status = DependencyStatus.Warn,
            Reason = Reasons.ReadOnly,
            Query = _ => "?target_session_attrs=read-write",
            Front = async stage =>
            {
                PostgresServer standby = await stage.Postgres.StartStandbyAsync();
                // By the proxy, so that the standby's own connection to the primary is not taken for one of the instance's.
                return new($"{Canaries.PostgresHost}:{stage.Proxy.Port},127.0.0.1:{standby.Port}", stage.Proxy.Port, standby);
            },
            Break = stage => stage.Postgres.KillAsync(),
            Mend = stage => stage.Postgres.StartAgainAsync(),
            Note = "With target_session_attrs=read-write. Reads stay open: the standby answers them.",
        },
        Cell with
        {
            Fault = "restarting",
            Fitful = true,
            Reason = Reasons.ConnectionRefused,
            Besides = [Reasons.ConnectionReset, Reasons.StartingUp, Reasons.ShuttingDown, Reasons.Timeout, Reasons.StillRunning],
            Break = FaultCatalog.Restarting(stage => stage.Postgres.KillAsync(), stage => stage.Postgres.StartAgainAsync()),
            Mend = async stage =>
            {
                await stage.EndLoopAsync();
                await stage.Postgres.StartAgainAsync();
            },
        },
    ];

    /// <summary>Gives the server a certificate of one authority or of another.</summary>
    private static async Task CertifyAsync(FaultStage stage, string authority)
    {
        // Both are there before the first instance, whose URL names one of them.
        foreach (string name in new[] { "trusted", "untrusted" })
        {
            string folder = Path.Combine(stage.Folder.Path, name);
            if (Directory.Exists(folder))
            {
                continue;
            }

            Directory.CreateDirectory(folder);
            TlsFiles made = TlsFiles.Write(folder, Canaries.AddressOf(Canaries.PostgresHost));
            File.SetUnixFileMode(made.Key, UnixFileMode.UserRead);
            await PostgresTemplate.GiveAwayAsync(stage.Folder.Path, CancellationToken.None);
        }

        await stage.Postgres.AdminAsync($"ALTER SYSTEM SET ssl_cert_file = '{Path.Combine(stage.Folder.Path, authority, "server.pem")}'");
        await stage.Postgres.AdminAsync($"ALTER SYSTEM SET ssl_key_file = '{Path.Combine(stage.Folder.Path, authority, "server.key")}'");
        await stage.Postgres.ReloadAsync("ssl", "on");
    }

    /// <summary>
    /// Leaves new sessions hardly more address space than the postmaster takes itself: they inherit its limit. The soft limit, by the
    /// server's own user, so that it can be lifted again without privileges.
    /// </summary>
    private static async Task LimitMemoryAsync(FaultStage stage, int? roomKiB)
    {
        string id = (await File.ReadAllLinesAsync(Path.Combine(stage.Postgres.SocketDirectory, "data", "postmaster.pid")))[0];
        string size = File.ReadLines($"/proc/{id}/status")
            .First(line => line.StartsWith("VmSize:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2];
        string limit = roomKiB is { } room ? $"{(long.Parse(size, CultureInfo.InvariantCulture) + room) * 1024}" : "unlimited";
        await ExternalProgram.RunAsync("prlimit", ["--pid", id, $"--as={limit}:"], PostgresBinaries.User);
    }
}
