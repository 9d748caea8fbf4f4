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
            return "has a client certificate, which LiteLLM's database client (Prisma) takes as a PKCS #12 file alone (made with openssl "
                + "pkcs12 -export -in CERTIFICATE -inkey KEY -out FILE), named by sslidentity, which PG_URL can't have: give LiteLLM a "
                + "login by password";
        }

        if (settings.CheckCertificateRevocation)
        {
            return "demands the check of revoked certificates, which LiteLLM's database client (Prisma) can't do: leave it out";
        }

        string mode = draft.Url.SslMode;
        string? root = settings.RootCertificate is "system" ? null : settings.RootCertificate;
        string? accept = draft.Given("sslaccept");

        // libpq 34.19.1: with a root certificate "require" verifies, as verify-ca does.
        bool verifies = mode is "verify-ca" or "verify-full" || (mode == "require" && root is not null);
        if (verifies && accept == AcceptAny)
        {
            return "demands a certificate that is verified and has sslaccept=accept_invalid_certs, which tells LiteLLM's database client "
                + "(Prisma) to take any: leave one of the two out";
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
            draft.Note(
                "has the certificate verified without its name: LiteLLM checks the name, too, which must be the host that PG_URL names"
            );
        }

        if (root is not null)
        {
            draft.Note(
                isStrict
                    ? "names a root certificate: LiteLLM trusts it beside the authorities of its system, not in their place"
                    : $"names a root certificate, which counts for nothing with sslmode={mode}: write verify-full to have it used"
            );
        }

        if (draft.Settings.SslNegotiation == SslNegotiation.Direct)
        {
            draft.Note("has sslnegotiation=direct: LiteLLM asks the server for TLS first, as with postgres, which it must let");
        }
    }

    /// <summary>native-tls reads the first certificate of the file (Certificate::from_pem) and is silent about the others.</summary>
    private static string? ProblemOf(DatabaseUrlDraft draft, string root, Func<string, string?> readFile)
    {
        if (!root.StartsWith('/'))
        {
            return "names its root certificate by a relative path, which LiteLLM's database client (Prisma) looks for beside its own "
                + "schema: write the whole path";
        }

        if (readFile(root) is not { } text)
        {
            draft.Note(
                "names a root certificate that can't be read from here: LiteLLM's user must be able to read it, and it must hold a single "
                    + "certificate in PEM, for LiteLLM's database client (Prisma) reads the first alone"
            );
            return null;
        }

        return Certificates().Count(text) switch
        {
            0 => "names a root certificate that is no PEM file, the only kind that LiteLLM's database client (Prisma) reads",
            1 => null,
            int count => $"names a file with {count} root certificates, of which LiteLLM's database client (Prisma) reads the first alone: "
                + "put the one that the server's certificate comes from into a file of its own, and name that",
        };
    }

    [GeneratedRegex("^-----BEGIN (X509 |TRUSTED )?CERTIFICATE-----", RegexOptions.Multiline)]
    private static partial Regex Certificates();
}
