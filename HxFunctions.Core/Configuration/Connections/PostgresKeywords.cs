using System.Globalization;
using Npgsql;

namespace HxFunctions.Core.Configuration.Connections;

/// <summary>
/// What becomes of each libpq keyword (libpq 34.1.2, "Parameter Key Words", as of PostgreSQL 18) and of Prisma's. Keywords and values are
/// case-sensitive, as in libpq.
/// </summary>
internal static class PostgresKeywords
{
    internal const string Modes = "one of disable, allow, prefer, require, verify-ca and verify-full";

    private const string AnInteger = "an integer";
    private const string Methods = "a list of password, md5, gss, sspi, scram-sha-256, oauth and none, with '!' before all or none of them";

    private static readonly Dictionary<string, string> AuthMethods = new()
    {
        ["password"] = "Password",
        ["md5"] = "MD5",
        ["gss"] = "GSS",
        ["sspi"] = "SSPI",
        ["scram-sha-256"] = "ScramSHA256",
        ["none"] = "None",
    };

    private static readonly Dictionary<string, Rule> Rules = new()
    {
        // Structure: PostgresUrlAssembler reads these.
        ["host"] = Rule.Structure,
        ["hostaddr"] = Rule.Structure,
        ["port"] = Rule.Structure,
        ["user"] = Rule.Structure,
        ["password"] = Rule.Structure,
        ["dbname"] = Rule.Structure,
        ["sslrootcert"] = Rule.Structure,
        ["target_session_attrs"] = OneOf((_, _) => { }, "any", "read-write", "read-only", "primary", "standby", "prefer-standby"),
        ["load_balance_hosts"] = OneOf((_, _) => { }, "disable", "random"),

        // Honoured by Npgsql under another name.
        ["sslmode"] = new Rule(ApplySslMode),
        ["sslnegotiation"] = OneOf(
            (to, value) => to.SslNegotiation = value == "direct" ? SslNegotiation.Direct : SslNegotiation.Postgres,
            "postgres",
            "direct"
        ),
        ["sslcert"] = Text((to, value) => to.SslCertificate = value),
        ["sslkey"] = Text((to, value) => to.SslKey = value),
        ["sslpassword"] = Text((to, value) => to.SslPassword = value),
        ["application_name"] = Text((to, value) => to.ApplicationName = value),
        ["fallback_application_name"] = Text((to, value) => to.ApplicationName ??= value),
        ["options"] = Text((to, value) => to.Options = value),
        ["passfile"] = Text((to, value) => to.Passfile = value),
        ["krbsrvname"] = Text((to, value) => to.KerberosServiceName = value),
        // "auto" takes the locale's encoding; Npgsql's own default is always right for it.
        ["client_encoding"] = Text((to, value) => to.ClientEncoding = value == "auto" ? null : value),
        ["channel_binding"] = OneOf(
            (to, value) =>
                to.ChannelBinding = value switch
                {
                    "disable" => ChannelBinding.Disable,
                    "prefer" => ChannelBinding.Prefer,
                    _ => ChannelBinding.Require,
                },
            "disable",
            "prefer",
            "require"
        ),
        ["require_auth"] = new Rule(ApplyRequireAuth),
        ["keepalives"] = Integer((to, value) => to.TcpKeepAlive = value != 0),
        ["keepalives_idle"] = Integer((to, value) => to.TcpKeepAliveTime = Math.Max(value, 0)),
        ["keepalives_interval"] = Integer((to, value) => to.TcpKeepAliveInterval = Math.Max(value, 0)),

        // The deadline of the probe governs.
        ["connect_timeout"] = Integer((_, _) => { }),

        // Prisma's (LiteLLM's DATABASE_URL carries them): tuning of a pool that isn't ours.
        ["connection_limit"] = Rule.Ignored,
        ["pool_timeout"] = Rule.Ignored,
        ["schema"] = Rule.Ignored,
        ["pgbouncer"] = Rule.Ignored,
        ["sslaccept"] = Rule.Ignored,
        ["statement_cache_size"] = Rule.Ignored,
        ["socket_timeout"] = Rule.Ignored,
        ["max_idle_connection_lifetime"] = Rule.Ignored,

        // Vercel's, in the URLs that its integration of Supabase makes: it tells its pooler who comes.
        ["supa"] = Rule.Ignored,

        // Not to be honoured, but for the values that ask for what happens anyway.
        ["gssencmode"] = Only("disable", "prefer"), // no Kerberos here, which is what "prefer" allows for
        ["keepalives_count"] = Only("0"), // 0: the system's
        ["tcp_user_timeout"] = Only("0"), // 0: the system's
        ["sslcompression"] = Only("0"), // .NET never compresses TLS
        ["sslsni"] = Only("1"), // .NET always sends SNI
        ["sslcertmode"] = Only("allow"), // a certificate is sent when there is one and the server asks
        ["ssl_min_protocol_version"] = Only("", "TLSv1", "TLSv1.1", "TLSv1.2"), // .NET with OpenSSL 3 starts at 1.2
        ["ssl_max_protocol_version"] = Only("", "TLSv1.3"), // there is no newer one
        ["min_protocol_version"] = Only("", "3.0"), // Npgsql speaks 3.0
        ["max_protocol_version"] = Only("", "3.0", "3.2", "latest"),
        ["gssdelegation"] = Only("0"),
        ["gsslib"] = Only("", "gssapi"),
        ["replication"] = Only("false", "off", "no", "0"),
        ["sslcrl"] = Only(""),
        ["sslcrldir"] = Only(""),
        ["sslkeylogfile"] = Only(""),
        ["requirepeer"] = Only(""),
        ["service"] = Only(""),
        ["servicefile"] = Only(""),
        ["scram_client_key"] = Only(""),
        ["scram_server_key"] = Only(""),
        ["oauth_issuer"] = Only(""),
        ["oauth_client_id"] = Only(""),
        ["oauth_client_secret"] = Only(""),
        ["oauth_scope"] = Only(""),
    };

    /// <summary>libpq's <c>sslmode</c> in Npgsql's terms.</summary>
    internal static bool TryReadSslMode(string name, out SslMode mode)
    {
        const SslMode unknown = (SslMode)(-1);
        mode = name switch
        {
            "disable" => SslMode.Disable,
            "allow" => SslMode.Allow,
            "prefer" => SslMode.Prefer,
            "require" => SslMode.Require,
            "verify-ca" => SslMode.VerifyCA,
            "verify-full" => SslMode.VerifyFull,
            _ => unknown,
        };
        return mode != unknown;
    }

    /// <summary>libpq's name of Npgsql's mode.</summary>
    internal static string NameOf(SslMode mode) =>
        mode switch
        {
            SslMode.VerifyCA => "verify-ca",
            SslMode.VerifyFull => "verify-full",
            _ => mode.ToString().ToLowerInvariant(),
        };

    internal static bool IsKnown(string keyword) => Rules.ContainsKey(keyword);

    /// <summary>Carries one keyword over to <paramref name="to"/>, leaves it out, or adds it to <paramref name="problems"/>.</summary>
    internal static void Apply(PostgresUri.Setting setting, NpgsqlConnectionStringBuilder to, KeywordProblems problems)
    {
        if (!Rules.TryGetValue(setting.Keyword, out Rule? rule))
        {
            problems.Unknown(setting.Keyword, setting.MayBeNamed);
            return;
        }

        if (rule.Harmless is not null && !rule.Harmless.Contains(setting.Value))
        {
            problems.Unsupported(setting.Keyword);
        }
        else if (rule.Set?.Invoke(to, setting.Value) is { } expected)
        {
            problems.Value(setting.Keyword, expected);
        }
    }

    private static Rule Only(params string[] harmless) => new() { Harmless = harmless };

    /// <summary>An empty text is as good as none.</summary>
    private static Rule Text(Action<NpgsqlConnectionStringBuilder, string> set) =>
        new(
            (to, value) =>
            {
                if (value.Length > 0)
                {
                    set(to, value);
                }

                return null;
            }
        );

    private static Rule OneOf(Action<NpgsqlConnectionStringBuilder, string> set, params string[] values) =>
        new(
            (to, value) =>
            {
                if (!values.Contains(value))
                {
                    return Choice(values);
                }

                set(to, value);
                return null;
            }
        );

    private static Rule Integer(Action<NpgsqlConnectionStringBuilder, int> set) =>
        new(
            (to, value) =>
            {
                if (!int.TryParse(value, NumberStyles.Integer, CultureInfo.InvariantCulture, out int number))
                {
                    return AnInteger;
                }

                set(to, number);
                return null;
            }
        );

    private static string Choice(IEnumerable<string> values) => "one of " + string.Join(", ", values);

    private static string? ApplySslMode(NpgsqlConnectionStringBuilder to, string value)
    {
        if (!TryReadSslMode(value, out SslMode mode))
        {
            return Modes;
        }

        to.SslMode = mode;
        return null;
    }

    /// <summary>Kerberos (gss, sspi) and oauth are not to be had here: refusing them comes by itself, requiring them cannot be
    /// met.</summary>
    private static string? ApplyRequireAuth(NpgsqlConnectionStringBuilder to, string value)
    {
        if (value.Length == 0)
        {
            return null;
        }

        string[] methods = value.Split(',', StringSplitOptions.TrimEntries);
        bool negative = methods[0].StartsWith('!');
        if (methods.Any(m => m.StartsWith('!') != negative))
        {
            return Methods;
        }

        HashSet<string> names = [];
        foreach (string method in methods.Select(m => m.TrimStart('!')))
        {
            if (AuthMethods.TryGetValue(method, out string? name))
            {
                names.Add(name);
            }
            else if (method != "oauth")
            {
                return Methods;
            }
        }

        if (!negative && names.IsSubsetOf(["GSS", "SSPI"]))
        {
            return "met by a method other than gss, sspi and oauth, which HxFunctions does not support";
        }

        if (names.Count == 0)
        {
            return null;
        }

        if (negative && names.Count == AuthMethods.Count)
        {
            return Methods;
        }

        to.RequireAuth = string.Join(',', names.Select(name => negative ? "!" + name : name));
        return null;
    }

    /// <param name="Set">Returns what the value should have been, or null when it was good.</param>
    private sealed record Rule(Func<NpgsqlConnectionStringBuilder, string, string?>? Set = null)
    {
        internal static readonly Rule Structure = new();
        internal static readonly Rule Ignored = new();

        /// <summary>When not null: the only values that may stand, because they change nothing.</summary>
        public string[]? Harmless { get; init; }
    }
}
