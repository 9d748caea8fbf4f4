using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace HxFunctions.Core.Dependencies;

/// <summary>
/// Reasons for what Npgsql throws: a pooler's own words, then SQLSTATE, then its class (PostgreSQL documentation, appendix A), and below it
/// the network's failure.
/// </summary>
internal static class PostgresFailures
{
    private const StringComparison IgnoringCase = StringComparison.OrdinalIgnoreCase;

    /// <summary>
    /// What poolers and clouds' proxies say under a state that says something else or nothing (<c>08P01</c>, <c>58000</c>, <c>XX000</c>).
    /// From the sources of pgbouncer (client.c, janitor.c, server.c, objects.c), pgpool-II, Supavisor and Neon's proxy. The first that fits
    /// counts.
    /// </summary>
    private static readonly (string Words, string Reason)[] Poolers =
    [
        ("password authentication failed", Reasons.AuthenticationFailed),
        ("SASL authentication failed", Reasons.AuthenticationFailed),
        ("authentication failed", Reasons.AuthenticationFailed),
        ("auth failed", Reasons.AuthenticationFailed),
        ("no such user", Reasons.AuthenticationFailed),
        ("tenant or user not found", Reasons.AuthenticationFailed),
        ("tenant not found", Reasons.AuthenticationFailed),
        ("no such database", Reasons.DatabaseMissing),
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
        ("database system is shutting down", Reasons.ShuttingDown),
        ("pgbouncer is shutting down", Reasons.ShuttingDown),
        ("shutting down", Reasons.ShuttingDown),
        ("database system is starting up", Reasons.StartingUp),
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
        ("SSL required", Reasons.TlsFailure),
        ("SSL connection is required", Reasons.TlsFailure),
        ("connection is insecure", Reasons.TlsFailure),
        ("paused", Reasons.NotReady),
    ];

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
        if (BySqlState(state, message, detail) is { } exact)
        {
            return exact;
        }

        foreach ((string words, string reason) in Poolers)
        {
            if (message.Contains(words, IgnoringCase))
            {
                return reason;
            }
        }

        return ByClass(state);
    }

    /// <summary>What the reason alone doesn't say.</summary>
    public static string? DetailOf(Exception exception) =>
        Find<PostgresException>(exception) is { } postgres && NamesHotStandby(postgres.Detail) ? "hot_standby off" : null;

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
        for (Exception? e = exception; e is not null && words.Count < 5; e = e.InnerException)
        {
            if (!words.Any(said => said.Contains(e.Message, StringComparison.Ordinal)))
            {
                words.Add(e.Message);
            }
        }

        return redactor.Redact(string.Join(": ", words));
    }

    /// <summary>The first of its kind in the chain of inner exceptions.</summary>
    public static T? Find<T>(Exception? exception)
        where T : Exception
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e is T found)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>Those that say the same whoever says them. <c>08P01</c> and the internal errors are a pooler's for anything.</summary>
    private static string? BySqlState(string state, string message, string? detail) =>
        state switch
        {
            PostgresErrorCodes.InvalidPassword => Reasons.AuthenticationFailed,
            PostgresErrorCodes.InvalidAuthorizationSpecification => Asks(message, "SSL") || Asks(message, "client certificate")
                ? Reasons.TlsFailure
                : Reasons.AuthenticationFailed,
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
            // idle_session_timeout, and idle_in_transaction_session_timeout: the session is gone, the server is well.
            "57P05" or "25P03" => Reasons.ConnectionReset,
            _ => null,
        };

    private static string ByClass(string state) =>
        (state.Length < 2 ? "" : state[..2]) switch
        {
            "08" => state == "08P01" ? Reasons.UnexpectedResponse : Reasons.ConnectionReset,
            "25" => Reasons.ReadOnly,
            "28" => Reasons.AuthenticationFailed,
            "3D" => Reasons.DatabaseMissing,
            "42" => state == PostgresErrorCodes.InsufficientPrivilege ? Reasons.PermissionDenied : Reasons.UnexpectedResponse,
            "53" => Reasons.OutOfMemory,
            // Not in the state that is asked for, an operator's intervention, a system error: it answers, and can't serve.
            "55" or "57" or "58" => Reasons.NotReady,
            _ => Reasons.Error,
        };

    /// <summary>Npgsql's words for <c>require_auth</c> and <c>channel_binding</c> that can't be met; they have no type of their
    /// own.</summary>
    private static bool IsLoginPolicy([NotNullWhen(true)] Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (
                exception.Message.Contains("authentication method is not allowed", IgnoringCase)
                || exception.Message.Contains("channel binding", IgnoringCase)
                || exception.Message.Contains("SCRAM-SHA-256-PLUS", StringComparison.Ordinal)
            )
            {
                return true;
            }
        }

        return false;
    }

    private static bool NamesHotStandby(string? detail) => detail is not null && Asks(detail, "hot standby mode is disabled");

    private static bool Asks(string message, string words) => message.Contains(words, IgnoringCase);
}
