using System.Text.RegularExpressions;
using StackExchange.Redis;

namespace HxFunctions.Core.Dependencies;

/// <summary>What is wrong with a Redis, by the server's error prefix, by what StackExchange.Redis throws, and below by network
/// failure.</summary>
internal static partial class RedisFailures
{
    /// <summary>Without a password, the server takes connections from its own machine only.</summary>
    public const string ProtectedMode = "protected mode";

    /// <summary>The server runs one and answers nobody else.</summary>
    public const string ScriptRunning = "script running";

    /// <summary>A replica that has lost its master, and is told not to answer then.</summary>
    public const string MasterLinkDown = "master link down";

    /// <summary>Slots of the cluster have no node.</summary>
    public const string ClusterDown = "cluster down";

    /// <summary>A proxy answers, and has no Redis behind it.</summary>
    public const string NoUpstream = "no server behind the proxy";

    /// <summary>What was asked for a master knows no question of that kind.</summary>
    public const string NotASentinel = "not a sentinel";

    /// <summary>The server doesn't know SET. A sentinel doesn't, nor does one where it is renamed.</summary>
    public static RedisFailure UnknownWrite { get; } = new(Reasons.UnexpectedResponse, "unknown command SET");

    public static RedisFailure Of(Exception exception)
    {
        foreach (Exception e in ExceptionChain.Of(exception))
        {
            switch (e)
            {
                case RedisUnavailableException unavailable:
                    return unavailable.Failure;
                case RedisTlsFileException file:
                    return new(Reasons.LocalFile, file.Keyword);
                case RedisServerException server:
                    return Of(server.Message);
                case EntraTokenException:
                    return new(Reasons.AuthenticationFailed);
                // The client refuses writes to what it knows to be a replica.
                case RedisCommandException command:
                    return new(NamesReplica(command.Message) ? Reasons.ReadOnly : Reasons.Error);
            }
        }

        foreach (Exception e in ExceptionChain.Of(exception))
        {
            switch (e)
            {
                case RedisConnectionException connection:
                    return new(ByFailure(connection));
                case RedisTimeoutException:
                    return new(Reasons.Timeout);
                case InvalidDataException:
                    return new(Reasons.UnexpectedResponse);
            }
        }

        return new(NetworkFailures.Classify(exception) ?? Reasons.Error);
    }

    /// <summary>Error prefixes: https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors.</summary>
    /// <param name="message">A server's error, without the dash.</param>
    public static RedisFailure Of(string message) =>
        FirstWord(message) switch
        {
            "NOAUTH" or "WRONGPASS" => new(Reasons.AuthenticationFailed),
            "NOPERM" => new(Reasons.PermissionDenied, Permission(message)),
            "DENIED" => new(Reasons.PermissionDenied, ProtectedMode),
            "READONLY" => new(Reasons.ReadOnly),
            "NOREPLICAS" => new(Reasons.NoReplicas),
            "OOM" => new(Reasons.OutOfMemory),
            "MISCONF" => new(Reasons.Misconf),
            "LOADING" => new(Reasons.StartingUp),
            "BUSY" => new(Reasons.NotReady, ScriptRunning),
            "MASTERDOWN" => new(Reasons.NotReady, MasterLinkDown),
            "CLUSTERDOWN" => new(Reasons.NotReady, ClusterDown),
            "TRYAGAIN" => new(Reasons.NotReady),
            _ when Has(message, "max number of clients") => new(Reasons.TooManyConnections),
            _ when NamesLogin(message) => new(Reasons.AuthenticationFailed),
            _ when Has(message, "SELECT is not allowed in cluster mode") => new(Reasons.DatabaseMissing, "a cluster has only database 0"),
            _ when Has(message, "DB index is out of range") => new(Reasons.DatabaseMissing, "out of range"),
            _ when UnknownCommand().Match(message) is { Success: true } unknown => new(
                Reasons.StoreUnusable,
                unknown.Groups[1] is { Success: true } name ? name.Value.ToUpperInvariant() : null
            ),
            // Garnet without --lua, and managed servers that keep scripts from their users.
            _ when Has(message, "Lua scripting support disabled") || Has(message, "command eval not support") => new(
                Reasons.StoreUnusable,
                "EVAL"
            ),
            // Dragonfly has no prefix for these two.
            _ when Has(message, "ERR Out of memory") => new(Reasons.OutOfMemory),
            _ when Has(message, "Bad TLS header") => new(Reasons.TlsFailure),
            // twemproxy gives the system's words for how it lost its server (nc_message.c, msg_get_error), Envoy its own.
            _ when message is "ERR Connection timed out" => new(Reasons.Timeout, NoUpstream),
            _ when Unreachable.Contains(message) => new(Reasons.NotReady, NoUpstream),
            // Redis 7 doesn't name the command here; the probe's script does.
            _ when Has(message, "can't run this command") => new(Reasons.StoreUnusable),
            _ => new(Reasons.UnexpectedResponse),
        };

    /// <summary>What it means that a command of a script failed, on a server that takes writes.</summary>
    /// <param name="command">The command, as the script calls it.</param>
    /// <param name="message">Its error. Before Redis 7 the script's name stands before it: <c>@user_script: 7: -OOM …</c>.</param>
    public static RedisFailure OfScript(string command, string message)
    {
        message = ScriptPosition().Replace(message, "");
        if (Has(message, "can't run this command") || FirstWord(message) is "NOPERM")
        {
            return new(Reasons.StoreUnusable, $"+{command.ToLowerInvariant()}");
        }

        RedisFailure failure = Of(message);
        return failure.Reason is Reasons.UnexpectedResponse or Reasons.StoreUnusable ? new(Reasons.StoreUnusable, command) : failure;
    }

    /// <summary>What it means that EVAL itself was refused, on a server that takes writes.</summary>
    public static RedisFailure OfEval(Exception exception)
    {
        RedisFailure failure = ForStore(Of(exception));
        return failure.Reason switch
        {
            // Each server that has no scripts says so in words of its own; and the client may have been told not to send it.
            Reasons.UnexpectedResponse or Reasons.Error => new(Reasons.StoreUnusable, "EVAL"),
            Reasons.StoreUnusable => failure with { Detail = failure.Detail ?? "EVAL" },
            _ => failure,
        };
    }

    /// <summary>The same failure of a call of the store's, on a server that takes writes: a missing permission makes it unusable as the
    /// store.</summary>
    public static RedisFailure ForStore(RedisFailure failure) =>
        failure.Reason == Reasons.PermissionDenied ? failure with { Reason = Reasons.StoreUnusable } : failure;

    /// <summary>What an exception and those within it say, for the log and for <c>hx check --verbose</c>; to be redacted.</summary>
    public static string WordsOf(Exception exception) => string.Join(" ", ExceptionChain.WordsOf(exception).Take(4));

    private static string ByFailure(RedisConnectionException exception)
    {
        RedisConnectionException? cause = CauseOf(exception);
        if (cause is null)
        {
            if (NamesReplica(exception.Message))
            {
                return Reasons.ReadOnly;
            }
            // No attempt to connect has failed yet, and none has come to an end.
            return NetworkFailures.Classify(exception) ?? Reasons.Timeout;
        }

        string? below = NetworkFailures.Classify(cause);
        if (cause.FailureType == ConnectionFailureType.AuthenticationFailure)
        {
            // StackExchange.Redis uses one type for TLS and for AUTH; the chain below tells them apart.
            return below == Reasons.TlsFailure ? Reasons.TlsFailure : Reasons.AuthenticationFailed;
        }

        if (below is not null and not Reasons.Error)
        {
            return below;
        }

        return cause.FailureType switch
        {
            ConnectionFailureType.SocketClosed or ConnectionFailureType.SocketFailure => Reasons.ConnectionReset,
            // Without an error of the socket the attempt ran out of time; and the client itself gives up a connection on which nothing
            // comes in.
            ConnectionFailureType.UnableToConnect or ConnectionFailureType.ConnectionDisposed => Reasons.Timeout,
            ConnectionFailureType.Loading => Reasons.StartingUp,
            // What came in could not be read.
            ConnectionFailureType.ProtocolFailure or ConnectionFailureType.InternalFailure => Reasons.UnexpectedResponse,
            _ => Reasons.Error,
        };
    }

    /// <summary>
    /// Why there is no connection. "No connection is available" is what every call says then; what the last attempt to connect found is
    /// further in.
    /// </summary>
    /// <returns><see langword="null"/> when no attempt has failed.</returns>
    private static RedisConnectionException? CauseOf(Exception exception) =>
        ExceptionChain
            .Of(exception)
            .OfType<RedisConnectionException>()
            .FirstOrDefault(e => e.FailureType != ConnectionFailureType.UnableToResolvePhysicalConnection);

    /// <summary>The permission that a NOPERM asks for: <c>+eval</c>, or that the keys are not ours.</summary>
    private static string? Permission(string message) =>
        PermissionOf().Match(message) is { Success: true } command ? $"+{command.Groups[1].Value.ToLowerInvariant()}"
        : Has(message, "keys") || Has(message, "a key") ? "keys"
        : null;

    /// <summary>A login that this server doesn't take: of a user where there are none (Redis 5 and older), with a password where none is
    /// set (the same, twemproxy, Envoy), or where it goes by something else (Garnet).</summary>
    private static bool NamesLogin(string message) =>
        Has(message, "invalid password")
        || Has(message, "without any password configured")
        || Has(message, "wrong number of arguments for 'auth'")
        || message.StartsWith("ERR Client sent AUTH, but ", StringComparison.Ordinal);

    private static bool NamesReplica(string message) => Has(message, "replica") || Has(message, "requires writable");

    /// <summary>What a proxy says that has lost its server, or can't reach it.</summary>
    private static readonly string[] Unreachable =
    [
        "ERR Connection refused",
        "ERR Connection reset by peer",
        "ERR Broken pipe",
        "ERR No route to host",
        "ERR Network is unreachable",
        "ERR Host is down",
        "no upstream host",
        "upstream failure",
    ];

    private static bool Has(string message, string words) => message.Contains(words, StringComparison.OrdinalIgnoreCase);

    private static ReadOnlySpan<char> FirstWord(string message)
    {
        int space = message.AsSpan().IndexOf(' ');
        return space < 0 ? message : message.AsSpan(0, space);
    }

    [GeneratedRegex(@"unknown command(?: [`'""]?([A-Za-z]{1,30}))?", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex UnknownCommand();

    [GeneratedRegex(@"run the '([A-Za-z|\-]{1,40})' command", RegexOptions.CultureInvariant)]
    private static partial Regex PermissionOf();

    [GeneratedRegex(@"^(?:ERR Error running script.{0,80}?: )?@user_script: ?\d+: -?", RegexOptions.CultureInvariant)]
    private static partial Regex ScriptPosition();
}
