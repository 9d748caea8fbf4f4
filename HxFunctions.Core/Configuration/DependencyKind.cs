using HxFunctions.Core.Configuration.Connections;
using HxFunctions.Core.Routing;

namespace HxFunctions.Core.Configuration;

/// <summary>
/// Everything that differs between PostgreSQL, Redis and Qdrant outside of their probes: one row each. A health check that someone else
/// registers has no row.
/// </summary>
/// <param name="Name">The name in rules, routes, JSON and metrics.</param>
/// <param name="Alias">Its other name below <c>/health/</c>, which the wrapper's users know.</param>
/// <param name="DisplayName">The name in sentences for people.</param>
/// <param name="UrlVariable">The variable that holds its URL.</param>
/// <param name="DatabaseSystem">OpenTelemetry's <c>db.system.name</c>, or <see langword="null"/> where the conventions have none.</param>
/// <param name="IsConfigured">Whether it has a URL that can be read.</param>
/// <param name="Timeout">The hard deadline of one probe.</param>
/// <param name="Endpoint">What tells this server from another: hosts, database, user, and what is asked of it. Never a password, so that
/// instances share knowledge while one is rotated.</param>
/// <param name="Secrets">Credentials and hosts that must not appear in a log.</param>
/// <param name="Files">The files that its URL names.</param>
internal sealed record DependencyKind(
    string Name,
    string Alias,
    string DisplayName,
    string UrlVariable,
    string? DatabaseSystem,
    Func<HxSettings, bool> IsConfigured,
    Func<HxSettings, TimeSpan> Timeout,
    Func<HxSettings, IEnumerable<string?>> Endpoint,
    Func<HxSettings, IEnumerable<string?>> Secrets,
    Func<HxSettings, IReadOnlyList<LocalFile>> Files
)
{
    /// <summary>All of them, in the order in which every list shows them.</summary>
    public static IReadOnlyList<DependencyKind> All { get; } =
    [
        new(
            DependencyName.Postgres,
            "db",
            "PostgreSQL",
            Variables.PgUrl,
            "postgresql",
            settings => settings.Postgres is not null,
            settings => settings.PostgresTimeout,
            settings =>
                settings.Postgres is { } url
                    ? [.. url.Hosts.Select(Address), url.Database, url.Username, .. Demands(url, settings.PostgresWriteProbe)]
                    : [],
            settings =>
                settings.Postgres is { } url
                    ?
                    [
                        url.Password,
                        url.ToConnectionStringBuilder().SslPassword,
                        // Not the process's own name, which is a part of words: root, app.
                        url.Username
                            ?? Environment.GetEnvironmentVariable("PGUSER"),
                        .. url.Hosts.SelectMany(host => new[] { host.Host, host.Name }),
                    ]
                    : [],
            settings => settings.Postgres?.Files ?? []
        ),
        new(
            DependencyName.Redis,
            "cache",
            "Redis",
            Variables.RedisUrl,
            "redis",
            settings => settings.Redis is not null,
            settings => settings.RedisTimeout,
            settings =>
                settings.Redis is { } url
                    ? [.. url.Endpoints.Select(Address), url.UnixSocket, $"{url.Database}", url.Username, .. Service(url)]
                    : [],
            settings =>
                settings.Redis is { } url
                    ?
                    [
                        url.Password,
                        url.Username,
                        url.UnixSocket,
                        url.SentinelPassword,
                        url.SentinelUsername,
                        url.TlsFiles.KeyPassword,
                        .. url.Endpoints.Select(host => host.Host),
                    ]
                    : [],
            settings => settings.Redis?.Files ?? []
        ),
        new(
            DependencyName.Qdrant,
            "vector",
            "Qdrant",
            Variables.QdrantUrl,
            null,
            settings => settings.Qdrant is not null,
            settings => settings.QdrantTimeout,
            settings => settings.Qdrant is { } url ? [url.BaseUrl.AbsoluteUri, settings.QdrantCollection] : [],
            settings => [settings.QdrantApiKey, settings.Qdrant?.BaseUrl.Host],
            _ => []
        ),
    ];

    /// <summary>The row of this name, or <see langword="null"/> for a dependency of someone else's.</summary>
    public static DependencyKind? Find(string name)
    {
        foreach (DependencyKind kind in All)
        {
            if (kind.Name == name)
            {
                return kind;
            }
        }

        return null;
    }

    /// <summary>A dependency's place in lists: ours in the order of <see cref="All"/>, then all others.</summary>
    public static int OrderOf(string name)
    {
        for (int i = 0; i < All.Count; i++)
        {
            if (All[i].Name == name)
            {
                return i;
            }
        }

        return All.Count;
    }

    /// <summary>A dependency's name in sentences for people.</summary>
    public static string DisplayNameOf(string name) => Find(name)?.DisplayName ?? name;

    /// <summary>What is not asked of every server. Nothing at all where nothing is, so that the keys of those who don't ask stay what they
    /// are.</summary>
    private static IEnumerable<string> Demands(PostgresUrl url, bool provesWrite)
    {
        if (url.TargetSessionAttributes is { } target and not "any")
        {
            yield return $"target_session_attrs={target}";
        }

        if (provesWrite)
        {
            yield return "write_probe";
        }
    }

    /// <summary>Nothing at all without sentinels, so that the keys of a Redis without any stay what they are.</summary>
    private static IEnumerable<string> Service(RedisUrl url) => url.Service is null ? [] : [url.Service];

    private static string Address(HostPort host) => $"{host.Host}:{host.Port}";
}
