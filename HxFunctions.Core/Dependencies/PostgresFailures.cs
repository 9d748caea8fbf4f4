using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace HxFunctions.Core.Dependencies;

/// <summary>
/// Reasons for what Npgsql throws: a pooler's own words, then SQLSTATE, then its class (PostgreSQL documentation, appendix A), and below it
/// the network's failure.
/// </summary>
internal static class PostgresFailures
{
    /// <summary>A standby that takes no logins at all.</summary>
    public const string HotStandbyOff = "hot_standby off";

    /// <summary>The server's rules on who may come from where refuse this client, whatever its password.</summary>
    public const string HostRules = "pg_hba.conf";

    /// <summary>A parameter that the URL sets at login, which the server or its pooler refuses.</summary>
    public const string StartupParameter = "startup parameter";

    /// <summary>No host of the URL is what it asks for.</summary>
    public const string TargetSession = "target_session_attrs";

    private const StringComparison IgnoringCase = StringComparison.OrdinalIgnoreCase;

    /// <summary>pgbouncer (objects.c): why it doesn't even try to log in. The server's own words are between the two.</summary>
    private const string CachedError = "cached error: ",
        RetriedLater = " (server_login_retry)";

    /// <summary>How servers without an entry for a client say how it came (auth.c): since PostgreSQL 14, and before.</summary>
    private static readonly string[] Unencrypted = ["no encryption", "SSL off"];

    /// <summary>Only whole phrases: a role or a database may have any of the letters in its name.</summary>
    private static readonly string[] TlsDemands =
    [
        "SSL required",
        "SSL is required",
        "requires TLS connections",
        "SSL connection is required",
        "SSL connection required",
        "TLS connection required",
        "only TLS connections are allowed",
        "connection is insecure",
        "requires a valid client certificate",
        "TLS client certificate required",
        "TLS certificate name mismatch",
    ];

    /// <summary>What PostgreSQL (guc.c, postgres.c), pgbouncer (client.c) and Supavisor say about a parameter of the login.</summary>
    private static readonly string[] ParameterRefusals =
    [
        "unsupported startup parameter",
        "unsupported options startup parameter",
        "unrecognized configuration parameter",
        "invalid value for parameter",
        "invalid command-line argument",
        "permission denied to set parameter",
    ];

    /// <summary>
    /// What poolers and clouds' proxies say under a state that says something else or nothing (<c>08P01</c>, <c>58000</c>, <c>XX000</c>).
    /// From the sources of pgbouncer (client.c, janitor.c, server.c, objects.c), pgpool-II, Odyssey, PgCat, Supavisor and Neon's proxy. The
    /// first that fits counts. Before 1.19, pgbouncer passes PostgreSQL's own words on without their state.
    /// </summary>
    private static readonly (string Words, string Reason)[] Poolers =
    [
        ("password authentication failed", Reasons.AuthenticationFailed),
        ("SASL authentication failed", Reasons.AuthenticationFailed),
        ("authentication failed", Reasons.AuthenticationFailed),
        ("auth failed", Reasons.AuthenticationFailed),
        ("login rejected", Reasons.AuthenticationFailed),
        ("server login failed", Reasons.AuthenticationFailed),
        ("no such user", Reasons.AuthenticationFailed),
        ("tenant/user", Reasons.AuthenticationFailed),
        ("address not in tenant allow_list", Reasons.AuthenticationFailed),
        ("tenant or user not found", Reasons.AuthenticationFailed),
        ("tenant not found", Reasons.AuthenticationFailed),
        ("no such database", Reasons.DatabaseMissing),
        ("no pool configured for database", Reasons.DatabaseMissing),
        ("is disabled", Reasons.NotReady),
        ("database does not allow connections", Reasons.NotReady),
        ("no more connections allowed", Reasons.TooManyConnections),
        ("max clients", Reasons.TooManyConnections),
        ("max client connections", Reasons.TooManyConnections),
        ("client connections exceeded", Reasons.TooManyConnections),
        ("too many clients", Reasons.TooManyConnections),
        ("too many connections", Reasons.TooManyConnections),
        ("remaining connection slots", Reasons.TooManyConnections),
        ("query_wait_timeout", Reasons.PoolExhausted),
        ("unable to check out", Reasons.PoolExhausted),
        ("failed to acquire permit", Reasons.PoolExhausted),
        ("AllServersDown", Reasons.ConnectionRefused),
        ("could not get connection from the pool", Reasons.PoolExhausted),
        ("due to administrator command", Reasons.ShuttingDown),
        ("database system is shutting down", Reasons.ShuttingDown),
        ("pgbouncer is shutting down", Reasons.ShuttingDown),
        ("shutting down", Reasons.ShuttingDown),
        ("database system is starting up", Reasons.StartingUp),
        ("DNS lookup failed", Reasons.DnsFailure),
        ("server refused SSL", Reasons.TlsFailure),
        ("cannot connect to server", Reasons.ConnectionRefused),
        ("connect failed", Reasons.ConnectionRefused),
        ("server_login_retry", Reasons.ConnectionRefused),
        ("all backend nodes are down", Reasons.ConnectionRefused),
        ("failed to create a backend connection", Reasons.ConnectionRefused),
        ("server login has been failing", Reasons.NotReady),
        ("server conn crashed", Reasons.ConnectionReset),
        ("server closed the connection", Reasons.ConnectionReset),
        ("client_login_timeout", Reasons.Timeout),
        ("query_timeout", Reasons.Timeout),
        ("server_connect_timeout", Reasons.Timeout),
        ("paused", Reasons.NotReady),
    ];

    /// <summary>Supavisor 2.9 begins its words with a code (lib/supavisor/errors): <c>(ECHECKOUTTIMEOUT) unable to …</c>.</summary>
    private static readonly Dictionary<string, string> SupavisorCodes = new(StringComparer.Ordinal)
    {
        ["EADDRNOTALLOWED"] = Reasons.AuthenticationFailed,
        ["EAUTHPROTOCOL"] = Reasons.AuthenticationFailed,
        ["EAUTHQUERY"] = Reasons.AuthenticationFailed,
        ["EAUTHSECRETS"] = Reasons.AuthenticationFailed,
        ["EINVALIDUSERINFO"] = Reasons.AuthenticationFailed,
        ["EJITUNAUTHORIZED"] = Reasons.AuthenticationFailed,
        ["ENOIDENTIFIER"] = Reasons.AuthenticationFailed,
        ["ENOTFOUND"] = Reasons.AuthenticationFailed,
        ["EWRONGPASSWORD"] = Reasons.AuthenticationFailed,
        ["EMAXCONN"] = Reasons.TooManyConnections,
        ["EMAXCONNSESSION"] = Reasons.TooManyConnections,
        ["EMAXPOOLSREACHED"] = Reasons.TooManyConnections,
        ["ECHECKOUTFAILED"] = Reasons.PoolExhausted,
        ["ECHECKOUTRETRIES"] = Reasons.PoolExhausted,
        ["ECHECKOUTTIMEOUT"] = Reasons.PoolExhausted,
        ["EPOOLCHECKOUT"] = Reasons.PoolExhausted,
        ["ESSLHANDSHAKE"] = Reasons.TlsFailure,
        ["ESSLREQUIRED"] = Reasons.TlsFailure,
        ["EAUTHTIMEOUT"] = Reasons.Timeout,
        ["EDBHANDLEREXITED"] = Reasons.ConnectionReset,
        ["EPOOLTERMINATING"] = Reasons.ShuttingDown,
        ["EBANNED"] = Reasons.NotReady,
        ["ECIRCUITBREAKER"] = Reasons.NotReady,
        ["EPOOLCONFIGNOTFOUND"] = Reasons.NotReady,
        ["EPOOLRANCHNOTFOUND"] = Reasons.NotReady,
        ["EPROXYSTARTFAILED"] = Reasons.NotReady,
        ["EPROXYSUPERVISORUNAVAILABLE"] = Reasons.NotReady,
        ["ESUBSCRIBERETRIES"] = Reasons.NotReady,
        ["EWORKERNOTFOUND"] = Reasons.NotReady,
    };

    public static string Classify(Exception exception)
    {
        if (Find<EntraTokenException>(exception) is not null)
        {
            return Reasons.AuthenticationFailed;
        }

        if (Find<PostgresException>(exception) is { } postgres)
        {
            return ByServer(postgres.SqlState, postgres.MessageText, postgres.Detail);
        }

        string words = Find<NpgsqlException>(exception)?.Message ?? exception.Message;
        return words switch
        {
            _ when IsLoginPolicy(exception) => Reasons.LoginPolicy,
            _ when NetworkFailures.Classify(exception) is { } reason => reason,
            // Bytes that are not PostgreSQL's.
            _ when words.Contains("unknown response", IgnoringCase) || words.StartsWith("Internal Npgsql bug", IgnoringCase) =>
                Reasons.UnexpectedResponse,
            // "SSL connection requested. No SSL enabled connection from this host is configured." has no type of its own.
            _ when words.Contains("SSL", StringComparison.Ordinal) && exception is NpgsqlException => Reasons.TlsFailure,
            // No password for a server that asks for one.
            _ when words.Contains("password", IgnoringCase) && exception is NpgsqlException => Reasons.AuthenticationFailed,
            _ when exception is NpgsqlException or InvalidDataException or InvalidCastException => Reasons.UnexpectedResponse,
            _ => Reasons.Error,
        };
    }

    /// <summary>The reason for what a server, or a pooler in its place, says.</summary>
    /// <param name="state">SQLSTATE, five characters.</param>
    public static string ByServer(string state, string message, string? detail)
    {
        if (NamesParameter(state, message))
        {
            return Reasons.Misconfigured;
        }

        return BySqlState(state, message, detail) ?? ByWords(message) ?? ByClass(state);
    }

    /// <summary>What the reason alone doesn't say.</summary>
    public static string? DetailOf(Exception exception) =>
        Find<PostgresException>(exception) is { } postgres ? DetailOf(postgres.SqlState, postgres.MessageText, postgres.Detail) : null;

    /// <summary>The same for what a server says.</summary>
    /// <param name="state">SQLSTATE, five characters.</param>
    public static string? DetailOf(string state, string message, string? detail) =>
        NamesHotStandby(detail) ? HotStandbyOff
        : NamesHostRules(message) ? HostRules
        : NamesParameter(state, message) ? StartupParameter
        : null;

    /// <summary>What happened, for people: the server's own words with their SQLSTATE, inner exceptions, credentials and hosts
    /// removed.</summary>
    public static string Words(Exception exception, Redactor redactor)
    {
        if (Find<PostgresException>(exception) is { } postgres)
        {
            string detail = postgres.Detail is { Length: > 0 } text ? $" ({text})" : "";
            return redactor.Redact($"{postgres.SqlState}: {postgres.MessageText}{detail}");
        }

        if (exception is OperationCanceledException or TimeoutException)
        {
            return "no answer in time";
        }

        List<string> words = [];
        foreach (string message in ExceptionChain.WordsOf(exception))
        {
            if (!words.Exists(said => said.Contains(message, StringComparison.Ordinal)))
            {
                words.Add(message);
            }
        }

        return redactor.Redact(string.Join(": ", words.Take(5)));
    }

    /// <summary>The first of its kind in the chain of inner exceptions.</summary>
    public static T? Find<T>(Exception? exception)
        where T : Exception => ExceptionChain.Of(exception).OfType<T>().FirstOrDefault();

    /// <summary>Those that say the same whoever says them. <c>08P01</c> and the internal errors are a pooler's for anything.</summary>
    private static string? BySqlState(string state, string message, string? detail) =>
        state switch
        {
            PostgresErrorCodes.InvalidPassword => Reasons.AuthenticationFailed,
            PostgresErrorCodes.InvalidAuthorizationSpecification => AsksForTls(message) ? Reasons.TlsFailure : Reasons.AuthenticationFailed,
            PostgresErrorCodes.InvalidCatalogName or PostgresErrorCodes.DatabaseDropped => Reasons.DatabaseMissing,
            PostgresErrorCodes.InsufficientPrivilege => Reasons.PermissionDenied,
            PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.ConfigurationLimitExceeded => Reasons.TooManyConnections,
            // One state for starting, stopping and recovering; only the text tells them apart, and it is English unless lc_messages says
            // otherwise. A standby with hot_standby=off never accepts connections.
            PostgresErrorCodes.CannotConnectNow when NamesHotStandby(detail) => Reasons.NotReady,
            PostgresErrorCodes.CannotConnectNow when !Asks(message, "connect to server") => Asks(message, "shutting down")
                ? Reasons.ShuttingDown
                : Reasons.StartingUp,
            PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown => Reasons.ShuttingDown,
            PostgresErrorCodes.OutOfMemory or PostgresErrorCodes.DiskFull => Reasons.OutOfMemory,
            PostgresErrorCodes.ReadOnlySqlTransaction => Reasons.ReadOnly,
            PostgresErrorCodes.QueryCanceled => Reasons.Timeout,
            // idle_session_timeout, idle_in_transaction_session_timeout, transaction_timeout: the session is gone, the server is well.
            "57P05" or "25P03" or "25P04" => Reasons.ConnectionReset,
            _ => null,
        };

    private static string? ByWords(string message)
    {
        int cached = message.IndexOf(CachedError, StringComparison.Ordinal);
        if (cached >= 0)
        {
            string words = message[(cached + CachedError.Length)..].Replace(RetriedLater, "", StringComparison.Ordinal);
            return ByWords(words) ?? Reasons.NotReady;
        }

        if (message.StartsWith('(') && SupavisorCodes.TryGetValue(message[1..Math.Max(1, message.IndexOf(')'))], out string? meant))
        {
            return meant;
        }

        if (AsksForTls(message))
        {
            return Reasons.TlsFailure;
        }

        if (NamesHostRules(message))
        {
            return Reasons.AuthenticationFailed;
        }

        if (message.EndsWith("does not exist", IgnoringCase) && message.StartsWith("database ", IgnoringCase))
        {
            return Reasons.DatabaseMissing;
        }

        if (message.EndsWith("does not exist", IgnoringCase) && message.StartsWith("role ", IgnoringCase))
        {
            return Reasons.AuthenticationFailed;
        }

        foreach ((string words, string reason) in Poolers)
        {
            if (Asks(message, words))
            {
                return reason;
            }
        }

        return null;
    }

    /// <summary>When nothing more is known. It is an error as PostgreSQL's protocol has them, so that something of PostgreSQL's kind has
    /// answered.</summary>
    private static string ByClass(string state) =>
        (state.Length < 2 ? "" : state[..2]) switch
        {
            "08" => state == "08P01" ? Reasons.Error : Reasons.ConnectionReset,
            "28" => Reasons.AuthenticationFailed,
            "3D" => Reasons.DatabaseMissing,
            "53" => Reasons.OutOfMemory,
            // Not in the state that is asked for, an operator's intervention, a system error: it answers, and can't serve.
            "55" or "57" or "58" => Reasons.NotReady,
            _ => Reasons.Error,
        };

    /// <summary>Npgsql's words for <c>require_auth</c> and <c>channel_binding</c> that can't be met; they have no type of their
    /// own.</summary>
    private static bool IsLoginPolicy([NotNullWhen(true)] Exception? exception) =>
        ExceptionChain
            .Of(exception)
            .Any(e =>
                e.Message.Contains("authentication method is not allowed", IgnoringCase)
                || e.Message.Contains("channel binding", IgnoringCase)
                || e.Message.Contains("SCRAM-SHA-256-PLUS", StringComparison.Ordinal)
            );

    /// <summary>Where pg_hba.conf refuses a client that came without encryption, TLS may be all that is missing. Providers that demand TLS
    /// refuse it in this way, too.</summary>
    private static bool AsksForTls(string message) =>
        NamesHostRules(message)
            ? Unencrypted.Any(end => message.EndsWith(end, StringComparison.Ordinal))
            : TlsDemands.Any(demand => Asks(message, demand));

    private static bool NamesHostRules(string message) =>
        Asks(message, "no pg_hba.conf entry") || Asks(message, "pg_hba.conf rejects") || Asks(message, "address not in tenant allow_list");

    /// <summary>By state where PostgreSQL may say it in another language: the probe's own statements name no parameter that it doesn't
    /// have.</summary>
    private static bool NamesParameter(string state, string message) =>
        state is PostgresErrorCodes.UndefinedObject or PostgresErrorCodes.InvalidParameterValue or PostgresErrorCodes.CantChangeRuntimeParam
        || ParameterRefusals.Any(refusal => Asks(message, refusal));

    private static bool NamesHotStandby(string? detail) => detail is not null && Asks(detail, "hot standby mode is disabled");

    private static bool Asks(string message, string words) => message.Contains(words, IgnoringCase);
}
