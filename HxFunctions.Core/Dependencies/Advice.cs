using HxFunctions.Core.Routing;

namespace HxFunctions.Core.Dependencies;

/// <summary>What to look at first, for each reason: one line. docs/operations.md says the same at more length.</summary>
internal static class Advice
{
    /// <summary>The line for a reason at this dependency.</summary>
    /// <param name="dependency">Its name, as in rules.</param>
    public static string For(string reason, string dependency) =>
        (reason, dependency) switch
        {
            (Reasons.ReadOnly, DependencyName.Postgres) => "a standby, or default_transaction_read_only: point the URL at the primary",
            (Reasons.ReadOnly, DependencyName.Redis) => "a replica: point the URL at the master",
            (Reasons.OutOfMemory, DependencyName.Postgres) => "memory or disk of PostgreSQL's machine",
            (Reasons.OutOfMemory, DependencyName.Redis) => "maxmemory with noeviction: INFO memory",
            (Reasons.AuthenticationFailed, DependencyName.Postgres) => "user and password; pg_hba.conf; a rotated secret",
            (Reasons.AuthenticationFailed, DependencyName.Redis) => "user and password: ACL LIST, requirepass; a rotated secret",
            (Reasons.AuthenticationFailed, DependencyName.Qdrant) => "QDRANT_API_KEY; a rotated key",
            (Reasons.PermissionDenied, DependencyName.Postgres) =>
                "the user's privileges: CONNECT on the database, or the grants of hx_probe",
            (Reasons.PermissionDenied, DependencyName.Redis) => "the ACL of the user: ACL LOG says what was refused",
            (Reasons.TooManyConnections, DependencyName.Postgres) =>
                "max_connections or a role's limit, and who holds them: pg_stat_activity",
            (Reasons.TooManyConnections, DependencyName.Redis) => "maxclients, and who holds them: CLIENT LIST",
            (Reasons.TlsFailure, DependencyName.Postgres) => "sslmode, and whether the certificate is trusted (sslrootcert)",
            (Reasons.TlsFailure, DependencyName.Redis) => "rediss:// or redis://, and whether the certificate is trusted (ssl_ca_certs)",
            (Reasons.NotReady, DependencyName.Postgres) => "target_session_attrs: no host of the URL is what it asks for",
            (Reasons.NotReady, DependencyName.Redis) => "CLUSTER INFO: slots without a node",
            (Reasons.UnexpectedResponse, DependencyName.Postgres) => "something else than PostgreSQL listens there",
            (Reasons.UnexpectedResponse, DependencyName.Redis) => "REDIS_URL: something else listens there, or Redis refuses the command",
            (Reasons.UnexpectedResponse, DependencyName.Qdrant) => "Qdrant's log, if it answers 500; else the URL: 6334 is its gRPC port",
            _ => For(reason),
        };

    /// <summary>The line for a reason, whatever the dependency.</summary>
    public static string For(string reason) =>
        reason switch
        {
            Reasons.Ok => "",
            Reasons.ReadOnly => "a standby or replica: point the URL at the primary",
            Reasons.OutOfMemory => "its memory",
            Reasons.Misconf => "Redis can't save its snapshot: its disk, or its permissions",
            Reasons.NotWritable => "the disk under the data directory, or the synchronous standby that commits wait for",
            Reasons.NoReplicas => "min-replicas-to-write: a replica is away or lags",
            Reasons.StoreUnusable => "the command or permission that is named; SECURITY.md has the whole ACL",
            Reasons.LocalFile => "hx config: a file of the URL that can't be read",
            Reasons.LoginPolicy => "require_auth and channel_binding in the URL, and the server's TLS",
            Reasons.AuthenticationFailed => "user, password or key; a rotated secret",
            Reasons.PermissionDenied => "the user's privileges",
            Reasons.DatabaseMissing => "the database's name in the URL",
            Reasons.CollectionMissing => "the collection's name",
            Reasons.CollectionRed => "the collection's failed operations in Qdrant's log",
            Reasons.Timeout => "it accepts or drops connections but doesn't answer: load, locks, firewall",
            Reasons.StillRunning => "an earlier probe still hangs",
            Reasons.DnsFailure => "the host's name, and the resolver",
            Reasons.NoRoute => "this machine's routes: ip route get ADDRESS",
            Reasons.ConnectionRefused => "nothing listens there: is it running, is the port right",
            Reasons.ConnectionReset => "it, or something in between, dropped the connection",
            Reasons.TlsFailure => "TLS expected on one side only, or a certificate that isn't trusted",
            Reasons.TooManyConnections => "its limit of connections or requests, and who uses it up",
            Reasons.PoolExhausted => "the pooler: SHOW POOLS in pgbouncer; pool_size, query_wait_timeout",
            Reasons.StartingUp => "wait: it is starting or recovering",
            Reasons.ShuttingDown => "it is being stopped",
            Reasons.NotReady => "it answers, but isn't ready to serve",
            Reasons.UnexpectedResponse => "the URL: something else may listen there, a proxy's page or another port",
            Reasons.Misconfigured => "hx config",
            _ => "hx check --verbose shows the server's own words",
        };
}
