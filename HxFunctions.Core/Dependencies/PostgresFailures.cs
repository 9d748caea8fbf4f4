using Npgsql;

namespace HxFunctions.Core.Dependencies;

/// <summary>Reasons for what Npgsql throws, by SQLSTATE (PostgreSQL documentation, appendix A) and below it by network failure.</summary>
internal static class PostgresFailures
{
    public static string Classify(Exception exception)
    {
        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e is PostgresException postgres)
            {
                return BySqlState(postgres);
            }

            if (e is EntraTokenException)
            {
                return Reasons.AuthenticationFailed;
            }
        }

        return NetworkFailures.Classify(exception) switch
        {
            { } reason => reason,
            // Bytes that are not PostgreSQL's.
            null
                when exception.Message.Contains("unknown response", StringComparison.Ordinal)
                    || exception.Message.StartsWith("Internal Npgsql bug", StringComparison.Ordinal) => Reasons.UnexpectedResponse,
            // "SSL connection requested. No SSL enabled connection from this host is configured." has no type of its own.
            null when exception is NpgsqlException && exception.Message.Contains("SSL", StringComparison.Ordinal) => Reasons.TlsFailure,
            // No password for a server that asks for one.
            null when exception is NpgsqlException && exception.Message.Contains("password", StringComparison.OrdinalIgnoreCase) =>
                Reasons.AuthenticationFailed,
            null when exception is NpgsqlException => Reasons.UnexpectedResponse,
            null => Reasons.Error,
        };
    }

    private static string BySqlState(PostgresException exception) =>
        exception.SqlState switch
        {
            PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => Reasons.AuthenticationFailed,
            PostgresErrorCodes.InvalidCatalogName => Reasons.DatabaseMissing,
            PostgresErrorCodes.InsufficientPrivilege => Reasons.PermissionDenied,
            PostgresErrorCodes.TooManyConnections or PostgresErrorCodes.ConfigurationLimitExceeded => Reasons.TooManyConnections,
            // One state for starting, stopping and recovering; only the text tells them apart, and it is English unless lc_messages says
            // otherwise.
            PostgresErrorCodes.CannotConnectNow => exception.MessageText.Contains("shutting down", StringComparison.OrdinalIgnoreCase)
                ? Reasons.ShuttingDown
                : Reasons.StartingUp,
            PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown => Reasons.ShuttingDown,
            PostgresErrorCodes.OutOfMemory or PostgresErrorCodes.DiskFull => Reasons.OutOfMemory,
            PostgresErrorCodes.ReadOnlySqlTransaction => Reasons.ReadOnly,
            PostgresErrorCodes.QueryCanceled => Reasons.Timeout,
            _ => Reasons.Error,
        };
}
