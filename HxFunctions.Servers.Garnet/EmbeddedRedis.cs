using System.Globalization;
using System.Security.Cryptography;
using Garnet;

namespace HxFunctions.Servers.Garnet;

/// <summary>
/// A Redis-compatible server (Garnet) inside this process, on 127.0.0.1, with a password and nothing on disk. It keeps 16 MB: what is
/// beyond that is dropped some time later, the oldest keys first (Garnet's LogSizeTracker). Knows no streams, no WAIT and no INFO
/// used_memory.
/// </summary>
internal sealed class EmbeddedRedis : IDisposable
{
    private static readonly string[] WithScripts = ["--lua", "true", "--lua-transaction-mode", "true"];

    private GarnetServer? _server;
    private readonly bool _runsScripts;

    private EmbeddedRedis(int port, string password, bool runsScripts)
    {
        Port = port;
        Password = password;
        _runsScripts = runsScripts;
    }

    public int Port { get; }

    public string Password { get; }

    /// <summary>The server as a redis:// URL.</summary>
    public string Url => $"redis://:{Uri.EscapeDataString(Password)}@127.0.0.1:{Port}";

    /// <summary>Starts a server; when this returns, it listens. The first start in a process takes about 400 ms.</summary>
    /// <param name="port">Null: a free port.</param>
    /// <param name="password">Null: a random one.</param>
    /// <param name="runsScripts">Without, EVAL is refused, as Garnet does by default.</param>
    public static EmbeddedRedis Start(int? port = null, string? password = null, bool runsScripts = true)
    {
        EmbeddedRedis redis = new EmbeddedRedis(
            port ?? FreePort.Next(),
            password ?? RandomNumberGenerator.GetHexString(32, lowercase: true),
            runsScripts
        );
        redis.StartAgain();
        return redis;
    }

    /// <summary>Closes all connections and frees the port. What was stored is lost.</summary>
    public void Stop()
    {
        _server?.Dispose();
        _server = null;
    }

    /// <summary>Starts a stopped server again on the same port, empty.</summary>
    public void StartAgain()
    {
        Stop();
        _server = new GarnetServer([
            "--bind",
            "127.0.0.1",
            "--port",
            Port.ToString(CultureInfo.InvariantCulture),
            "--auth",
            "Password",
            "--password",
            Password,
            "--memory",
            "16m",
            "--page",
            "1m",
            "--index",
            "1m",
            "--logger-level",
            "None",
            "-q",
            .. _runsScripts ? WithScripts : [],
        ]);
        _server.Start();
    }

    public void Dispose() => Stop();
}
