namespace HxFunctions.Servers;

/// <summary>How a throw-away pgbouncer is started.</summary>
internal sealed record PgBouncerServerOptions
{
    /// <summary><c>session</c>, <c>transaction</c> or <c>statement</c>.</summary>
    public string PoolMode { get; init; } = "session";

    /// <summary>Whether its auth_file holds the SCRAM secret that PostgreSQL keeps, as in production, instead of the password.</summary>
    public bool ScramSecret { get; init; }

    /// <summary>The port on 127.0.0.1 where it looks for PostgreSQL: a proxy's. Null: PostgreSQL's own.</summary>
    public int? BackendPort { get; init; }

    /// <summary>Further settings of the section [pgbouncer], for example max_client_conn, default_pool_size, query_wait_timeout
    /// (pgbouncer(5)).</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}
