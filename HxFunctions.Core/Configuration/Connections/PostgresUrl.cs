using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace HxFunctions.Core.Configuration.Connections;

/// <summary>
/// <c>PG_URL</c>: a libpq URI (<c>postgresql://</c>, <c>postgres://</c>, SQLAlchemy's <c>postgresql+DRIVER://</c>) or an Npgsql keyword
/// string. <see cref="PostgresUri"/> has the grammar, <see cref="PostgresKeywords"/> what becomes of each keyword.
/// </summary>
internal sealed class PostgresUrl
{
    private readonly string _connectionString;

    internal PostgresUrl(NpgsqlConnectionStringBuilder builder, IReadOnlyList<HostPort> hosts, string sslMode)
    {
        SetHosts(builder, hosts);
        _connectionString = builder.ConnectionString;
        Hosts = hosts;
        Username = builder.Username;
        Password = builder.Password;
        Database = builder.Database;
        SslMode = sslMode;
        TargetSessionAttributes = builder.TargetSessionAttributes?.ToLowerInvariant();
        RandomOrder = builder.LoadBalanceHosts;
        Passfile = builder.Passfile;
        Files = [.. FilesOf(builder, hosts)];
    }

    /// <summary>libpq's <c>target_session_attrs</c>; null: any. Only several hosts can have one.</summary>
    internal string? TargetSessionAttributes { get; }

    /// <summary>libpq's <c>load_balance_hosts=random</c>.</summary>
    internal bool RandomOrder { get; }

    /// <summary>libpq's <c>sslrootcert=system</c>: the certificate is verified by the roots that the system trusts.</summary>
    internal bool UsesSystemRoots { get; init; }

    /// <summary>The file that the URL names for passwords, or null.</summary>
    internal string? Passfile { get; }

    /// <summary>The files that the URL names.</summary>
    internal IReadOnlyList<LocalFile> Files { get; }

    /// <summary>At least one. No host in the URL is <c>localhost</c> (libpq would take its build's socket directory).</summary>
    public IReadOnlyList<HostPort> Hosts { get; }

    /// <summary>Null when the URL names none: Npgsql then takes PGUSER or the operating system's user.</summary>
    public string? Username { get; }

    /// <summary>A secret. Null when the URL has none.</summary>
    public string? Password { get; }

    /// <summary>The user's name when the URL names no database; null when it names neither.</summary>
    public string? Database { get; }

    /// <summary>What was asked for, in libpq's spelling: disable, allow, prefer (the default), require, verify-ca or verify-full.</summary>
    public string SslMode { get; }

    /// <summary>Never throws. <paramref name="problem"/> is a phrase that begins with a verb and has no part of the value but
    /// keywords.</summary>
    internal static bool TryParse(string value, [NotNullWhen(true)] out PostgresUrl? url, [NotNullWhen(false)] out string? problem) =>
        TryParse(value, _ => null, out url, out problem);

    /// <inheritdoc cref="TryParse(string, out PostgresUrl?, out string?)"/>
    /// <param name="environment">Gives libpq's own variables, which stand in for what a URI leaves out.</param>
    internal static bool TryParse(
        string value,
        Func<string, string?> environment,
        [NotNullWhen(true)] out PostgresUrl? url,
        [NotNullWhen(false)] out string? problem
    )
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
            return NpgsqlKeywordString.TryRead(value, out url, out problem) && IsAccepted(ref url, out problem);
        }

        string[] parts = scheme.Split('+', 2);
        if (parts[0] is not ("postgresql" or "postgres") || (parts.Length == 2 && parts[1].Length == 0))
        {
            problem = "has a scheme that is not postgresql, postgres or postgresql+DRIVER";
            return false;
        }

        return PostgresUri.TryRead(rest, out List<PostgresUri.Setting>? settings, out problem)
            && PostgresUrlAssembler.TryAssemble(
                [.. PostgresEnvironment.Settings(environment), .. settings],
                PostgresEnvironment.DefaultRoot(environment),
                parts.Length == 2 && parts[1] == "asyncpg",
                out url,
                out problem
            )
            && IsAccepted(ref url, out problem);
    }

    /// <summary>A fresh builder with only what the URL says.</summary>
    public NpgsqlConnectionStringBuilder ToConnectionStringBuilder() => new(_connectionString);

    /// <summary>A host's place in the URL, from 1.</summary>
    internal int NumberOf(HostPort host) => Hosts.TakeWhile(h => h != host).Count() + 1;

    /// <summary>Without the password and the user.</summary>
    public override string ToString() => $"postgresql://{string.Join(',', Hosts)}/{Database} (sslmode {SslMode})";

    private static IEnumerable<LocalFile> FilesOf(NpgsqlConnectionStringBuilder builder, IReadOnlyList<HostPort> hosts)
    {
        if (builder.RootCertificate is { Length: > 0 } root)
        {
            yield return new("sslrootcert", root, LocalFileKind.Authorities);
        }

        if (builder.SslCertificate is { Length: > 0 } certificate)
        {
            yield return new("sslcert", certificate, LocalFileKind.Any);
        }

        if (builder.SslKey is { Length: > 0 } key)
        {
            yield return new("sslkey", key, LocalFileKind.Any);
        }

        if (builder.Passfile is { Length: > 0 } passwords)
        {
            yield return new("passfile", passwords, LocalFileKind.Any);
        }

        foreach (HostPort host in hosts.Where(h => h.Host.StartsWith('/')))
        {
            yield return new("host", host.Host, LocalFileKind.SocketDirectory);
        }
    }

    /// <summary>
    /// One port for all goes into <c>Port</c>, so that IPv6 addresses stay without brackets; different ports go beside their hosts, where
    /// Npgsql wants IPv6 in brackets.
    /// </summary>
    private static void SetHosts(NpgsqlConnectionStringBuilder builder, IReadOnlyList<HostPort> hosts)
    {
        bool isOnePort = hosts.All(host => host.Port == hosts[0].Port);
        builder.Host = string.Join(',', hosts.Select(host => isOnePort ? host.Host : host.ToString()));
        builder.Remove(nameof(builder.Port));
        if (isOnePort)
        {
            builder.Port = hosts[0].Port;
        }
    }

    /// <summary>The last word is Npgsql's own: a rule of it that is not known here must show now, not at the first probe.</summary>
    private static bool IsAccepted([NotNullWhen(true)] ref PostgresUrl? url, [NotNullWhen(false)] out string? problem)
    {
        problem = null;
        NpgsqlConnectionStringBuilder read = url!.ToConnectionStringBuilder();
        if ((read.Username, read.Password, read.Database) != (url.Username, url.Password, url.Database))
        {
            // DbConnectionStringBuilder does not quote a line feed at the end of a value, and then loses it.
            url = null;
            problem = "has a user name, password or database that ends with a line break, which HxFunctions does not support";
            return false;
        }

        try
        {
            // As the prober's own pool is made.
            NpgsqlSlimDataSourceBuilder builder = new(url._connectionString);
            builder.EnableTransportSecurity();
            using NpgsqlDataSource dataSource = builder.Build();
        }
        catch (Exception)
        {
            // Npgsql's messages may carry values.
            url = null;
            problem = "is a combination of settings that Npgsql does not accept";
        }

        return problem is null;
    }
}
