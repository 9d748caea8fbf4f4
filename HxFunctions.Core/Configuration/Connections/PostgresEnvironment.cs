namespace HxFunctions.Core.Configuration.Connections;

/// <summary>
/// libpq's own variables, which stand in for what a URI leaves out: https://www.postgresql.org/docs/current/libpq-envars.html. Those that
/// say where the server is do not: a gateway's machine may have them for another one. <c>PGPASSWORD</c> and <c>PGPASSFILE</c> are
/// <see cref="PostgresPasswordFile"/>'s.
/// </summary>
internal static class PostgresEnvironment
{
    private static readonly (string Variable, string Keyword)[] Known =
    [
        ("PGSSLMODE", "sslmode"),
        ("PGSSLNEGOTIATION", "sslnegotiation"),
        ("PGSSLCERT", "sslcert"),
        ("PGSSLKEY", "sslkey"),
        ("PGSSLROOTCERT", "sslrootcert"),
        ("PGREQUIREAUTH", "require_auth"),
        ("PGCHANNELBINDING", "channel_binding"),
        ("PGTARGETSESSIONATTRS", "target_session_attrs"),
        ("PGLOADBALANCEHOSTS", "load_balance_hosts"),
        ("PGAPPNAME", "application_name"),
        ("PGOPTIONS", "options"),
        ("PGGSSENCMODE", "gssencmode"),
        ("PGKRBSRVNAME", "krbsrvname"),
    ];

    /// <summary>What the variables say, as a URI would.</summary>
    /// <param name="read">Gives a variable's value, or <see langword="null"/>.</param>
    public static IEnumerable<PostgresUri.Setting> Settings(Func<string, string?> read)
    {
        foreach ((string variable, string keyword) in Known)
        {
            if (read(variable) is { Length: > 0 } value)
            {
                yield return new(keyword, value, MayBeNamed: true);
            }
        }
    }

    /// <summary>libpq's root certificate where nothing names another (its documentation, "SSL Support"); <see langword="null"/> if it isn't
    /// there.</summary>
    /// <param name="read">Gives a variable's value, or <see langword="null"/>.</param>
    public static string? DefaultRoot(Func<string, string?> read)
    {
        string root = Path.Combine(read("HOME") ?? "", ".postgresql", "root.crt");
        return Path.IsPathRooted(root) && File.Exists(root) ? root : null;
    }
}
