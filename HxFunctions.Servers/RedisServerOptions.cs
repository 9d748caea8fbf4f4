namespace HxFunctions.Servers;

/// <summary>How a throw-away redis-server is started.</summary>
internal sealed record RedisServerOptions
{
    /// <summary>requirepass. Null: no password is asked for.</summary>
    public string? Password { get; init; }

    /// <summary>Take TLS connections only, with a certificate for 127.0.0.1 and localhost from an authority of the server's own.</summary>
    public bool Tls { get; init; }

    /// <summary>The TCP port on 127.0.0.1. Null: a free one.</summary>
    public int? Port { get; init; }

    /// <summary>Give it a clock that <see cref="RedisServer.SetClockAsync"/> sets; needs the Debian package faketime.</summary>
    public bool ClockCanBeSet { get; init; }

    /// <summary>Further arguments, for example <c>--maxmemory 1mb</c> or <c>--replicaof 127.0.0.1 6379</c>, one word each.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];
}
