using System.Diagnostics.CodeAnalysis;
using System.Text;
using HxFunctions.Core.Configuration.Connections;
using Npgsql;

namespace HxFunctions.Wiring;

/// <summary>
/// <c>PG_URL</c> as LiteLLM's <c>DATABASE_URL</c>: the form that Prisma, its database client, takes. Prisma refuses
/// <c>postgresql+driver://</c>, knows a single host, reads <c>sslmode</c> only as disable, prefer or require (whether the certificate
/// counts is <c>sslaccept</c>), and calls the file of root certificates <c>sslcert</c> (Prisma's documentation, "PostgreSQL", "Connection
/// URL").
/// </summary>
internal static class LiteLlmDatabaseUrl
{
    /// <summary>Parameters that go over as they are.</summary>
    private static readonly string[] Shared =
    [
        "connection_limit",
        "pool_timeout",
        "schema",
        "pgbouncer",
        "sslaccept",
        "statement_cache_size",
        "socket_timeout",
        "max_idle_connection_lifetime",
        "connect_timeout",
        "application_name",
        "options",
        "channel_binding",
    ];

    /// <param name="value">The text of PG_URL.</param>
    /// <param name="url">The same, parsed.</param>
    /// <param name="problem">Why LiteLLM can't have it: a phrase that follows "PG_URL".</param>
    public static bool TryConvert(
        string value,
        PostgresUrl url,
        [NotNullWhen(true)] out string? converted,
        [NotNullWhen(false)] out string? problem
    )
    {
        converted = null;
        Dictionary<string, string> given = Parameters(value);
        NpgsqlConnectionStringBuilder builder = url.ToConnectionStringBuilder();
        problem = url switch
        {
            { Hosts.Count: > 1 } =>
                "names several hosts, and LiteLLM's database client (Prisma) takes one: name the primary, or a load balancer in front",
            { Username: null } => "names no user, which LiteLLM's database client (Prisma) needs",
            _ when given.ContainsKey("passfile") || builder.Passfile is not null =>
                "takes its password from a file, which LiteLLM's database client (Prisma) does not: write it into the URL",
            _ when builder.SslCertificate is not null || builder.SslKey is not null =>
                "has a client certificate; LiteLLM's database client (Prisma) takes one as a PKCS #12 file only (sslidentity)",
            _ => null,
        };
        if (problem is not null)
        {
            return false;
        }

        HostPort host = url.Hosts[0];
        bool isSocket = host.Host.StartsWith('/');
        StringBuilder text = new("postgresql://");
        text.Append(Uri.EscapeDataString(url.Username!));
        if (url.Password is not null)
        {
            text.Append(':').Append(Uri.EscapeDataString(url.Password));
        }

        text.Append('@').Append(isSocket ? "localhost" : new HostPort(host.Host, host.Port).ToString());
        text.Append('/').Append(Uri.EscapeDataString(url.Database ?? url.Username!));

        List<KeyValuePair<string, string>> parameters =
        [
            .. Shared.Where(given.ContainsKey).Select(name => KeyValuePair.Create(name, given[name])),
        ];
        if (isSocket)
        {
            parameters.Insert(0, new("host", host.Host));
        }

        AddTls(parameters, url.SslMode, given, builder.RootCertificate);
        for (int i = 0; i < parameters.Count; i++)
        {
            text.Append(i == 0 ? '?' : '&').Append(parameters[i].Key).Append('=').Append(Uri.EscapeDataString(parameters[i].Value));
        }

        converted = text.ToString();
        return true;
    }

    private static void AddTls(
        List<KeyValuePair<string, string>> parameters,
        string sslMode,
        Dictionary<string, string> given,
        string? roots
    )
    {
        bool verifies = sslMode is "verify-ca" or "verify-full";
        string mode =
            verifies ? "require"
            : sslMode == "allow" ? "prefer"
            : sslMode;
        // "prefer" is Prisma's default, too; it is written only when someone wrote it.
        if (mode != "prefer" || given.ContainsKey("sslmode"))
        {
            parameters.Add(new("sslmode", mode));
        }

        if (verifies && !given.ContainsKey("sslaccept"))
        {
            parameters.Add(new("sslaccept", "strict"));
        }

        if (roots is not null && roots != "system")
        {
            parameters.Add(new("sslcert", roots));
        }
    }

    /// <summary>The URI's parameters; none for an Npgsql keyword string, whose host, user, database and TLS mode are all that goes
    /// over.</summary>
    private static Dictionary<string, string> Parameters(string value)
    {
        Dictionary<string, string> parameters = new(StringComparer.Ordinal);
        if (
            UrlText.TrySplitScheme(value.Trim(), out _, out string? rest)
            && PostgresUri.TryRead(rest, out List<PostgresUri.Setting>? settings, out _)
        )
        {
            foreach (PostgresUri.Setting setting in settings)
            {
                parameters[setting.Keyword] = setting.Value;
            }
        }

        return parameters;
    }
}
