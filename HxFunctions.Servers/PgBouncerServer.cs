using Npgsql;

namespace HxFunctions.Servers;

/// <summary>
/// A throw-away pgbouncer on 127.0.0.1 before a <see cref="PostgresServer"/>, for that server's role and database and no other. It asks
/// its clients for SCRAM, and can be hung, killed and started again.
/// </summary>
internal sealed class PgBouncerServer : FrontServer
{
    private readonly string _program = ExternalProgram.FindServer("pgbouncer", package: "pgbouncer");
    private readonly PostgresBinaries _postgres = PostgresBinaries.Find()!;
    private readonly NpgsqlConnectionStringBuilder _login;

    private PgBouncerServer(PostgresServer backend)
        : base("pgbouncer", new ThrowAwayDirectory("hx-pgb-")) => _login = new(backend.ConnectionString) { Port = Port };

    /// <summary>As <see cref="PostgresServer.Url"/>, through pgbouncer.</summary>
    public string Url =>
        $"postgresql://{Uri.EscapeDataString(_login.Username!)}:{Uri.EscapeDataString(_login.Password!)}"
        + $"@127.0.0.1:{Port}/{Uri.EscapeDataString(_login.Database!)}";

    /// <summary>As <see cref="PostgresServer.ConnectionString"/>, through pgbouncer.</summary>
    public string ConnectionString => _login.ConnectionString;

    private string SettingsFile => Path.Combine(Folder.Path, "pgbouncer.ini");

    /// <summary>Starts a pgbouncer and returns when it listens.</summary>
    /// <exception cref="InvalidOperationException">pgbouncer isn't installed, or doesn't start; the message has the end of its
    /// log.</exception>
    public static async Task<PgBouncerServer> StartAsync(
        PostgresServer backend,
        PgBouncerServerOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        PgBouncerServer server = new(backend);
        try
        {
            await server.ConfigureAsync(backend, options ?? new(), cancellationToken);
            await server.StartAgainAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    // Written after it listens. A connection to try it would be a client that counts.
    protected override bool IsReady => Log.Contains("process up", StringComparison.Ordinal);

    /// <summary>Runs a command of its admin console, for example <c>DISABLE hx</c>, <c>PAUSE</c> or <c>SHOW POOLS</c>, and returns what
    /// that shows.</summary>
    /// <remarks>By psql: the console takes the simple query protocol only, which Npgsql doesn't speak. Over the socket, the user that
    /// pgbouncer runs as needs no password (pgbouncer(1)).</remarks>
    public Task<string> AdminAsync(string command, CancellationToken cancellationToken = default)
    {
        string psql = Path.Combine(_postgres.Directory, "psql");
        string[] arguments = ["-X", "-h", Folder.Path, "-p", $"{Port}", "-U", "pgbouncer", "-d", "pgbouncer", "-Atc", command];
        return ExternalProgram.RunAsync(psql, arguments, PostgresBinaries.User, cancellationToken);
    }

    protected override ChildProcess Launch() => ChildProcess.Start(_program, [SettingsFile], Folder, PostgresBinaries.User);

    private async Task ConfigureAsync(PostgresServer backend, PgBouncerServerOptions options, CancellationToken cancellationToken)
    {
        string users = Path.Combine(Folder.Path, "users.txt");
        string secret = options.ScramSecret
            ? (string)
                (await backend.AdminAsync($"SELECT rolpassword FROM pg_authid WHERE rolname = '{_login.Username}'", cancellationToken))!
            : _login.Password!;
        await File.WriteAllTextAsync(users, $"{Quoted(_login.Username!)} {Quoted(secret)}\n", cancellationToken);

        Dictionary<string, string> settings = new()
        {
            ["listen_addr"] = "127.0.0.1",
            ["listen_port"] = $"{Port}",
            ["unix_socket_dir"] = Folder.Path,
            ["auth_type"] = "scram-sha-256",
            ["auth_file"] = users,
            ["pool_mode"] = options.PoolMode,
        };
        foreach ((string name, string value) in options.Settings)
        {
            settings[name] = value;
        }

        string[] lines =
        [
            "[databases]",
            $"{_login.Database} = host=127.0.0.1 port={options.BackendPort ?? backend.Port}",
            "[pgbouncer]",
            .. settings.Select(setting => $"{setting.Key} = {setting.Value}"),
        ];
        await File.WriteAllLinesAsync(SettingsFile, lines, cancellationToken);
        await PostgresTemplate.GiveAwayAsync(Folder.Path, cancellationToken);
    }

    /// <summary>As its auth_file has it: in double quotes, which are doubled inside (pgbouncer(5), "Authentication file format").</summary>
    private static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
