using StackExchange.Redis;

namespace HxFunctions.Core.Probing;

/// <summary>Reasons for what StackExchange.Redis throws, by the server's error prefix, the connection's failure type, and below by network failure.</summary>
internal static class RedisFailures
{
    public static string Classify(Exception exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e is RedisServerException server) return ByPrefix(server.Message);
            // The client refuses writes to what it knows to be a replica.
            if (e is RedisCommandException command) return NamesReplica(command.Message) ? Reasons.ReadOnly : Reasons.Error;
        }

        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e is RedisConnectionException connection) return ByFailure(connection);
            if (e is RedisTimeoutException) return Reasons.Timeout;
        }

        return NetworkFailures.Classify(exception) ?? Reasons.Error;
    }

    /// <summary>Error prefixes: https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors.</summary>
    private static string ByPrefix(string message) => FirstWord(message) switch
    {
        "NOAUTH" or "WRONGPASS" => Reasons.AuthenticationFailed,
        "NOPERM" => Reasons.PermissionDenied,
        "READONLY" or "NOREPLICAS" => Reasons.ReadOnly,
        "OOM" => Reasons.OutOfMemory,
        "MISCONF" => Reasons.Misconf,
        "LOADING" => Reasons.StartingUp,
        "MASTERDOWN" or "CLUSTERDOWN" or "TRYAGAIN" or "BUSY" => Reasons.NotReady,
        _ when message.Contains("max number of clients", StringComparison.OrdinalIgnoreCase) => Reasons.TooManyConnections,
        _ when message.Contains("invalid password", StringComparison.OrdinalIgnoreCase)
            || message.Contains("without any password configured", StringComparison.OrdinalIgnoreCase) => Reasons.AuthenticationFailed,
        _ => Reasons.UnexpectedResponse,
    };

    private static string ByFailure(RedisConnectionException exception)
    {
        if (NamesReplica(exception.Message)) return Reasons.ReadOnly;
        if (exception.FailureType == ConnectionFailureType.AuthenticationFailure)
        {
            // StackExchange.Redis uses one type for TLS and for AUTH; the chain below tells them apart.
            return NetworkFailures.Classify(exception) == Reasons.TlsFailure ? Reasons.TlsFailure : Reasons.AuthenticationFailed;
        }

        string? below = NetworkFailures.Classify(exception);
        if (below is not null and not Reasons.Error) return below;
        return exception.FailureType switch
        {
            ConnectionFailureType.SocketClosed or ConnectionFailureType.SocketFailure or ConnectionFailureType.ConnectionDisposed
                or ConnectionFailureType.InternalFailure => Reasons.ConnectionReset,
            ConnectionFailureType.UnableToConnect or ConnectionFailureType.UnableToResolvePhysicalConnection => Reasons.ConnectionRefused,
            ConnectionFailureType.Loading => Reasons.StartingUp,
            ConnectionFailureType.ProtocolFailure => Reasons.UnexpectedResponse,
            _ => Reasons.Error,
        };
    }

    private static bool NamesReplica(string message) =>
        message.Contains("replica", StringComparison.OrdinalIgnoreCase) || message.Contains("requires writable", StringComparison.OrdinalIgnoreCase);

    private static ReadOnlySpan<char> FirstWord(string message)
    {
        int space = message.AsSpan().IndexOf(' ');
        return space < 0 ? message : message.AsSpan(0, space);
    }
}
