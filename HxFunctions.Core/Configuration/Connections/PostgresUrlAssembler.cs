using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;
using Npgsql;

namespace HxFunctions.Core.Configuration.Connections;

/// <summary>Turns libpq's keywords into what Npgsql wants: hosts, and the rules that span several keywords.</summary>
internal sealed class PostgresUrlAssembler
{
    private const int DefaultPort = 5432;
    private const string SystemRoots = "system";

    /// <summary>In bytes: Linux's <c>sun_path</c> less its NUL.</summary>
    private const int MaxSocketPathLength = 107;

    private readonly Dictionary<string, PostgresUri.Setting> _settings = [];
    private readonly NpgsqlConnectionStringBuilder _builder = [];
    private readonly KeywordProblems _problems = new();

    private readonly string? _defaultRoot;

    private PostgresUrlAssembler(List<PostgresUri.Setting> settings, string? defaultRoot, bool isAsyncpg)
    {
        _defaultRoot = defaultRoot;
        foreach (PostgresUri.Setting setting in settings)
        {
            PostgresUri.Setting plain = Alias(setting, isAsyncpg);
            // Removed first so that what is kept stands in the order of what counts.
            _settings.Remove(plain.Keyword);
            _settings.Add(plain.Keyword, plain);
        }
    }

    /// <summary>With <paramref name="isAsyncpg"/> (SQLAlchemy's driver of that name) <c>ssl=</c> takes the values of
    /// <c>sslmode</c>.</summary>
    /// <param name="defaultRoot">The root certificate for <c>sslmode=require</c> where nothing names another.</param>
    internal static bool TryAssemble(
        List<PostgresUri.Setting> settings,
        string? defaultRoot,
        bool isAsyncpg,
        [NotNullWhen(true)] out PostgresUrl? url,
        [NotNullWhen(false)] out string? problem
    )
    {
        PostgresUrlAssembler assembler = new(settings, defaultRoot, isAsyncpg);
        url = assembler.Assemble();
        problem = url is null ? assembler._problems.ToString() : null;
        return url is not null;
    }

    /// <summary>libpq's own synonyms: <c>ssl=true</c> (JDBC) and <c>requiressl</c> (before sslmode was).</summary>
    private static PostgresUri.Setting Alias(PostgresUri.Setting setting, bool isAsyncpg) =>
        (setting.Keyword, setting.Value) switch
        {
            ("ssl", "true") => setting with { Keyword = "sslmode", Value = "require" },
            ("ssl", var mode) when isAsyncpg && PostgresKeywords.TryReadSslMode(mode, out _) => setting with { Keyword = "sslmode" },
            ("requiressl", "1") => setting with { Keyword = "sslmode", Value = "require" },
            ("requiressl", "0") => setting with { Keyword = "sslmode", Value = "prefer" },
            _ => setting,
        };

    private PostgresUrl? Assemble()
    {
        foreach (PostgresUri.Setting setting in _settings.Values)
        {
            if (setting.Keyword is "ssl")
            {
                _problems.Value("ssl", "true");
            }
            else if (setting.Keyword is "requiressl")
            {
                _problems.Value("requiressl", "0 or 1");
            }
            else
            {
                PostgresKeywords.Apply(setting, _builder, _problems);
            }
        }

        List<HostPort> hosts = ReadHosts();
        _builder.Username = Get("user");
        _builder.Password = Get("password");
        _builder.Database = Get("dbname") ?? Get("user");
        ApplyKeepAlive(hosts);
        string sslMode = ApplySsl(hosts);
        if (!_problems.None)
        {
            return null;
        }

        // With a single host Npgsql refuses them: whether that server may be a standby is for the probe to say.
        if (hosts.Count > 1)
        {
            _builder.TargetSessionAttributes = Get("target_session_attrs");
            if (Get("load_balance_hosts") == "random")
            {
                _builder.LoadBalanceHosts = true;
            }
        }

        return new PostgresUrl(_builder, hosts, sslMode) { UsesSystemRoots = Get("sslrootcert") == SystemRoots };
    }

    private string? Get(string keyword) =>
        _settings.TryGetValue(keyword, out PostgresUri.Setting? setting) && setting.Value.Length > 0 ? setting.Value : null;

    private List<HostPort> ReadHosts()
    {
        string[] names = (Get("host") ?? "").Split(',');
        string[] addresses = (Get("hostaddr") ?? "").Split(',');
        string[] ports = (Get("port") ?? "").Split(',');
        bool hasAddresses = Get("hostaddr") is not null;
        int count = hasAddresses ? addresses.Length : names.Length;
        if (count > UrlText.MaxHosts)
        {
            _problems.Add(UrlText.TooManyHosts);
        }

        if (hasAddresses && Get("host") is not null && names.Length != count)
        {
            _problems.Add("has different numbers of hosts and 'hostaddr' entries");
        }

        if (ports.Length != 1 && ports.Length != count)
        {
            _problems.Add("has different numbers of ports and hosts");
        }

        if (!_problems.None)
        {
            return [];
        }

        List<HostPort> hosts = [];
        for (int i = 0; i < count; i++)
        {
            string name = i < names.Length ? names[i] : "";
            string address = hasAddresses ? addresses[i] : "";
            string port = (ports.Length == 1 ? ports[0] : ports[i]).Trim();
            int number = DefaultPort;
            if (port.Length > 0 && !UrlText.TryPort(port, out number))
            {
                _problems.Add(UrlText.NotAPort);
            }

            if (address.Length > 0 && !IsAddress(address))
            {
                _problems.Value("hostaddr", "an IP address");
            }
            // libpq would go to the default socket directory, which differs per build; Npgsql needs a host.
            string host =
                address.Length > 0 ? address
                : name.Length > 0 ? name
                : "localhost";
            CheckHost(name, host, number, count);
            hosts.Add(new HostPort(host, number) { Name = name.Length > 0 && name != host ? name : null });
            if (!_problems.None)
            {
                return [];
            }
        }

        return hosts;
    }

    private void CheckHost(string name, string host, int port, int count)
    {
        if (name.Length > 0 && !HostPort.IsSocketName(name) && !HostPort.IsNetworkHost(name))
        {
            _problems.Add(UrlText.NotAHost);
        }

        if (HostPort.IsSocketName(host))
        {
            if (Encoding.UTF8.GetByteCount($"{host}/.s.PGSQL.{port}") > MaxSocketPathLength)
            {
                _problems.Add("has a socket directory whose path is too long for a Unix socket");
            }
            else if (count > 1 && host.Contains(':'))
            {
                _problems.Add("has a socket directory with a ':' among several hosts, which HxFunctions does not support");
            }
        }
    }

    private static bool IsAddress(string text) =>
        HostPort.IsNetworkHost(text) && (text.Contains(':') || (IPAddress.TryParse(text, out _) && text.Count(c => c == '.') == 3));

    /// <summary>As in libpq: no effect on Unix sockets (where the options would fail) and none when <c>keepalives=0</c>.</summary>
    private void ApplyKeepAlive(List<HostPort> hosts)
    {
        bool isOff = Get("keepalives") is not null && !_builder.TcpKeepAlive;
        if (isOff || hosts.Any(host => host.IsSocket))
        {
            _builder.Remove(nameof(_builder.TcpKeepAlive));
            _builder.Remove(nameof(_builder.TcpKeepAliveTime));
            _builder.Remove(nameof(_builder.TcpKeepAliveInterval));
        }
        else if (_builder is { TcpKeepAliveInterval: > 0, TcpKeepAliveTime: 0 })
        {
            _problems.Add("has the keyword 'keepalives_interval' without 'keepalives_idle', which HxFunctions does not support");
        }
    }

    /// <summary>Returns libpq's name of the mode asked for; the builder gets what has the same effect in Npgsql.</summary>
    private string ApplySsl(List<HostPort> hosts)
    {
        string? root = Get("sslrootcert");
        if (root == SystemRoots)
        {
            // libpq demands and implies verify-full here.
            if (Get("sslmode") is null)
            {
                _builder.SslMode = SslMode.VerifyFull;
            }
            else if (_builder.SslMode != SslMode.VerifyFull)
            {
                _problems.Add("has sslrootcert=system with an 'sslmode' weaker than verify-full");
            }
        }
        else if (root is not null)
        {
            _builder.RootCertificate = root;
        }

        SslMode asked = _builder.SslMode;
        if (_builder.SslNegotiation == SslNegotiation.Direct && asked < SslMode.Require)
        {
            _problems.Add("has sslnegotiation=direct with an 'sslmode' weaker than require");
        }

        bool isLocal = hosts.Count > 0 && hosts.All(host => host.IsSocket);
        if (asked == SslMode.Require && !isLocal && (_builder.RootCertificate ?? _defaultRoot) is { } known)
        {
            // libpq: require with a root certificate, the home folder's too, is verify-ca. Npgsql would not look at the root.
            _builder.RootCertificate = known;
            _builder.SslMode = SslMode.VerifyCA;
        }

        if (isLocal)
        {
            // libpq never encrypts a Unix socket, whatever the mode; Npgsql would ask the server for it and fail.
            _builder.SslMode = SslMode.Disable;
            _builder.Remove(nameof(_builder.SslNegotiation));
        }

        return PostgresKeywords.NameOf(asked);
    }
}
