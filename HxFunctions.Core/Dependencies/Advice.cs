namespace HxFunctions.Core.Dependencies;

/// <summary>What to look at first, for each reason: one line.</summary>
internal static class Advice
{
    public static string For(string reason) =>
        reason switch
        {
            Reasons.Ok => "",
            Reasons.ReadOnly => "a standby, a replica, or default_transaction_read_only: point the URL at the primary",
            Reasons.OutOfMemory => "maxmemory with noeviction, or a full disk",
            Reasons.Misconf => "Redis can't save its snapshot: its disk, or its permissions",
            Reasons.AuthenticationFailed => "user, password or API key; pg_hba.conf; a rotated secret",
            Reasons.PermissionDenied => "the user's privileges, or the Redis ACL",
            Reasons.DatabaseMissing => "the database's name in the URL",
            Reasons.CollectionMissing => "the collection's name",
            Reasons.CollectionRed => "the collection's failed operations in Qdrant's log",
            Reasons.Timeout => "it accepts or drops connections but doesn't answer: load, locks, firewall",
            Reasons.StillRunning => "an earlier probe still hangs",
            Reasons.DnsFailure => "the host's name, and the resolver",
            Reasons.ConnectionRefused => "nothing listens there: is it running, is the port right",
            Reasons.ConnectionReset => "it, or something in between, dropped the connection",
            Reasons.TlsFailure => "TLS expected on one side only, or a certificate that isn't trusted",
            Reasons.TooManyConnections => "max_connections or maxclients, and who holds them",
            Reasons.StartingUp => "wait: it is starting or recovering",
            Reasons.ShuttingDown => "it is being stopped",
            Reasons.NotReady => "it answers, but isn't ready to serve",
            Reasons.UnexpectedResponse => "something else listens there, e.g. a gRPC port or a proxy",
            Reasons.Misconfigured => "hx config",
            _ => "WRAPPER_LOG_LEVEL=DEBUG shows the driver's error",
        };
}
