using System.Diagnostics.CodeAnalysis;
using System.Text;
using StackExchange.Redis;

namespace HxFunctions.Core.Configuration.Connections;

/// <summary>
/// A StackExchange.Redis configuration string (<c>host:6380,password=…,ssl=True</c>; the client's docs/Configuration.md). Split here,
/// because the client drops a host that it can't read and takes the rest of a password with a comma for a host; the values are left to the
/// client's own parser, whose exceptions carry them and never leave here.
/// </summary>
internal static class RedisKeywordString
{
    private const int DefaultTlsPort = 6380;
    private const int NoPort = 0;

    /// <summary>What the options say about the connection itself. Keywords are not case-sensitive.</summary>
    private static readonly string[] Kept =
    [
        "user",
        "password",
        "ssl",
        "sslHost",
        "sslProtocols",
        "checkCertificateRevocation",
        "defaultDatabase",
        "protocol",
        "resolveDns",
        "version",
        "setlib",
    ];

    /// <summary>Tuning that the prober sets itself, and what the client ignores too.</summary>
    private static readonly string[] Tuning =
    [
        "abortConnect",
        "allowAdmin",
        "asyncTimeout",
        "syncTimeout",
        "connectTimeout",
        "connectRetry",
        "responseTimeout",
        "keepAlive",
        "tcpKeepAlive",
        "configChannel",
        "configCheckSeconds",
        "tiebreaker",
        "name",
        "channelPrefix",
        "writeBuffer",
        "highPriorityThreads",
        "preserveAsyncOrder",
        "highIntegrity",
    ];

    /// <summary>A proxy's reduced set of commands and tunnels are other ways to connect than the probe's.</summary>
    private static readonly string[] Unsupported = ["proxy", "tunnel"];

    /// <summary>Where the master is; the client itself isn't told, for it is given the master.</summary>
    private static readonly string[] Sentinel = ["serviceName", "sentinelUser", "sentinelPassword"];

    internal static bool TryRead(string value, [NotNullWhen(true)] out RedisUrl? url, [NotNullWhen(false)] out string? problem)
    {
        KeywordProblems problems = new();
        List<string> hosts = [];
        List<string> kept = [];
        Dictionary<string, string> sentinel = new(StringComparer.OrdinalIgnoreCase);
        bool followsSecret = false;
        foreach (string item in value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = item.IndexOf('=');
            string keyword = equals > 0 ? item[..equals].Trim() : "";
            if (equals <= 0 && followsSecret)
            {
                problems.Add(
                    "has a host directly after a password (if the password has a comma, use redis:// and write the comma as "
                        + "%2C; otherwise put the hosts first)"
                );
            }
            else if (equals <= 0)
            {
                hosts.Add(item);
            }
            else if (Has(Kept, keyword) || keyword[0] == '$')
            {
                Keep(item, keyword, kept, problems);
            }
            else if (Has(Sentinel, keyword))
            {
                sentinel[keyword] = item[(equals + 1)..].Trim();
            }
            else if (Has(Unsupported, keyword))
            {
                problems.Unsupported(keyword);
            }
            else if (!Has(Tuning, keyword))
            {
                problems.Unknown(keyword, UrlText.MayBeNamed(keyword, followsSecret));
            }

            followsSecret = UrlText.IsSecret(keyword);
        }

        url = Assemble(hosts, string.Join(',', kept), sentinel, problems);
        problem = url is null ? problems.ToString() : null;
        return url is not null;
    }

    private static bool Has(string[] keywords, string keyword) => keywords.Contains(keyword, StringComparer.OrdinalIgnoreCase);

    private static void Keep(string item, string keyword, List<string> kept, KeywordProblems problems)
    {
        try
        {
            ConfigurationOptions options = ConfigurationOptions.Parse(item);
            if (options.DefaultDatabase < 0)
            {
                problems.Value(keyword, "a number, 0 or higher");
            }

            kept.Add(item);
        }
        catch (Exception)
        {
            problems.Value(keyword, "one that StackExchange.Redis accepts");
        }
    }

    private static RedisUrl? Assemble(List<string> hosts, string kept, Dictionary<string, string> sentinel, KeywordProblems problems)
    {
        string? service = sentinel.GetValueOrDefault("serviceName") is { Length: > 0 } name ? name : null;
        ConfigurationOptions options = kept.Length == 0 ? new() : ConfigurationOptions.Parse(kept);
        string? socket = hosts.Count == 1 && hosts[0].StartsWith('!') ? hosts[0][1..] : null;
        if (hosts.Count == 0)
        {
            problems.Add("has no host");
        }
        else if (hosts.Count > UrlText.MaxHosts)
        {
            problems.Add(UrlText.TooManyHosts);
        }
        else if (service is not null && socket is not null)
        {
            problems.Add("has a Unix socket, but sentinels need hosts");
        }
        else if (socket is not null && (!socket.StartsWith('/') || Encoding.UTF8.GetByteCount(socket) > RedisUri.MaxSocketPathLength))
        {
            problems.Add("has a Unix socket whose path is not absolute or too long");
        }

        List<HostPort> endpoints = [];
        if (socket is null && problems.None)
        {
            endpoints = ReadEndpoints(hosts, options, service is not null, problems);
        }

        if (!problems.None)
        {
            return null;
        }

        return new RedisUrl
        {
            Endpoints = endpoints,
            UnixSocket = socket,
            Service = service,
            SentinelUsername = sentinel.GetValueOrDefault("sentinelUser") is { Length: > 0 } user ? user : null,
            SentinelPassword = sentinel.GetValueOrDefault("sentinelPassword") is { Length: > 0 } password ? password : null,
            Tls = options.Ssl,
            Database = options.DefaultDatabase ?? 0,
            Username = string.IsNullOrEmpty(options.User) ? null : options.User,
            Password = string.IsNullOrEmpty(options.Password) ? null : options.Password,
            SslHost = string.IsNullOrEmpty(options.SslHost) ? null : options.SslHost,
            OtherOptions = kept,
        };
    }

    /// <summary>
    /// A port that isn't given is 6379, with TLS 6380: the client's defaults, not those of <c>rediss://</c>. The hosts join the options
    /// first, since the client turns TLS on by itself for hosts of Azure's.
    /// </summary>
    private static List<HostPort> ReadEndpoints(List<string> hosts, ConfigurationOptions options, bool isSentinel, KeywordProblems problems)
    {
        List<HostPort> endpoints = [];
        foreach (string host in hosts)
        {
            if (!HostPort.TryParse(host, NoPort, out HostPort? endpoint, out string? problem))
            {
                problems.Add(problem);
                return endpoints;
            }

            if (options.EndPoints.TryAdd(endpoint.ToEndPoint()))
            {
                endpoints.Add(endpoint);
            }
        }

        int defaultPort =
            isSentinel ? RedisUrl.DefaultSentinelPort
            : options.Ssl ? DefaultTlsPort
            : RedisUrl.DefaultPort;
        return [.. endpoints.Select(endpoint => endpoint.Port == NoPort ? endpoint with { Port = defaultPort } : endpoint)];
    }
}
