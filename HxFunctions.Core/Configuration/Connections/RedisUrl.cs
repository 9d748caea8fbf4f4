using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using StackExchange.Redis;

namespace HxFunctions.Core.Configuration.Connections;

/// <summary>
/// <c>REDIS_URL</c>: <c>redis://</c>, <c>rediss://</c> (TLS) or <c>unix://</c> as redis-py's <c>from_url</c> and IANA's "redis"
/// registration have them, <c>redis+sentinel://</c> or <c>rediss+sentinel://</c> (<see cref="RedisUri"/>), or a StackExchange.Redis
/// configuration string (<see cref="RedisKeywordString"/>).
/// </summary>
internal sealed record RedisUrl
{
    internal const int DefaultPort = 6379;

    internal const int DefaultSentinelPort = 26379;

    /// <summary>Empty exactly when <see cref="UnixSocket"/> is set. With a <see cref="Service"/> they are sentinels.</summary>
    public IReadOnlyList<HostPort> Endpoints { get; init; } = [];

    /// <summary>The name by which the sentinels know the master; null: there are none.</summary>
    public string? Service { get; init; }

    /// <summary>Null: the sentinels' user <c>default</c>.</summary>
    internal string? SentinelUsername { get; init; }

    /// <summary>A secret. Null: sentinels that ask for a password get Redis's.</summary>
    internal string? SentinelPassword { get; init; }

    /// <summary>The path of a Unix socket, or null.</summary>
    public string? UnixSocket { get; init; }

    public bool Tls { get; init; }

    /// <summary>0 unless given.</summary>
    public int Database { get; init; }

    /// <summary>Null: Redis's user <c>default</c>.</summary>
    public string? Username { get; init; }

    /// <summary>A secret.</summary>
    public string? Password { get; init; }

    /// <summary>The name that the server's certificate must carry; null: that of each endpoint.</summary>
    internal string? SslHost { get; init; }

    /// <summary>The files that the URL names, or the variables beside it.</summary>
    internal IReadOnlyList<LocalFile> Files => [.. FilesOf()];

    /// <summary>Of no use without <see cref="Tls"/>.</summary>
    internal RedisTlsFiles TlsFiles { get; init; } = RedisTlsFiles.None;

    /// <summary>Null: as <see cref="OtherOptions"/> say, else what the client and the server agree on.</summary>
    internal RedisProtocol? Protocol { get; init; }

    /// <summary>What a StackExchange.Redis string says beyond the above, in its own form.</summary>
    internal string OtherOptions { get; init; } = "";

    /// <summary>Never throws. <paramref name="problem"/> is a phrase that begins with a verb and has no part of the value but
    /// keywords.</summary>
    internal static bool TryParse(string value, [NotNullWhen(true)] out RedisUrl? url, [NotNullWhen(false)] out string? problem)
    {
        url = null;
        value = value.Trim();
        if (value.Length is 0 or > UrlText.MaxLength)
        {
            problem = value.Length == 0 ? UrlText.Empty : UrlText.TooLong;
            return false;
        }

        if (!UrlText.TrySplitScheme(value, out string? scheme, out string? rest))
        {
            return RedisKeywordString.TryRead(value, out url, out problem);
        }

        if (scheme is not ("redis" or "rediss" or "unix" or "redis+sentinel" or "rediss+sentinel"))
        {
            problem = "has a scheme that is not redis, rediss, redis+sentinel, rediss+sentinel or unix";
            return false;
        }

        return RedisUri.TryRead(scheme, rest, out url, out problem);
    }

    /// <summary>
    /// Fresh options with what the URL says. Never fails at connect time (the client keeps trying) and keeps hosts and keys out of
    /// exceptions; timeouts and the rest are left at the client's defaults.
    /// </summary>
    public ConfigurationOptions ToOptions()
    {
        IEnumerable<string> notSent = NotSent.Where(command => !OtherOptions.Contains(command, StringComparison.OrdinalIgnoreCase));
        ConfigurationOptions options = ConfigurationOptions.Parse(string.Join(',', [OtherOptions, .. notSent]));
        foreach (HostPort endpoint in Endpoints)
        {
            options.EndPoints.TryAdd(endpoint.ToEndPoint());
        }

        if (UnixSocket is not null)
        {
            options.EndPoints.Add(new UnixDomainSocketEndPoint(UnixSocket));
        }

        options.User = Username;
        options.Password = Password;
        options.Ssl = Tls;
        // Empty, it is the name of each host; without, the client takes one name for all nodes of a cluster.
        options.SslHost = SslHost ?? "";
        options.DefaultDatabase = Database;
        if (Protocol is not null)
        {
            options.Protocol = Protocol;
        }

        options.AbortOnConnectFail = false;
        options.IncludeDetailInExceptions = false;
        return options;
    }

    /// <summary>
    /// What the client asks a server when it connects, and does without: no user needs a right to that, and no refusal fills the server's
    /// ACL LOG. Without ECHO, which twemproxy doesn't have and a server may refuse, its last question is PING
    /// (StackExchange.Redis, <c>ServerEndPoint.GetTracerMessage</c>).
    /// </summary>
    private static readonly string[] NotSent = ["$CONFIG=", "$ECHO="];

    /// <summary>Without the password and the user.</summary>
    public override string ToString() =>
        UnixSocket is not null ? $"unix://{UnixSocket}?db={Database}"
        : Service is not null ? $"{(Tls ? "rediss" : "redis")}+sentinel://{string.Join(',', Endpoints)}/{Service}/{Database}"
        : $"{(Tls ? "rediss" : "redis")}://{string.Join(',', Endpoints)}/{Database}";

    private IEnumerable<LocalFile> FilesOf()
    {
        if (TlsFiles.Authorities is { } authorities)
        {
            yield return new(RedisTlsFiles.AuthoritiesKeyword, authorities, LocalFileKind.Authorities);
        }

        if (TlsFiles.Certificate is { } certificate)
        {
            yield return new(RedisTlsFiles.CertificateKeyword, certificate, LocalFileKind.Any);
        }

        if (TlsFiles.Key is { } key)
        {
            yield return new(RedisTlsFiles.KeyKeyword, key, LocalFileKind.Any);
        }
    }
}
