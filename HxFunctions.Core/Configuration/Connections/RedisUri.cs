using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using StackExchange.Redis;

namespace HxFunctions.Core.Configuration.Connections;

/// <summary>
/// The grammar of <c>redis://</c>, <c>rediss://</c> and <c>unix://</c> URLs:
/// <c>scheme://user:password@host:port,host:port/database?keyword=value</c>; of <c>redis+sentinel://</c> and <c>rediss+sentinel://</c> the
/// hosts are sentinels and the path is <c>/service/database</c>. The last <c>@</c> before the path ends the password and the
/// query's <c>db</c> beats the path's, as in redis-py.
/// </summary>
internal sealed class RedisUri
{
    /// <summary>In bytes: Linux's <c>sun_path</c> less its NUL.</summary>
    internal const int MaxSocketPathLength = 107;

    /// <summary>redis-py's tuning of a client that isn't ours.</summary>
    private static readonly string[] Tuning =
    [
        "socket_timeout",
        "socket_connect_timeout",
        "socket_read_size",
        "socket_keepalive",
        "max_connections",
        "timeout",
        "health_check_interval",
        "retry_on_timeout",
        "decode_responses",
        "encoding",
        "encoding_errors",
        "client_name",
        "lib_name",
        "lib_version",
    ];

    /// <summary>Known to redis-py, and with an effect that leaving them out would lose.</summary>
    private static readonly string[] Unsupported =
    [
        "ssl_ca_path",
        "ssl_ca_data",
        "ssl_validate_ocsp",
        "ssl_validate_ocsp_stapled",
        "ssl_ocsp_context",
        "ssl_ocsp_expected_cert",
        "ssl_min_version",
        "ssl_ciphers",
    ];

    private static readonly string[] TlsKeywords =
    [
        RedisTlsFiles.AuthoritiesKeyword,
        RedisTlsFiles.CertificateKeyword,
        RedisTlsFiles.KeyKeyword,
        RedisTlsFiles.KeyPasswordKeyword,
    ];

    private static readonly string[] SentinelKeywords = ["sentinel_username", "sentinel_password"];

    private readonly Dictionary<string, string> _query = [];
    private readonly KeywordProblems _problems = new();
    private string? _username;
    private string? _password;

    private RedisUri() { }

    internal static bool TryRead(
        string scheme,
        string text,
        [NotNullWhen(true)] out RedisUrl? url,
        [NotNullWhen(false)] out string? problem
    )
    {
        RedisUri uri = new();
        url = uri.Read(scheme, text, out problem);
        problem = url is null ? problem ?? uri._problems.ToString() : null;
        return url is not null;
    }

    private RedisUrl? Read(string scheme, string text, out string? problem)
    {
        problem = text.Contains('#') ? "has an unencoded '#' (write it as %23)" : null;
        int question = text.IndexOf('?');
        string query = question < 0 ? "" : text[(question + 1)..];
        text = question < 0 ? text : text[..question];
        int slash = text.IndexOf('/');
        string authority = slash < 0 ? text : text[..slash];
        string rawPath = slash < 0 ? "" : text[slash..];
        int at = authority.LastIndexOf('@');
        // What follows the userinfo is shown, so that no part of a password may be in it.
        if (problem is null && rawPath.Contains('@'))
        {
            problem = "has an unencoded '@' in its path (in a user name or password, write @ as %40 and / as %2F)";
        }

        if (
            problem is not null
            || (at >= 0 && !TryReadUserInfo(authority[..at], out problem))
            || !UrlText.TryDecode(rawPath, out string? path, out problem)
            || !TryReadQuery(query, out problem)
        )
        {
            return null;
        }

        authority = authority[(at + 1)..];
        bool isTls = scheme.StartsWith("rediss", StringComparison.Ordinal);
        bool isSentinel = scheme.EndsWith("+sentinel", StringComparison.Ordinal);
        string? service = isSentinel ? ReadService(ref path) : null;
        if (!isSentinel && SentinelKeywords.FirstOrDefault(keyword => Get(keyword) is not null) is { } useless)
        {
            _problems.Add($"has '{useless}' without sentinels (use redis+sentinel://)");
        }

        RedisUrl url = new()
        {
            // redis-py's parse_url lets the userinfo beat these two, unlike db.
            Username = _username ?? Get("username"),
            Password = _password ?? Get("password"),
            Tls = isTls,
            TlsFiles = ReadTlsFiles(isTls),
            Service = service,
            SentinelUsername = service is null ? null : Get("sentinel_username"),
            SentinelPassword = service is null ? null : Get("sentinel_password"),
            Database = ReadDatabase(Get("db") ?? (scheme == "unix" ? "" : path.Trim('/'))),
            Protocol = ReadProtocol(),
            Endpoints = scheme == "unix" ? [] : ReadHosts(authority, isSentinel ? RedisUrl.DefaultSentinelPort : RedisUrl.DefaultPort),
            UnixSocket = scheme == "unix" ? ReadSocket(authority, path) : null,
        };
        return _problems.None ? url : null;
    }

    private string? Get(string keyword) => _query.GetValueOrDefault(keyword);

    private bool TryReadUserInfo(string userinfo, out string? problem)
    {
        int colon = userinfo.IndexOf(':');
        if (
            !UrlText.TryDecode(colon < 0 ? userinfo : userinfo[..colon], out string? username, out problem)
            || !UrlText.TryDecode(colon < 0 ? "" : userinfo[(colon + 1)..], out string? password, out problem)
        )
        {
            return false;
        }

        _username = username.Length == 0 ? null : username;
        _password = password.Length == 0 ? null : password;
        return true;
    }

    /// <summary>The first of a repeated keyword counts, and one with an empty value doesn't, as in redis-py.</summary>
    private bool TryReadQuery(string query, out string? problem)
    {
        problem = null;
        bool followsSecret = false;
        int lastAt = query.LastIndexOf('@');
        int start = 0;
        foreach (string parameter in query.Split('&'))
        {
            int position = start;
            start += parameter.Length + 1;
            if (parameter.Length == 0)
            {
                continue;
            }

            int equals = parameter.IndexOf('=');
            if (equals <= 0)
            {
                problem = equals < 0 ? "has a query keyword without '='" : "has a query parameter without a name";
                return false;
            }

            string raw = parameter[(equals + 1)..];
            if (
                !UrlText.TryDecode(parameter.AsSpan(0, equals), out string? keyword, out problem)
                || !UrlText.TryDecode(raw, out string? value, out problem)
            )
            {
                return false;
            }

            Sort(keyword, value, raw, position > lastAt && UrlText.MayBeNamed(keyword, followsSecret));
            followsSecret = UrlText.IsSecret(keyword);
        }

        return true;
    }

    private void Sort(string keyword, string value, string raw, bool mayBeNamed)
    {
        if (keyword is "username" or "password" or "db" or "protocol" || SentinelKeywords.Contains(keyword))
        {
            // redis-py reads '+' as a space here and nobody means that in a password: have it written unmistakably.
            if (raw.Contains('+'))
            {
                _problems.Add($"has a '+' in the value of '{keyword}' (write a plus as %2B, a space as %20)");
            }
            else if (value.Length > 0)
            {
                _query.TryAdd(keyword, value);
            }
        }
        else if (TlsKeywords.Contains(keyword))
        {
            if (value.Length > 0)
            {
                _query.TryAdd(keyword, value);
            }
        }
        else if (keyword is "ssl_cert_reqs" or "ssl_check_hostname")
        {
            // Validation is always on and can't be turned off by a URL.
            if (!value.Equals(keyword == "ssl_cert_reqs" ? "required" : "true", StringComparison.OrdinalIgnoreCase))
            {
                _problems.Add(
                    $"has a value of '{keyword}' that turns off the validation of certificates, which HxFunctions does not support"
                );
            }
        }
        else if (Unsupported.Contains(keyword))
        {
            _problems.Unsupported(keyword);
        }
        else if (!Tuning.Contains(keyword))
        {
            _problems.Unknown(keyword, mayBeNamed);
        }
    }

    /// <summary>Takes the service off the path.</summary>
    private string? ReadService(ref string path)
    {
        string[] parts = (path.Length > 0 ? path[1..] : path).Split('/', 2);
        path = parts.Length == 2 ? parts[1] : "";
        if (parts[0].Length > 0)
        {
            return parts[0];
        }

        _problems.Add("has no service name for the sentinels (redis+sentinel://host/service/database)");
        return null;
    }

    private RedisTlsFiles ReadTlsFiles(bool isTls)
    {
        RedisTlsFiles files = new(
            Get(RedisTlsFiles.AuthoritiesKeyword),
            Get(RedisTlsFiles.CertificateKeyword),
            Get(RedisTlsFiles.KeyKeyword),
            Get(RedisTlsFiles.KeyPasswordKeyword)
        );
        if (!isTls && TlsKeywords.FirstOrDefault(keyword => Get(keyword) is not null) is { } useless)
        {
            _problems.Add($"has '{useless}' without TLS (use rediss://)");
        }
        else if (files is { Certificate: null, Key: not null })
        {
            _problems.Add($"has '{RedisTlsFiles.KeyKeyword}' without '{RedisTlsFiles.CertificateKeyword}'");
        }

        return files;
    }

    private int ReadDatabase(string text)
    {
        int database = 0;
        if (text.Length > 0 && !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out database))
        {
            _problems.Add("has a database that is not a number, 0 or higher");
        }

        return database;
    }

    private RedisProtocol? ReadProtocol()
    {
        string? text = Get("protocol");
        if (text is not (null or "2" or "3"))
        {
            _problems.Value("protocol", "2 or 3");
        }

        return text switch
        {
            "2" => RedisProtocol.Resp2,
            "3" => RedisProtocol.Resp3,
            _ => null,
        };
    }

    /// <summary>No host is <c>localhost</c>, as in redis-py.</summary>
    private List<HostPort> ReadHosts(string authority, int defaultPort)
    {
        List<HostPort> hosts = [];
        string[] entries = authority.Split(',');
        if (entries.Length > UrlText.MaxHosts)
        {
            _problems.Add(UrlText.TooManyHosts);
            return hosts;
        }

        foreach (string entry in entries)
        {
            if (
                !UrlText.TryDecode(entry, out string? decoded, out string? problem)
                || !HostPort.TryParse(
                    decoded.Length == 0 || decoded[0] == ':' ? "localhost" + decoded : decoded,
                    defaultPort,
                    out HostPort? host,
                    out problem
                )
            )
            {
                _problems.Add(problem);
                return hosts;
            }

            hosts.Add(host);
        }

        // The client takes each endpoint once.
        return [.. hosts.DistinctBy(host => host.ToEndPoint())];
    }

    private string ReadSocket(string authority, string path)
    {
        if (authority.Length > 0)
        {
            _problems.Add("has a host, which a Unix socket can't have (write three slashes: unix:///path/to/socket)");
        }
        else if (path.Length < 2)
        {
            _problems.Add("has no path to a Unix socket");
        }
        else if (Encoding.UTF8.GetByteCount(path) > MaxSocketPathLength)
        {
            _problems.Add("has a path that is too long for a Unix socket");
        }

        return path;
    }
}
