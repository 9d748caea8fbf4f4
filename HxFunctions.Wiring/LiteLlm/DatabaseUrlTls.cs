using System.Text.RegularExpressions;
using Npgsql;

namespace HxFunctions.Wiring.LiteLlm;

/// <summary>
/// TLS as strict as PG_URL asks for it. Prisma reads <c>sslmode</c> only as disable, prefer and require (anything else is prefer);
/// <c>sslaccept=strict</c> checks the certificate and the host's name, and there is nothing between that and no check at all.
/// <c>sslcert</c> is its word for the file of authorities: a single certificate in PEM, which it trusts beside the system's own.
/// </summary>
internal static partial class DatabaseUrlTls
{
    private const string AcceptAny = "accept_invalid_certs";

    /// <returns>A problem, or <see langword="null"/>.</returns>
    public static string? Add(DatabaseUrlDraft draft, Func<string, string?> readFile)
    {
        NpgsqlConnectionStringBuilder settings = draft.Settings;
        draft.Take("sslmode", "ssl", "requiressl", "sslaccept", "sslrootcert", "sslcert", "sslkey", "sslpassword", "sslnegotiation");
        draft.Take("SSL Mode", "Root Certificate", "SSL Certificate", "SSL Key", "SSL Password", "SSL Negotiation");
        draft.Take("Check Certificate Revocation", "Trust Server Certificate");
        if (draft.Url.Hosts[0].IsSocket)
        {
            // libpq never encrypts a Unix socket; Prisma would ask the server for it, and fail when it must.
            draft.Add("sslmode", "disable");
            return null;
        }

        if (settings.SslCertificate is not null || settings.SslKey is not null)
        {
            return "has a client certificate, which LiteLLM's database client (Prisma) only accepts as a PKCS #12 file (made with openssl "
                + "pkcs12 -export -in CERTIFICATE -inkey KEY -out FILE) in sslidentity, which PG_URL can't have: let LiteLLM log in "
                + "with a password";
        }

        if (settings.CheckCertificateRevocation)
        {
            return "requires a check for revoked certificates, which LiteLLM's database client (Prisma) can't do: remove it";
        }

        string mode = draft.Url.SslMode;
        string? root = settings.RootCertificate is "system" ? null : settings.RootCertificate;
        string? accept = draft.Given("sslaccept");

        // libpq 34.19.1: with a root certificate "require" verifies, as verify-ca does.
        bool verifies = mode is "verify-ca" or "verify-full" || (mode == "require" && root is not null);
        if (verifies && accept == AcceptAny)
        {
            return "requires a verified certificate, but has sslaccept=accept_invalid_certs, which tells LiteLLM's database client "
                + "(Prisma) to accept any: remove one of the two";
        }

        bool isStrict = verifies || (accept is not null && accept != AcceptAny);
        if (isStrict && root is not null && ProblemOf(draft, root, readFile) is { } problem)
        {
            return problem;
        }

        AddParameters(draft, mode, verifies, accept, isStrict ? root : null);
        AddNotes(draft, mode, verifies, root, isStrict);
        return null;
    }

    private static void AddParameters(DatabaseUrlDraft draft, string mode, bool verifies, string? accept, string? root)
    {
        string prismas =
            verifies || mode == "require" ? "require"
            : mode == "disable" ? mode
            : "prefer";

        // "prefer" is Prisma's default, too; it is written only when someone wrote a mode.
        if (prismas != "prefer" || (draft.Given("sslmode") ?? draft.Given("SSL Mode")) is not null)
        {
            draft.Add("sslmode", prismas);
        }

        if (verifies || accept is not null)
        {
            draft.Add("sslaccept", accept == AcceptAny ? AcceptAny : "strict");
        }

        if (root is not null)
        {
            draft.Add("sslcert", root);
        }
    }

    private static void AddNotes(DatabaseUrlDraft draft, string mode, bool verifies, string? root, bool isStrict)
    {
        if (mode == "allow")
        {
            draft.Note("has sslmode=allow: LiteLLM tries TLS first, as with prefer");
        }

        if (verifies && mode != "verify-full")
        {
            draft.Note("verifies the certificate without its name: LiteLLM checks the name, too, which must be the host in PG_URL");
        }

        if (root is not null)
        {
            draft.Note(
                isStrict
                    ? "has a root certificate: LiteLLM trusts it in addition to its system's authorities, not instead of them"
                    : $"has a root certificate, which has no effect with sslmode={mode}: use verify-full"
            );
        }

        if (draft.Settings.SslNegotiation == SslNegotiation.Direct)
        {
            draft.Note(
                "has sslnegotiation=direct: LiteLLM asks the server for TLS first, as with sslnegotiation=postgres, and the "
                    + "server must allow that"
            );
        }
    }

    /// <summary>native-tls reads the first certificate of the file (Certificate::from_pem) and is silent about the others.</summary>
    private static string? ProblemOf(DatabaseUrlDraft draft, string root, Func<string, string?> readFile)
    {
        if (!root.StartsWith('/'))
        {
            return "has a relative path for its root certificate, which LiteLLM's database client (Prisma) looks for next to its own "
                + "schema: use an absolute path";
        }

        if (readFile(root) is not { } text)
        {
            draft.Note(
                "has a root certificate that can't be read here: LiteLLM's user must be able to read it, and it must be a single PEM "
                    + "certificate, because LiteLLM's database client (Prisma) only reads the first"
            );
            return null;
        }

        return Certificates().Count(text) switch
        {
            0 => "has a root certificate that is not a PEM file, the only format that LiteLLM's database client (Prisma) reads",
            1 => null,
            int count => $"has a file with {count} root certificates, but LiteLLM's database client (Prisma) only reads the first: put the "
                + "one that issued the server's certificate into a separate file, and use that",
        };
    }

    [GeneratedRegex("^-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----", RegexOptions.Multiline)]
    private static partial Regex Certificates();
}
