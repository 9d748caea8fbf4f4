using System.Globalization;
using System.Text;

namespace HxFunctions.Tests.Wiring.LiteLlm;

/// <summary>
/// A small model of what LiteLLM and Prisma 5.4.2 make of <c>DATABASE_URL</c>, written from their sources: append_query_params of
/// litellm/proxy/proxy_cli.py (Python's urlparse, parse_qs and urlencode), the crate <c>url</c> (the WHATWG's URL standard, for a
/// scheme that is not special), and quaint/src/connector/postgres/url.rs of prisma-engines.
/// </summary>
internal sealed record PrismaUrl(
    string Host,
    int Port,
    string User,
    string Password,
    string Database,
    IReadOnlyDictionary<string, string> Parameters
)
{
    /// <summary>As Prisma gets it from LiteLLM.</summary>
    public static PrismaUrl ReadThroughLiteLlm(string text) => Read(Rewrite(text));

    /// <summary>LiteLLM drops empty parameters and puts its own connection_limit and pool_timeout in.</summary>
    public static string Rewrite(string text)
    {
        Assert.DoesNotContain('#', text);
        string[] halves = text.Split('?', 2);
        List<(string Name, string Value)> pairs = [];
        foreach (string part in halves.Length == 1 ? [] : halves[1].Split('&'))
        {
            string[] pair = part.Split('=', 2);
            if (pair is [_, { Length: > 0 }])
            {
                pairs.Add((Decode(pair[0].Replace('+', ' ')), Decode(pair[1].Replace('+', ' '))));
            }
        }

        foreach ((string Name, string Value) own in (ReadOnlySpan<(string, string)>)[("connection_limit", "10"), ("pool_timeout", "60")])
        {
            int at = pairs.FindIndex(p => p.Name == own.Name);
            if (at < 0)
            {
                pairs.Add(own);
            }
            else
            {
                pairs[at] = own;
            }
        }

        return $"{halves[0]}?{string.Join('&', pairs.Select(p => $"{Quote(p.Name)}={Quote(p.Value)}"))}";
    }

    public static PrismaUrl Read(string text)
    {
        const string scheme = "postgresql://";
        text = text.Trim([.. Enumerable.Range(0, 33).Select(c => (char)c)]).Replace("\t", "").Replace("\n", "").Replace("\r", "");
        Assert.StartsWith(scheme, text, StringComparison.Ordinal);
        text = text[scheme.Length..].Split('#')[0];
        int end = text.IndexOfAny(['/', '?']);
        string authority = end < 0 ? text : text[..end];
        string[] rest = (end < 0 ? "" : text[end..]).Split('?', 2);
        int at = authority.LastIndexOf('@');
        string[] login = (at < 0 ? "" : authority[..at]).Split(':', 2);
        (string? host, int? port) = ReadHost(authority[(at + 1)..]);
        Dictionary<string, string> parameters = new(StringComparer.Ordinal);
        foreach (string part in rest.Length == 1 ? [] : rest[1].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] pair = part.Split('=', 2);
            parameters[Decode(pair[0].Replace('+', ' '))] = Decode(pair.Length == 1 ? "" : pair[1].Replace('+', ' '));
        }

        Refuse(parameters);
        return new(
            parameters.GetValueOrDefault("host") ?? host ?? "localhost",
            port ?? 5432,
            Decode(login[0]),
            login.Length == 1 ? "" : Decode(login[1]),
            // Not decoded, and the parser encodes what a path can't have.
            Encode(Segments(rest[0]).FirstOrDefault("postgres"), " \"#<>?`{}"),
            parameters
        );
    }

    private static (string? Host, int? Port) ReadHost(string text)
    {
        int bracket = text.LastIndexOf(']');
        int colon = text.IndexOf(':', bracket + 1);
        string host = colon < 0 ? text : text[..colon];
        string port = colon < 0 ? "" : text[(colon + 1)..];
        Assert.True(bracket >= 0 || host.IndexOfAny([.. "\0\t\n\r #/:<>?@[\\]^|"]) < 0, "a host that the parser refuses");

        // Brackets stay: whether 5.4.2 takes them off is not sure.
        return (host.Length == 0 ? null : Encode(host, ""), port.Length == 0 ? null : ushort.Parse(port, CultureInfo.InvariantCulture));
    }

    private static List<string> Segments(string path)
    {
        List<string> segments = [];
        foreach (string segment in path.Split('/').Skip(1))
        {
            string plain = segment.Replace("%2e", ".", StringComparison.OrdinalIgnoreCase);
            if (plain == ".." && segments.Count > 0)
            {
                segments.RemoveAt(segments.Count - 1);
            }
            else if (plain is not ("." or ".."))
            {
                segments.Add(segment);
            }
        }

        return segments;
    }

    private static void Refuse(Dictionary<string, string> parameters)
    {
        string[] numbers =
        [
            "connection_limit",
            "pool_timeout",
            "connect_timeout",
            "socket_timeout",
            "statement_cache_size",
            "max_connection_lifetime",
            "max_idle_connection_lifetime",
        ];
        Assert.All(
            numbers.Where(parameters.ContainsKey),
            name => Assert.True(ulong.TryParse(parameters[name], NumberStyles.None, CultureInfo.InvariantCulture, out _), name)
        );
        Assert.True(parameters.GetValueOrDefault("pgbouncer", "true") is "true" or "false", "pgbouncer");
    }

    /// <summary>Percent-encodes controls, what is not ASCII, and <paramref name="more"/>.</summary>
    private static string Encode(string text, string more) =>
        string.Concat(Encoding.UTF8.GetBytes(text).Select(b => b < 0x20 || b > 0x7E || more.Contains((char)b) ? $"%{b:X2}" : $"{(char)b}"));

    private static string Decode(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        List<byte> decoded = [];
        for (int i = 0; i < bytes.Length; i++)
        {
            if (
                bytes[i] == '%'
                && i + 2 < bytes.Length
                && char.IsAsciiHexDigit((char)bytes[i + 1])
                && char.IsAsciiHexDigit((char)bytes[i + 2])
            )
            {
                decoded.Add(
                    byte.Parse($"{(char)bytes[i + 1]}{(char)bytes[i + 2]}", NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
                );
                i += 2;
            }
            else
            {
                decoded.Add(bytes[i]);
            }
        }

        return Encoding.UTF8.GetString([.. decoded]);
    }

    /// <summary>Python's quote_plus.</summary>
    private static string Quote(string text) =>
        string.Concat(
            Encoding
                .UTF8.GetBytes(text)
                .Select(b =>
                    b == ' ' ? "+"
                    : char.IsAsciiLetterOrDigit((char)b) || "_.-~".Contains((char)b) ? $"{(char)b}"
                    : $"%{b:X2}"
                )
        );
}
