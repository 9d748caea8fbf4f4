using System.Text.RegularExpressions;
using HxFunctions.Core.Configuration.Connections;

namespace HxFunctions.Tests.Fuzzing;

/// <summary>The readers of PG_URL, REDIS_URL and QDRANT_URL.</summary>
internal static partial class UrlTargets
{
    /// <summary>A data source, client options and the exceptions of their parsers are some ten kilobytes each; a keyword string costs by
    /// the keyword.</summary>
    private static readonly MemoryBound Memory = new(512 * 1024, 1024);

    private static readonly string[] Words =
    [
        "postgresql://",
        "postgres://",
        "postgresql+asyncpg://",
        "redis://",
        "rediss://",
        "unix://",
        "http://",
        "https://",
        "user:pass@",
        "host",
        "[::1]",
        "[fe80::1%25eth0]",
        "localhost:5432",
        "/db",
        "?sslmode=",
        "sslmode=require",
        "host=/tmp",
        "port=",
        "target_session_attrs=read-write",
        "options=-c%20a=b",
        "connect_timeout=",
        "connection_limit=10",
        "Host=",
        "Port=",
        "Username=",
        "Password=",
        "Database=",
        "SSL Mode=",
        "Pooling=",
        ";",
        "&",
        ",",
        "password=",
        "ssl=True",
        "db=1",
        "protocol=3",
        "defaultDatabase=",
        "syncTimeout=",
        "user=",
        "$CLIENT=",
        "ssl_cert_reqs=none",
        "!/tmp/redis.sock",
        ":6334",
        "/base/",
        "../",
        "xn--a",
        "127.1",
        "0x7f.1",
    ];

    public static IEnumerable<FuzzTarget> All =>
        [
            new(
                "PG_URL",
                [
                    "postgresql://litellm:p%40ss%2Fword@db1.example.org:5432,db2.example.org/litellm?sslmode=verify-full&target_session_attrs=read-write",
                    "postgresql:///litellm?host=/var/run/postgresql",
                    "postgres://u@[::1]:5433/db?connection_limit=10&pool_timeout=60&schema=public",
                    "postgresql+asyncpg://u:p@h/db?ssl=require",
                    "postgresql://h?user=u&password=p&dbname=d&options=-c%20geqo%3Doff&connect_timeout=5&keepalives=1",
                    "Host=db.example.org;Port=5432;Username=u;Password='p;w\"';Database=d;SSL Mode=Require;Timeout=5",
                    "Host=a:1,b:2;Username=u;Target Session Attributes=primary",
                    "host=h user=u",
                ],
                Words,
                ReadPostgres,
                Memory
            ),
            new(
                "REDIS_URL",
                [
                    "redis://user:p%40ss@cache.example.org:6379/0",
                    "rediss://:secret@a.example,b.example:6380/1?protocol=3&ssl_cert_reqs=required",
                    "unix:///run/redis.sock?db=2",
                    "redis+sentinel://u:p@a:26379,b/main/2?sentinel_username=s&sentinel_password=t",
                    "rediss+sentinel://a/main?ssl_ca_certs=/ca.pem&ssl_certfile=/c.pem&ssl_keyfile=/k.pem&ssl_password=x",
                    "a:26379,b,serviceName=main,sentinelUser=s,sentinelPassword=t,password=p",
                    "redis://[::1]:7000",
                    "cache.example.org:6380,password=a=b,ssl=True,user=app,defaultDatabase=1,abortConnect=False",
                    "a:1,b:2,c,$CLIENT=,sslHost=x,syncTimeout=1000,protocol=resp3",
                    "!/run/redis.sock,password=x",
                    "redis:///",
                ],
                Words,
                ReadRedis,
                Memory
            ),
            new(
                "QDRANT_URL",
                [
                    "https://qdrant.example.org:6333",
                    "http://localhost:6334/base/path/",
                    "https://[::1]/x%20y",
                    "http://127.0.0.1",
                    "https://xn--bcher-kva.example/a;b/c",
                    "http://b\u00fccher.example",
                ],
                Words,
                ReadQdrant,
                Memory
            ),
        ];

    /// <summary>What was wrong, with its numbers and names left out: one outcome for one sentence.</summary>
    internal static string Kind(string? problem) => Details().Replace(problem ?? "", "#");

    /// <summary>A phrase for one line of a log or a terminal, of a length that people read.</summary>
    internal static void AssertPresentable(string? problem)
    {
        Assert.False(string.IsNullOrEmpty(problem));
        Assert.True(problem.Length < 2000, $"{problem.Length} characters");
        Assert.DoesNotContain(problem, char.IsControl);
        Assert.DoesNotContain(problem, char.IsSurrogate);
    }

    private static string ReadPostgres(string text)
    {
        if (!PostgresUrl.TryParse(text, out PostgresUrl? url, out string? problem))
        {
            return Refused(problem);
        }

        Assert.Null(problem);
        Assert.NotEmpty(url.Hosts);
        Assert.Equal(url.Password, url.ToConnectionStringBuilder().Password);
        return $"{url.SslMode} {url.Hosts.Count} {url.ToString().Length > 0}";
    }

    private static string ReadRedis(string text)
    {
        if (!RedisUrl.TryParse(text, out RedisUrl? url, out string? problem))
        {
            return Refused(problem);
        }

        Assert.Null(problem);
        Assert.NotEmpty(url.ToOptions().EndPoints);
        return $"{url.Tls} {url.UnixSocket is null} {url.Endpoints.Count} {url.ToString().Length > 0}";
    }

    private static string ReadQdrant(string text)
    {
        if (!QdrantUrl.TryParse(text, out QdrantUrl? url, out string? problem))
        {
            return Refused(problem);
        }

        Assert.Null(problem);
        return $"{url.BaseUrl.Scheme} {url.BaseUrl.HostNameType} {url.BaseUrl.IsDefaultPort} {url.Hint is null} "
            + $"{url.BaseUrl.AbsolutePath.Length > 1}";
    }

    private static string Refused(string? problem)
    {
        AssertPresentable(problem);
        return Kind(problem);
    }

    [GeneratedRegex("[0-9]+|'[^']*'(, '[^']*')*")]
    private static partial Regex Details();
}
