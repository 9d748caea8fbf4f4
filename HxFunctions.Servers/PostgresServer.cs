using System.Diagnostics;
using System.Runtime.Versioning;
using System.Security.Cryptography;
using Npgsql;

namespace HxFunctions.Servers;

/// <summary>
/// A throw-away PostgreSQL on 127.0.0.1 with password authentication (scram-sha-256), which can be hung, killed and started again.
/// Its data and its processes are gone after <see cref="DisposeAsync"/>, and at the latest when this process ends.
/// </summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private const int StartAttempts = 3;
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);

    private readonly PostgresBinaries _binaries;
    private readonly PostgresServerOptions _options;
    private readonly ThrowAwayDirectory _directory;
    private readonly string _adminPassword;
    private ChildProcess? _process;

    private PostgresServer(PostgresBinaries binaries, PostgresServerOptions options, ThrowAwayDirectory directory, string adminPassword)
    {
        _binaries = binaries;
        _options = options;
        _directory = directory;
        _adminPassword = adminPassword;
        Password = options.Password ?? RandomNumberGenerator.GetHexString(32, lowercase: true);
        Port = options.Port ?? FreePort.Next();
    }

    /// <summary>Whether initdb and postgres are on this machine and can be run by this user.</summary>
    public static bool IsAvailable => PostgresBinaries.Find() is not null;

    public int Port { get; private set; }

    public string Password { get; }

    /// <summary>The server as libpq's URI, its parts percent-encoded.</summary>
    public string Url =>
        $"postgresql://{Uri.EscapeDataString(_options.UserName)}:{Uri.EscapeDataString(Password)}"
        + $"@127.0.0.1:{Port}/{Uri.EscapeDataString(_options.Database)}";

    /// <summary>The same as Npgsql's keyword string.</summary>
    public string ConnectionString => Connection(_options.UserName, Password, _options.Database).ConnectionString;

    /// <summary>The directory of its Unix-domain socket.</summary>
    public string SocketDirectory => _directory.Path;

    /// <summary>The end of its log, for diagnosis.</summary>
    public string Log => _process?.Output ?? "";

    private bool _isMounted;

    private string Data => Path.Combine(_directory.Path, "data");

    /// <summary>Starts a server and returns when it has taken a login and made the role and the database.</summary>
    /// <exception cref="InvalidOperationException">PostgreSQL isn't installed, or doesn't start; the message has the end of its
    /// log.</exception>
    public static async Task<PostgresServer> StartAsync(
        PostgresServerOptions? options = null,
        CancellationToken cancellationToken = default
    )
    {
        PostgresBinaries binaries =
            PostgresBinaries.Find()
            ?? throw new InvalidOperationException(
                "PostgreSQL's initdb and postgres are not on this machine. On Debian: apt-get install postgresql."
            );
        PostgresTemplate template = await PostgresTemplate.GetAsync(binaries, cancellationToken);
        PostgresServer server = new PostgresServer(binaries, options ?? new(), new ThrowAwayDirectory("hx-pg-"), template.AdminPassword);
        try
        {
            await PostgresTemplate.GiveAwayAsync(server._directory.Path, cancellationToken);
            await server.MountAsync(cancellationToken);
            await template.CopyToAsync(server.Data, cancellationToken);
            await server.LaunchAsync(cancellationToken);
            await server.CreateDatabaseAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a hot standby that streams from this server.</summary>
    public async Task<PostgresServer> StartStandbyAsync(CancellationToken cancellationToken = default)
    {
        PostgresServerOptions options = _options with { Password = Password, Port = null };
        PostgresServer standby = new(_binaries, options, new ThrowAwayDirectory("hx-pg-"), _adminPassword);
        try
        {
            await PostgresTemplate.GiveAwayAsync(standby._directory.Path, cancellationToken);
            string program = Path.Combine(Path.GetDirectoryName(_binaries.Postgres)!, "pg_basebackup");
            string[] arguments =
            [
                "--pgdata",
                standby.Data,
                "--dbname",
                $"postgresql://postgres:{_adminPassword}@127.0.0.1:{Port}/",
                "--write-recovery-conf",
                "--checkpoint=fast",
                "--no-sync",
            ];
            await ExternalProgram.RunAsync(program, arguments, PostgresBinaries.User, cancellationToken);
            await standby.LaunchAsync(cancellationToken);
            await standby.FollowingAsync(cancellationToken);
            return standby;
        }
        catch
        {
            await standby.DisposeAsync();
            throw;
        }
    }

    /// <summary>Fills the disk that the data is on.</summary>
    public async Task FillDiskAsync()
    {
        try
        {
            await using FileStream file = File.Create(Filling);
            byte[] block = new byte[4096];
            while (true)
            {
                await file.WriteAsync(block);
                await file.FlushAsync();
            }
        }
        catch (IOException)
        {
            // No space left: as it should be.
        }
    }

    /// <summary>Makes room again.</summary>
    public void EmptyDisk() => File.Delete(Filling);

    /// <summary>Stops all its processes (SIGSTOP): new connections and pooled ones get no answer.</summary>
    public Task HangAsync() => _process?.HangAsync() ?? Task.CompletedTask;

    /// <summary>Lets all its processes go on.</summary>
    public Task ResumeAsync()
    {
        _process?.Resume();
        return Task.CompletedTask;
    }

    /// <summary>Kills all its processes (SIGKILL), hung or not: connections are reset, new ones refused.</summary>
    public Task KillAsync() => _process?.KillAsync() ?? Task.CompletedTask;

    /// <summary>A fast shutdown (SIGINT): sessions are ended with 57P01. A hung server is resumed for it.</summary>
    public Task StopAsync() => _process?.StopAsync(ProcessTree.Interrupt, StopPatience) ?? Task.CompletedTask;

    /// <summary>Starts a stopped or killed server on the same port and data.</summary>
    /// <exception cref="InvalidOperationException">It still runs, or doesn't start.</exception>
    public async Task StartAgainAsync(CancellationToken cancellationToken = default)
    {
        if (_process is { HasExited: false })
        {
            throw new InvalidOperationException("PostgreSQL still runs.");
        }

        await LaunchAsync(cancellationToken, attempts: 1);
    }

    /// <summary>
    /// Changes a setting of the running server (ALTER SYSTEM) and returns when new connections have it and open ones have been told.
    /// Uses a connection of its own, outside of any pool.
    /// </summary>
    /// <param name="setting">For example default_transaction_read_only.</param>
    /// <param name="value">Its value; null resets it.</param>
    /// <param name="cancellationToken">Ends the wait for the reload.</param>
    public async Task ReloadAsync(string setting, string? value, CancellationToken cancellationToken = default)
    {
        const string LoadTime = "SELECT pg_conf_load_time()::text";
        string name = Quoted(setting, '"');
        string sql = value is null ? $"ALTER SYSTEM RESET {name}" : $"ALTER SYSTEM SET {name} = {Quoted(value, '\'')}";
        object? before = await AdminAsync(LoadTime, cancellationToken);
        await AdminAsync(sql, cancellationToken);
        await AdminAsync("SELECT pg_reload_conf()", cancellationToken);

        // The reload is a signal to the postmaster; a connection made after it has been handled carries the new time.
        while (Equals(await AdminAsync(LoadTime, cancellationToken), before))
        {
            await Task.Delay(5, cancellationToken);
        }
    }

    /// <summary>Runs statements as the superuser on a connection of its own and returns the first value.</summary>
    public Task<object?> AdminAsync(string sql, CancellationToken cancellationToken = default) =>
        AdminInAsync("postgres", sql, cancellationToken);

    /// <summary>Offers TLS from now on.</summary>
    /// <param name="directory">Where the two files are; it becomes the server's own.</param>
    /// <param name="certificate">A PEM file, which may hold intermediate certificates, too.</param>
    [UnsupportedOSPlatform("windows")]
    public async Task UseTlsAsync(ThrowAwayDirectory directory, string certificate, string key)
    {
        // The server refuses a key that others may read.
        File.SetUnixFileMode(key, UnixFileMode.UserRead);
        await PostgresTemplate.GiveAwayAsync(directory.Path, CancellationToken.None);
        await AdminAsync($"ALTER SYSTEM SET ssl_cert_file = '{certificate}'");
        await AdminAsync($"ALTER SYSTEM SET ssl_key_file = '{key}'");
        await ReloadAsync("ssl", "on");
    }

    /// <summary>As <see cref="AdminAsync"/>, in the database of the ordinary role.</summary>
    public Task<object?> InDatabaseAsync(string sql, CancellationToken cancellationToken = default) =>
        AdminInAsync(_options.Database, sql, cancellationToken);

    private async Task<object?> AdminInAsync(string database, string sql, CancellationToken cancellationToken)
    {
        await using NpgsqlConnection connection = new NpgsqlConnection(Connection("postgres", _adminPassword, database).ConnectionString);
        await connection.OpenAsync(cancellationToken);
        await using NpgsqlCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The statements are this class's and the tests' own; ALTER SYSTEM and CREATE ROLE take no parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        // An orderly end first: it removes the System V segment that a killed server leaves to the machine.
        await StopAsync();
        _process?.Dispose();
        _process = null;
        if (_isMounted)
        {
            await ExternalProgram.RunAsync("umount", [Data]);
        }

        _directory.Dispose();
    }

    private string Filling =>
        _options.DiskSize is null ? throw new InvalidOperationException("It has no disk of its own.") : Path.Combine(Data, "filling");

    private async Task MountAsync(CancellationToken cancellationToken)
    {
        if (_options.DiskSize is null)
        {
            return;
        }

        Directory.CreateDirectory(Data);
        await ExternalProgram.RunAsync(
            "mount",
            ["-t", "tmpfs", "-o", $"size={_options.DiskSize}", "tmpfs", Data],
            cancellationToken: cancellationToken
        );
        _isMounted = true;
    }

    private NpgsqlConnectionStringBuilder Connection(string user, string password, string database) =>
        new()
        {
            Host = "127.0.0.1",
            Port = Port,
            Username = user,
            Password = password,
            Database = database,
            Pooling = false,
            Timeout = 5,
            SslMode = SslMode.Disable,
            GssEncryptionMode = GssEncryptionMode.Disable,
        };

    /// <summary>Starts postgres; when another program took the port that was free a moment ago, on another one.</summary>
    private async Task LaunchAsync(CancellationToken cancellationToken, int attempts = StartAttempts)
    {
        for (; ; attempts--)
        {
            // Its process is known to be gone, but another one may have its id by now, which postgres would take for a running server.
            File.Delete(Path.Combine(Data, "postmaster.pid"));
            _process?.Dispose();
            _process = ChildProcess.Start(_binaries.Postgres, Arguments(), _directory, PostgresBinaries.User);
            if (await IsReadyAsync(_process, cancellationToken))
            {
                return;
            }

            await _process.DrainedAsync(StopPatience);
            if (attempts <= 1 || _options.Port is not null || !Log.Contains("Address already in use", StringComparison.Ordinal))
            {
                throw new InvalidOperationException($"PostgreSQL did not start: {Log}");
            }

            Port = FreePort.Next();
        }
    }

    private List<string> Arguments()
    {
        Dictionary<string, string> settings = new()
        {
            ["listen_addresses"] = "127.0.0.1",
            ["unix_socket_directories"] = _directory.Path,
            ["fsync"] = "off",
            ["full_page_writes"] = "off",
            ["shared_buffers"] = "16MB",

            // In the data directory instead of /dev/shm, where a killed server would leave it behind.
            ["dynamic_shared_memory_type"] = "mmap",
        };
        foreach ((string? name, string? value) in _options.Settings)
        {
            settings[name] = value;
        }

        return ["-D", Data, "-p", $"{Port}", .. settings.SelectMany(setting => new[] { "-c", $"{setting.Key}={setting.Value}" })];
    }

    /// <summary>True when a login worked; false when the process ended first.</summary>
    /// <exception cref="InvalidOperationException">Neither happened within <see cref="StartPatience"/>.</exception>
    private async Task<bool> IsReadyAsync(ChildProcess process, CancellationToken cancellationToken)
    {
        long since = Stopwatch.GetTimestamp();
        while (!process.HasExited)
        {
            try
            {
                await AdminAsync("SELECT 1", cancellationToken);
                return !process.HasExited;
            }
            catch (NpgsqlException e) when (Stopwatch.GetElapsedTime(since) > StartPatience)
            {
                throw new InvalidOperationException(
                    $"PostgreSQL takes no login after {StartPatience.TotalSeconds} s: {e.Message} {Log}",
                    e
                );
            }
            catch (NpgsqlException)
            {
                await Task.Delay(10, cancellationToken);
            }
        }

        return false;
    }

    /// <summary>Waits until it follows its primary, to which it then has a connection.</summary>
    private async Task FollowingAsync(CancellationToken cancellationToken)
    {
        long since = Stopwatch.GetTimestamp();
        while (await AdminAsync("SELECT 1 FROM pg_stat_wal_receiver WHERE status = 'streaming'", cancellationToken) is null)
        {
            if (Stopwatch.GetElapsedTime(since) > StartPatience)
            {
                throw new InvalidOperationException($"The standby doesn't follow its primary after {StartPatience.TotalSeconds} s: {Log}");
            }

            await Task.Delay(10, cancellationToken);
        }
    }

    private async Task CreateDatabaseAsync(CancellationToken cancellationToken)
    {
        string user = Quoted(_options.UserName, '"');
        await AdminAsync($"CREATE ROLE {user} LOGIN PASSWORD {Quoted(Password, '\'')}", cancellationToken);
        await AdminAsync($"CREATE DATABASE {Quoted(_options.Database, '"')} OWNER {user}", cancellationToken);
    }

    private static string Quoted(string text, char quote) =>
        $"{quote}{text.Replace($"{quote}", $"{quote}{quote}", StringComparison.Ordinal)}{quote}";
}
