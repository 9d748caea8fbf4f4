namespace HxFunctions.Servers;

/// <summary>How a throw-away PostgreSQL is started.</summary>
internal sealed record PostgresServerOptions
{
    /// <summary>An ordinary role with LOGIN, owner of <see cref="Database"/>. Not a superuser: those get in past max_connections.</summary>
    public string UserName { get; init; } = "hx";

    /// <summary>Its password. Null: a random one.</summary>
    public string? Password { get; init; }

    public string Database { get; init; } = "hx";

    /// <summary>The TCP port on 127.0.0.1. Null: a free one.</summary>
    public int? Port { get; init; }

    /// <summary>The size of the disk that the data is on, in tmpfs's form (<c>80m</c>), so that it can be filled. Needs root. Null: no disk
    /// of its own.</summary>
    public string? DiskSize { get; init; }

    /// <summary>Further settings (postgresql.conf's names), for example max_connections.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}
