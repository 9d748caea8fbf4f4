using System.Diagnostics;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace HxFunctions.Servers;

/// <summary>A throw-away redis-server on 127.0.0.1 that keeps nothing on disk and can be hung, killed and started again.</summary>
internal sealed class RedisServer : IAsyncDisposable
{
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CommandPatience = TimeSpan.FromSeconds(10);

    private readonly RedisServerOptions _options;
    private readonly ThrowAwayDirectory _directory = new("hx-redis-");
    private readonly TlsFiles? _tls;
    private ChildProcess? _process;

    private RedisServer(RedisServerOptions options)
    {
        _options = options;
        Port = options.Port ?? FreePort.Next();
        _tls = options.Tls ? TlsFiles.Write(_directory.Path) : null;
    }

    /// <summary>Whether redis-server is on this machine.</summary>
    public static bool IsAvailable => ExternalProgram.FindInPath("redis-server") is not null;

    public int Port { get; }

    /// <summary>The server as a redis:// or rediss:// URL.</summary>
    public string Url
    {
        get
        {
            string scheme = _options.Tls ? "rediss" : "redis";
            string user = _options.Password is { } password ? $":{Uri.EscapeDataString(password)}@" : "";
            return $"{scheme}://{user}127.0.0.1:{Port}";
        }
    }

    /// <summary>The PEM file of the authority that signed the server's certificate; null without TLS.</summary>
    public string? AuthorityFile => _tls?.Authority;

    /// <summary>The server's certificate and its key, both PEM, which a server that asks for one takes from a client, too; null without
    /// TLS.</summary>
    public string? CertificateFile => _tls?.Certificate;

    /// <inheritdoc cref="CertificateFile"/>
    public string? KeyFile => _tls?.Key;

    /// <summary>The end of its log, for diagnosis.</summary>
    public string Log => _process?.Output ?? "";

    /// <summary>Starts a server and returns when it answers PING.</summary>
    /// <exception cref="InvalidOperationException">redis-server isn't installed, or doesn't start; the message has the end of its
    /// log.</exception>
    public static async Task<RedisServer> StartAsync(RedisServerOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (!IsAvailable)
        {
            throw new InvalidOperationException(
                "redis-server is not on this machine. On Debian: apt-get install redis-server (eng/test does it)."
            );
        }

        RedisServer server = new RedisServer(options ?? new());
        try
        {
            await server.StartAgainAsync(cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops the process (SIGSTOP): connections stay open, nothing answers.</summary>
    public Task HangAsync() => _process?.HangAsync() ?? Task.CompletedTask;

    public Task ResumeAsync()
    {
        _process?.Resume();
        return Task.CompletedTask;
    }

    /// <summary>Kills the process (SIGKILL), hung or not.</summary>
    public Task KillAsync() => _process?.KillAsync() ?? Task.CompletedTask;

    /// <summary>Sets its wall clock, by which keys expire and TIME answers, to this much after the machine's. Its monotonic clock goes on
    /// as it was.</summary>
    public async Task SetClockAsync(TimeSpan ahead)
    {
        // Renamed over the old one, so that no half of it is read.
        string written = Path.Combine(_directory.Path, "clock.new");
        await File.WriteAllTextAsync(
            written,
            string.Create(CultureInfo.InvariantCulture, $"{(ahead < TimeSpan.Zero ? "" : "+")}{ahead.TotalSeconds}\n")
        );
        File.Move(written, ClockFile, overwrite: true);
    }

    /// <summary>Starts a stopped or killed server on the same port, empty.</summary>
    public Task StartAgainAsync(CancellationToken cancellationToken = default) => StartAgainAsync([], cancellationToken);

    /// <summary>The same with further arguments; with what SAVE wrote, if it was called.</summary>
    public async Task StartAgainAsync(IReadOnlyList<string> more, CancellationToken cancellationToken = default)
    {
        if (_process is { HasExited: false })
        {
            throw new InvalidOperationException("redis-server still runs.");
        }

        _process?.Dispose();
        _process = _options.ClockCanBeSet
            ? ChildProcess.Start("env", [.. await ClockAsync(), "redis-server", .. Arguments(), .. more], _directory)
            : ChildProcess.Start("redis-server", [.. Arguments(), .. more], _directory);
        long since = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                if (await CommandAsync(["PING"], cancellationToken) == "PONG")
                {
                    return;
                }
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                if (_process.HasExited || Stopwatch.GetElapsedTime(since) > StartPatience)
                {
                    await _process.DrainedAsync(StopPatience);
                    throw new InvalidOperationException($"redis-server did not start: {e.Message} {Log}", e);
                }
            }

            await Task.Delay(5, cancellationToken);
        }
    }

    /// <summary>Runs a command on a connection of its own, with the password; see
    /// <see cref="CommandAsync(string[], CancellationToken)"/>.</summary>
    public Task<string> CommandAsync(params string[] arguments) => CommandAsync(arguments, CancellationToken.None);

    /// <summary>Runs a command on a connection of its own, with the password.</summary>
    /// <returns>The answer: a string as it is, a number in digits, null as "(nil)", an array's elements one per line, an error with its
    /// "-".</returns>
    /// <exception cref="IOException">No full answer within 10 s.</exception>
    /// <exception cref="SocketException">Nobody listens.</exception>
    public async Task<string> CommandAsync(string[] arguments, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(CommandPatience);
        try
        {
            using TcpClient client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", Port, deadline.Token);
            await using Stream stream = await OpenAsync(client, deadline.Token);
            if (
                _options.Password is { } password
                && await RespText.AskAsync(stream, ["AUTH", password], deadline.Token) is not "OK" and var refusal
            )
            {
                return refusal;
            }

            return await RespText.AskAsync(stream, arguments, deadline.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"redis-server gave no answer to {arguments[0]} within {CommandPatience.TotalSeconds} s.", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // A replica that waits for its master takes its time to end, and nothing is worth saving.
        await KillAsync();
        _process?.Dispose();
        _process = null;
        _directory.Dispose();
    }

    private async Task<Stream> OpenAsync(TcpClient client, CancellationToken cancellationToken)
    {
        if (_tls is null)
        {
            return client.GetStream();
        }

        SslStream stream = new SslStream(client.GetStream(), leaveInnerStreamOpen: false);
        try
        {
            using X509Certificate2 authority = X509CertificateLoader.LoadCertificateFromFile(_tls.Authority);
            X509ChainPolicy trust = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
            };
            trust.CustomTrustStore.Add(authority);
            SslClientAuthenticationOptions options = new SslClientAuthenticationOptions
            {
                TargetHost = "localhost",
                CertificateChainPolicy = trust,
                ClientCertificates = [X509Certificate2.CreateFromPemFile(_tls.Certificate, _tls.Key)],
            };
            await stream.AuthenticateAsClientAsync(options, cancellationToken);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private string ClockFile => Path.Combine(_directory.Path, "clock");

    /// <summary>Environment for env(1), see faketime(1).</summary>
    /// <remarks>
    /// jemalloc, which redis-server is linked with, asks for the time before libfaketime is ready, which asks jemalloc for memory: so libc
    /// comes first for the latter.
    /// </remarks>
    private async Task<string[]> ClockAsync()
    {
        string library =
            Directory
                .EnumerateDirectories("/usr/lib")
                .Select(d => Path.Combine(d, "faketime", "libfaketimeMT.so.1"))
                .FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException(
                "libfaketime is not on this machine. On Debian: apt-get install faketime (eng/test does it)."
            );
        if (!File.Exists(ClockFile))
        {
            await SetClockAsync(TimeSpan.Zero);
        }

        return
        [
            $"LD_PRELOAD={library}:libc.so.6",
            $"FAKETIME_TIMESTAMP_FILE={ClockFile}",
            "FAKETIME_NO_CACHE=1",
            "FAKETIME_DONT_FAKE_MONOTONIC=1",
        ];
    }

    private List<string> Arguments()
    {
        string port = Port.ToString(CultureInfo.InvariantCulture);
        List<string> arguments =
        [
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--daemonize",
            "no",
            "--dir",
            _directory.Path,
            "--port",
            _tls is null ? port : "0",
        ];
        if (_tls is not null)
        {
            arguments.AddRange([
                "--tls-port",
                port,
                "--tls-cert-file",
                _tls.Certificate,
                "--tls-key-file",
                _tls.Key,
                "--tls-ca-cert-file",
                _tls.Authority,
                "--tls-auth-clients",
                "no",
            ]);
        }

        if (_options.Password is { } password)
        {
            arguments.AddRange(["--requirepass", password]);
        }

        arguments.AddRange(_options.Arguments);
        return arguments;
    }
}
