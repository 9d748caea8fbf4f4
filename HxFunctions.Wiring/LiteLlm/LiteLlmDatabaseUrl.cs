using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using HxFunctions.Core.Configuration.Connections;

namespace HxFunctions.Wiring.LiteLlm;

/// <summary>
/// <c>PG_URL</c> as LiteLLM's <c>DATABASE_URL</c>: what its database client, Prisma, reads. Each part of <c>PG_URL</c> is converted, or a
/// note says that it does not reach LiteLLM, or the URL is refused because LiteLLM would connect elsewhere or less safely without it.
/// </summary>
/// <remarks>
/// Prisma here is 5.4.2, which prisma-client-py 0.11.0 brings; LiteLLM pins that one from v1.74.4 to v1.81.9 (pyproject.toml). Its rules
/// are in prisma-engines, quaint/src/connector/postgres (url.rs and native/mod.rs; before December 2023 one file, postgres.rs).
/// </remarks>
/// <param name="Url">A secret.</param>
/// <param name="Notes">What LiteLLM does otherwise than PG_URL says: sentences without secrets.</param>
internal sealed record LiteLlmDatabaseUrl(string Url, IReadOnlyList<string> Notes)
{
    /// <summary>What a path segment may have without percent-encoding (RFC 3986, section 3.3).</summary>
    private const string Punctuation = "-._~!$&'()*+,;=:@";

    /// <param name="value">The text of PG_URL.</param>
    /// <param name="url">The same, parsed.</param>
    /// <param name="readFile">A file's text; <see langword="null"/> when it can't be read.</param>
    /// <param name="problem">Why LiteLLM can't have it: a phrase that follows "PG_URL", without secrets.</param>
    public static bool TryConvert(
        string value,
        PostgresUrl url,
        Func<string, string?> readFile,
        [NotNullWhen(true)] out LiteLlmDatabaseUrl? converted,
        [NotNullWhen(false)] out string? problem
    )
    {
        DatabaseUrlDraft draft = new(value, url);
        converted = null;
        problem =
            AddPlace(draft, out string? place)
            ?? DatabaseUrlTuning.Add(draft)
            ?? DatabaseUrlSearchPath.Add(draft)
            ?? DatabaseUrlTls.Add(draft, readFile)
            ?? DatabaseUrlLogin.Add(draft);
        if (problem is not null)
        {
            return false;
        }

        draft.NoteTheRest();
        StringBuilder text = new(place);
        foreach ((string name, string parameter) in draft.Parameters)
        {
            text.Append(text.Length == place!.Length ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(parameter));
        }

        converted = new(text.ToString(), draft.Notes);
        return true;
    }

    /// <summary>Without the URL.</summary>
    public override string ToString() => $"{nameof(LiteLlmDatabaseUrl)} ({Notes.Count} notes)";

    /// <summary>Host, port, user, password and database.</summary>
    private static string? AddPlace(DatabaseUrlDraft draft, out string? place)
    {
        place = null;
        PostgresUrl url = draft.Url;
        draft.Take("host", "hostaddr", "port", "user", "password", "dbname", "Host", "Port", "Username", "Password", "Database");
        if (url.Hosts.Count > 1)
        {
            return "has several hosts, but LiteLLM's database client (Prisma) only supports one: use the primary, or a load balancer";
        }

        if (url.Username is null)
        {
            return "has no user, which LiteLLM's database client (Prisma) needs";
        }

        if (draft.Settings.Passfile is not null)
        {
            return "reads its password from a file, which LiteLLM's database client (Prisma) can't do: write it into the URL";
        }

        string database = url.Database ?? url.Username;
        if (database is "." or ".." || database.Any(c => !char.IsAsciiLetterOrDigit(c) && !Punctuation.Contains(c)))
        {
            return "has a database name that LiteLLM's database client (Prisma) can't use: it doesn't decode the name in the URL, "
                + $"which can only have ASCII letters, digits and {Punctuation}. Give LiteLLM a database with another name";
        }

        string host = url.Hosts[0].Host;
        if (host.StartsWith('@'))
        {
            return "has an abstract Unix socket, which LiteLLM's database client (Prisma) can't use: use a socket's "
                + "directory, or a host";
        }

        // Prisma takes a socket's directory as a parameter alone, and 5.4.2 may hand on an IPv6 address with its brackets.
        bool isParameter = url.Hosts[0].IsSocket || host.Contains(':');
        if (isParameter)
        {
            draft.Add("host", host);
        }
        else if (!TryAscii(host, out host!))
        {
            return "has a host with non-ASCII letters that has no form in DNS: write it in its ASCII form (xn--…)";
        }

        if (url.Password is null)
        {
            draft.Note("has no password: LiteLLM logs in without one; its database client (Prisma) reads neither PGPASSWORD nor ~/.pgpass");
        }

        if (draft.Given("hostaddr") is not null && draft.Given("host") is not null)
        {
            draft.Note("has hostaddr: LiteLLM connects to that address and doesn't know its name, not even for the server's certificate");
        }

        string password = url.Password is null ? "" : $":{Uri.EscapeDataString(url.Password)}";
        string port = url.Hosts[0].Port.ToString(CultureInfo.InvariantCulture);
        place = $"postgresql://{Uri.EscapeDataString(url.Username)}{password}@{(isParameter ? "localhost" : host)}:{port}/{database}";
        return null;
    }

    /// <summary>The name that DNS has: Prisma would ask for the percent-encoded one.</summary>
    private static bool TryAscii(string host, [NotNullWhen(true)] out string? ascii)
    {
        try
        {
            ascii = host.All(char.IsAscii) ? host : new IdnMapping().GetAscii(host);
        }
        catch (ArgumentException)
        {
            ascii = null;
        }

        return ascii is not null;
    }
}
