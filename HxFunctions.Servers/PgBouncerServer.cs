using System.Diagnostics;
using Npgsql;

namespace HxFunctions.Servers;

/// <summary>
/// A throw-away pgbouncer on 127.0.0.1 before a <see cref="PostgresServer"/>, for that server's role and database and no other. It asks
/// its clients for SCRAM, and can be hung, killed and started again.
/// </summary>
internal sealed class PgBouncerServer : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    private readonly string _program = ExternalProgram.FindServer("pgbouncer", package: "pgbouncer");
    private readonly PostgresBinaries _postgres = PostgresBinaries.Find()!;
    private readonly NpgsqlConnectionStringBuilder _login;
    private readonly ThrowAwayDirectory _directory = new("hx-pgb-");
    private ChildProcess? _process;

    private PgBouncerServer(PostgresServer backend) => _login = new(backend.ConnectionString) { Port = Port };

    public int Port { get; } = FreePort.Next();

    /// <summary>As <see cref="PostgresServer.Url"/>, through pgbouncer.</summary>
    public string Url =>
        $"postgresql://{Uri.EscapeDataString(_login.Username!)}:{Uri.EscapeDataString(_login.Password!)}"
        + $"@127.0.0.1:{Port}/{Uri.EscapeDataString(_login.Database!)}";

    /// <summary>As <see cref="PostgresServer.ConnectionString"/>, through pgbouncer.</summary>
    public string ConnectionString => _login.ConnectionString;

    /// <summary>The end of its log, for diagnosis.</summary>
    public string Log => _process?.Output ?? "";

    private string SettingsFile => Path.Combine(_directory.Path, "pgbouncer.ini");

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

    /// <summary>Stops the process (SIGSTOP): connections stay open, nothing passes.</summary>
    public Task HangAsync() => _process?.HangAsync() ?? Task.CompletedTask;

    public Task ResumeAsync()
    {
        _process?.Resume();
        return Task.CompletedTask;
    }

    /// <summary>Kills the process (SIGKILL): connections are reset, new ones refused.</summary>
    public Task KillAsync() => _process?.KillAsync() ?? Task.CompletedTask;

    /// <summary>Starts a killed one on the same port.</summary>
    /// <exception cref="InvalidOperationException">It still runs, or doesn't start.</exception>
    public async Task StartAgainAsync(CancellationToken cancellationToken = default)
    {
        if (_process is { HasExited: false })
        {
            throw new InvalidOperationException("pgbouncer still runs.");
        }

        _process?.Dispose();
        _process = ChildProcess.Start(_program, [SettingsFile], _directory, PostgresBinaries.User);
        long since = Stopwatch.GetTimestamp();
        // Written after it listens. A connection to try it would be a client that counts.
        while (!Log.Contains("process up", StringComparison.Ordinal))
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(since) > StartPatience)
            {
                await _process.DrainedAsync(StopPatience);
                throw new InvalidOperationException($"pgbouncer did not start: {Log}");
            }

            await Task.Delay(5, cancellationToken);
        }
    }

    /// <summary>Runs a command of its admin console, for example <c>DISABLE hx</c>, <c>PAUSE</c> or <c>SHOW POOLS</c>, and returns what
    /// that shows.</summary>
    /// <remarks>By psql: the console takes the simple query protocol only, which Npgsql doesn't speak. Over the socket, the user that
    /// pgbouncer runs as needs no password (pgbouncer(1)).</remarks>
    public Task<string> AdminAsync(string command, CancellationToken cancellationToken = default)
    {
        string psql = Path.Combine(_postgres.Directory, "psql");
        string[] arguments = ["-X", "-h", _directory.Path, "-p", $"{Port}", "-U", "pgbouncer", "-d", "pgbouncer", "-Atc", command];
        return ExternalProgram.RunAsync(psql, arguments, PostgresBinaries.User, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        // SIGTERM is an immediate shutdown, SIGINT would wait for clients (pgbouncer(1), "Signals").
        if (_process is not null)
        {
            await _process.StopAsync(ProcessTree.Terminate, StopPatience);
            _process.Dispose();
            _process = null;
        }

        _directory.Dispose();
    }

    private async Task ConfigureAsync(PostgresServer backend, PgBouncerServerOptions options, CancellationToken cancellationToken)
    {
        string users = Path.Combine(_directory.Path, "users.txt");
        string secret = options.ScramSecret
            ? (string)
                (await backend.AdminAsync($"SELECT rolpassword FROM pg_authid WHERE rolname = '{_login.Username}'", cancellationToken))!
            : _login.Password!;
        await File.WriteAllTextAsync(users, $"{Quoted(_login.Username!)} {Quoted(secret)}\n", cancellationToken);

        Dictionary<string, string> settings = new()
        {
            ["listen_addr"] = "127.0.0.1",
            ["listen_port"] = $"{Port}",
            ["unix_socket_dir"] = _directory.Path,
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
        await PostgresTemplate.GiveAwayAsync(_directory.Path, cancellationToken);
    }

    /// <summary>As its auth_file has it: in double quotes, which are doubled inside (pgbouncer(5), "Authentication file format").</summary>
    private static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
