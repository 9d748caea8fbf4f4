using StackExchange.Redis;

namespace HxFunctions.Core.Dependencies;

/// <summary>Reasons for what StackExchange.Redis throws, by the server's error prefix, the connection's failure type, and below by network
/// failure.</summary>
internal static class RedisFailures
{
    public static string Classify(Exception exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e is RedisServerException server)
            {
                return ByPrefix(server.Message);
            }

            if (e is EntraTokenException)
            {
                return Reasons.AuthenticationFailed;
            }
            // The client refuses writes to what it knows to be a replica.
            if (e is RedisCommandException command)
            {
                return NamesReplica(command.Message) ? Reasons.ReadOnly : Reasons.Error;
            }
        }

        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e is RedisConnectionException connection)
            {
                return ByFailure(connection);
            }

            if (e is RedisTimeoutException)
            {
                return Reasons.Timeout;
            }
        }

        return NetworkFailures.Classify(exception) ?? Reasons.Error;
    }

    /// <summary>Error prefixes: https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors.</summary>
    /// <param name="message">A server's error, without the dash.</param>
    public static string ByPrefix(string message) =>
        FirstWord(message) switch
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
                    || message.Contains("without any password configured", StringComparison.OrdinalIgnoreCase) =>
                Reasons.AuthenticationFailed,
            _ => Reasons.UnexpectedResponse,
        };

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
    private static RedisConnectionException? CauseOf(Exception exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e is RedisConnectionException { FailureType: not ConnectionFailureType.UnableToResolvePhysicalConnection } cause)
            {
                return cause;
            }
        }

        return null;
    }

    private static bool NamesReplica(string message) =>
        message.Contains("replica", StringComparison.OrdinalIgnoreCase)
        || message.Contains("requires writable", StringComparison.OrdinalIgnoreCase);

    private static ReadOnlySpan<char> FirstWord(string message)
    {
        int space = message.AsSpan().IndexOf(' ');
        return space < 0 ? message : message.AsSpan(0, space);
    }
}
