namespace HxFunctions.Core.Configuration.Connections;

/// <summary>
/// libpq's own variables, which stand in for what a URI leaves out: https://www.postgresql.org/docs/current/libpq-envars.html. Those that
/// say where the server is do not: a gateway's machine may have them for another one. <c>PGPASSWORD</c> and <c>PGPASSFILE</c> are
/// <see cref="PostgresPasswordFile"/>'s. Besides, <c>~/.postgresql/root.crt</c> is the root certificate where nothing names another, if it
/// is there (libpq's documentation, "SSL Support"): <c>sslmode=require</c> verifies by it, too.
/// </summary>
internal static class PostgresEnvironment
{
    private const string RootVariable = "PGSSLROOTCERT";
    private const string RootKeyword = "sslrootcert";

    private static readonly (string Variable, string Keyword)[] Known =
    [
        ("PGSSLMODE", "sslmode"),
        ("PGSSLNEGOTIATION", "sslnegotiation"),
        ("PGSSLCERT", "sslcert"),
        ("PGSSLKEY", "sslkey"),
        (RootVariable, RootKeyword),
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

        if (string.IsNullOrEmpty(read(RootVariable)) && read("HOME") is { Length: > 0 } home)
        {
            string root = Path.Combine(home, ".postgresql", "root.crt");
            if (File.Exists(root))
            {
                yield return new(RootKeyword, root, MayBeNamed: true);
            }
        }
    }
}
