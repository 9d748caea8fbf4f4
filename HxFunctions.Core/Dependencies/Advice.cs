using HxFunctions.Core.Routing;

namespace HxFunctions.Core.Dependencies;

/// <summary>What to check first, for each reason: one line that completes "Check …". docs/operations.md says the same at more
/// length.</summary>
internal static class Advice
{
    /// <summary>The lines for causes that the reason alone leaves open.</summary>
    public static IReadOnlyList<(string Reason, string Detail, string Line)> OfDetails { get; } =
    [
        (
            Reasons.AuthenticationFailed,
            PostgresFailures.HostRules,
            "pg_hba.conf and the server's firewall rules: they refuse this client's address, user or database"
        ),
        (
            Reasons.TlsFailure,
            PostgresFailures.HostRules,
            "sslmode, then pg_hba.conf and the server's firewall rules: they refuse this client without TLS"
        ),
        (
            Reasons.Misconfigured,
            PostgresFailures.StartupParameter,
            "options in the URL and PGOPTIONS: PostgreSQL or its pooler refuses a parameter"
        ),
        (Reasons.NotReady, PostgresFailures.HotStandbyOff, "hot_standby on the server: a standby without it takes no connections"),
        (Reasons.NotReady, PostgresFailures.TargetSession, "target_session_attrs: no host in the URL meets it"),
        (Reasons.NotReady, RedisFailures.ScriptRunning, "long scripts: SCRIPT KILL ends one that has not written yet"),
        (Reasons.NotReady, RedisFailures.MasterLinkDown, "the master of this replica: INFO replication shows the link"),
        (Reasons.NotReady, RedisFailures.ClusterDown, "CLUSTER INFO: some slots have no node"),
        (Reasons.NotReady, RedisFailures.NoUpstream, "the Redis behind the proxy: the proxy has lost it or can't reach it"),
        (Reasons.Timeout, RedisFailures.NoUpstream, "the Redis behind the proxy: it doesn't answer the proxy"),
        (
            Reasons.UnexpectedResponse,
            RedisFailures.NotASentinel,
            "REDIS_URL: it names sentinels, but this is none (their port is usually 26379)"
        ),
        (
            Reasons.UnexpectedResponse,
            RedisFailures.UnknownWrite.Detail!,
            "REDIS_URL: a sentinel needs redis+sentinel://, and a renamed SET needs $SET= in a StackExchange.Redis string"
        ),
        (
            Reasons.PermissionDenied,
            RedisFailures.ProtectedMode,
            "requirepass and protected-mode: without a password, Redis accepts only its own machine"
        ),
    ];

    /// <summary>The line for a reason at this dependency, with what is known beside the reason.</summary>
    /// <param name="dependency">Its name, as in rules.</param>
    /// <param name="detail">One without a line of its own, and <see langword="null"/>, give the line for the reason.</param>
    public static string For(string reason, string dependency, string? detail) =>
        OfDetails.FirstOrDefault(line => line.Reason == reason && line.Detail == detail).Line
        ?? (
            (reason, dependency) is (Reasons.UnexpectedResponse, DependencyName.Qdrant)
            && detail?.StartsWith("HTTP 5", StringComparison.Ordinal) == true
                ? "Qdrant's log, and the proxies on the way: one of them answers with an error of its own"
                : For(reason, dependency)
        );

    /// <summary>The line for a reason at this dependency, whatever the detail.</summary>
    /// <param name="dependency">Its name, as in rules.</param>
    public static string For(string reason, string dependency) =>
        (reason, dependency) switch
        {
            (Reasons.ReadOnly, DependencyName.Postgres) =>
                "whether the URL names the primary: this server is a standby, or default_transaction_read_only is on",
            (Reasons.ReadOnly, DependencyName.Redis) => "whether the URL names the master: this server is a replica",
            (Reasons.OutOfMemory, DependencyName.Postgres) => "the memory and the disk space of PostgreSQL's machine",
            (Reasons.OutOfMemory, DependencyName.Redis) => "the memory limit (maxmemory with noeviction): INFO memory",
            (Reasons.AuthenticationFailed, DependencyName.Postgres) =>
                "the user and password, pg_hba.conf, and whether the password was rotated",
            (Reasons.AuthenticationFailed, DependencyName.Redis) =>
                "the user and password (ACL LIST, requirepass), and whether the password was rotated",
            (Reasons.AuthenticationFailed, DependencyName.Qdrant) => "QDRANT_API_KEY, and whether the key was rotated",
            (Reasons.PermissionDenied, DependencyName.Postgres) =>
                "the user's privileges: CONNECT on the database, and the grants on hx_probe",
            (Reasons.PermissionDenied, DependencyName.Redis) => "the user's ACL: ACL LOG shows what was denied",
            (Reasons.PermissionDenied, DependencyName.Qdrant) => "the access of QDRANT_API_KEY: it may not read the collection",
            (Reasons.NotReady, DependencyName.Qdrant) =>
                "Qdrant's log: the collection's shards may not be loaded (recovery mode), or a proxy answers for a Qdrant that is down",
            (Reasons.ConnectionReset, DependencyName.Qdrant) =>
                "the server, proxies and firewalls on the way, and the URL: a Qdrant with TLS drops http://, and 6334 is its gRPC port",
            (Reasons.TooManyConnections, DependencyName.Postgres) =>
                "max_connections or the role's limit, and who holds the connections: pg_stat_activity",
            (Reasons.TooManyConnections, DependencyName.Redis) => "maxclients, and who holds the connections: CLIENT LIST",
            (Reasons.TlsFailure, DependencyName.Postgres) => "sslmode, and whether the certificate is trusted (sslrootcert)",
            (Reasons.TlsFailure, DependencyName.Redis) =>
                "whether the URL needs rediss:// or redis://, and whether the certificate is trusted (ssl_ca_certs)",
            (Reasons.Misconfigured, DependencyName.Postgres) =>
                "the output of hx config, and options in the URL: PostgreSQL may refuse a parameter",
            (Reasons.UnexpectedResponse, DependencyName.Postgres) => "the URL: something other than PostgreSQL listens there",
            (Reasons.UnexpectedResponse, DependencyName.Redis) =>
                "REDIS_URL: something other than Redis listens there, or Redis refuses the command",
            (Reasons.UnexpectedResponse, DependencyName.Qdrant) =>
                "the URL: another program or a proxy may answer there, and 6334 is Qdrant's gRPC port",
            _ => For(reason),
        };

    /// <summary>The line for a reason, whatever the dependency.</summary>
    public static string For(string reason) =>
        reason switch
        {
            Reasons.Ok => "",
            Reasons.ReadOnly => "whether the URL names the primary: this server is a standby or replica",
            Reasons.OutOfMemory => "the server's memory",
            Reasons.Misconf => "Redis's disk and file permissions: it can't save its snapshot",
            Reasons.NotWritable => "the disk of the data directory, and the synchronous standby that commits wait for",
            Reasons.NoReplicas => "the replicas: fewer than min-replicas-to-write are connected and up to date",
            Reasons.StoreUnusable => "the command or permission that is named; SECURITY.md has the full ACL",
            Reasons.LocalFile => "the files that the URL names: hx config shows which one can't be read",
            Reasons.LoginPolicy => "require_auth and channel_binding in the URL, and the server's TLS settings",
            Reasons.AuthenticationFailed => "the user, password or key, and whether it was rotated",
            Reasons.PermissionDenied => "the user's privileges",
            Reasons.DatabaseMissing => "the name of the database in the URL",
            Reasons.CollectionMissing => "the name of the collection",
            Reasons.CollectionRed => "Qdrant's log: an operation on the collection failed, and red stays until a restart",
            Reasons.Timeout => "load, locks and firewalls: connections are accepted or dropped, but nothing answers",
            Reasons.StillRunning => "the network and the server: an earlier probe still hangs",
            Reasons.DnsFailure => "the host name and the DNS resolver",
            Reasons.NoRoute => "the routes and the outgoing firewall rules of this machine: ip route get ADDRESS",
            Reasons.ConnectionRefused => "whether the server is running, and whether the port is right: nothing listens there",
            Reasons.ConnectionReset => "the server, and proxies or firewalls on the way: one of them dropped the connection",
            Reasons.TlsFailure => "whether both sides use TLS, and whether the certificate is trusted",
            Reasons.TooManyConnections => "the limit of connections or requests, and who uses it up",
            Reasons.PoolExhausted => "the pooler: SHOW POOLS in pgbouncer; pool_size and query_wait_timeout",
            Reasons.StartingUp => "nothing yet: the server is starting or recovering",
            Reasons.ShuttingDown => "who is stopping the server, and why",
            Reasons.NotReady => "the server's log: it answers, but isn't ready to serve",
            Reasons.UnexpectedResponse => "the URL: another program or a proxy may answer there, or the port is wrong",
            Reasons.Misconfigured => "the output of hx config",
            _ => "hx check --verbose: it shows the server's own message",
        };
}
