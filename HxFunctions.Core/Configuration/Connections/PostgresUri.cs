using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace HxFunctions.Core.Configuration.Connections;

/// <summary>
/// libpq's URI grammar (libpq 34.1.1.2, "Connection URIs") as keyword/value pairs, in the order in which libpq stores them: a later one
/// replaces an earlier one. Knows nothing of what the keywords mean.
/// </summary>
/// <remarks>
/// One thing libpq takes is refused: an unencoded <c>@</c> in the host or database. It is nearly always the tail of a password with an
/// unencoded <c>/</c> or <c>@</c>, and would otherwise be looked up in DNS and shown as a host name.
/// </remarks>
internal static class PostgresUri
{
    private static readonly SearchValues<char> WhiteSpace = SearchValues.Create(" \t\r\n\v\f");

    private const string StrayAt = "has an unencoded '@' in its host or database (in a user name or password, write @ as %40 and / as %2F)";

    /// <param name="Keyword">Decoded; libpq's spelling for what stands outside the query (<c>user</c>, <c>host</c> …).</param>
    /// <param name="Value">Decoded.</param>
    /// <param name="MayBeNamed">Whether a problem may name the keyword when it is unknown.</param>
    internal sealed record Setting(string Keyword, string Value, bool MayBeNamed);

    /// <summary>Reads <paramref name="text"/>, which is what follows <c>postgresql://</c>.</summary>
    internal static bool TryRead(string text, [NotNullWhen(true)] out List<Setting>? settings, [NotNullWhen(false)] out string? problem)
    {
        settings = null;
        List<Setting> read = [];

        // Only a '/' ends the search for the '@': a '?' or '#' before it belongs to the user name or password.
        int at = text.AsSpan().IndexOfAny('@', '/');
        if (at >= 0 && text[at] == '@')
        {
            string userinfo = text[..at];
            int colon = userinfo.IndexOf(':');
            if (
                !TryAdd(read, "user", colon < 0 ? userinfo : userinfo[..colon], out problem)
                || !TryAdd(read, "password", colon < 0 ? "" : userinfo[(colon + 1)..], out problem)
            )
            {
                return false;
            }

            text = text[(at + 1)..];
        }

        if (!TryReadHosts(text, read, out int end, out problem))
        {
            return false;
        }

        text = text[end..];

        if (text.StartsWith('/'))
        {
            int question = text.IndexOf('?');
            string database = question < 0 ? text[1..] : text[1..question];
            if (database.Contains('@'))
            {
                problem = StrayAt;
                return false;
            }

            if (!TryAdd(read, "dbname", database, out problem))
            {
                return false;
            }

            text = question < 0 ? "" : text[question..];
        }

        if (text.StartsWith('?') && !TryReadQuery(text[1..], read, out problem))
        {
            return false;
        }

        settings = read;
        problem = null;
        return true;
    }

    /// <summary>libpq joins hosts and ports with commas before it decodes them, so that <c>%2C</c> separates too.</summary>
    private static bool TryReadHosts(string text, List<Setting> read, out int end, [NotNullWhen(false)] out string? problem)
    {
        List<string> hosts = [];
        List<string> ports = [];
        int position = 0;
        end = 0;
        while (true)
        {
            if (hosts.Count == UrlText.MaxHosts)
            {
                problem = UrlText.TooManyHosts;
                return false;
            }

            if (!TryReadHost(text, ref position, out string host, out problem))
            {
                return false;
            }

            hosts.Add(host);
            string port = position < text.Length && text[position] == ':' ? Until(text, position + 1, "/?,") : "";
            position += position < text.Length && text[position] == ':' ? port.Length + 1 : 0;
            ports.Add(port);
            if (position == text.Length || text[position] != ',')
            {
                break;
            }

            position++;
        }

        end = position;
        return TryAdd(read, "host", string.Join(',', hosts), out problem) && TryAdd(read, "port", string.Join(',', ports), out problem);
    }

    private static bool TryReadHost(string text, ref int position, out string host, [NotNullWhen(false)] out string? problem)
    {
        problem = null;
        if (position < text.Length && text[position] == '[')
        {
            int close = text.IndexOf(']', position);
            host = close < 0 ? "" : text[(position + 1)..close];
            position = close < 0 ? text.Length : close + 1;
            if (close < 0)
            {
                problem = "has a '[' with no matching ']' around an IPv6 address";
            }
            else if (host.Length == 0)
            {
                problem = "has an empty IPv6 address";
            }
            else if (position < text.Length && !":/?,".Contains(text[position]))
            {
                problem = "has an unexpected character after the ']' of an IPv6 address";
            }
        }
        else
        {
            host = Until(text, position, ":/?,");
            position += host.Length;
        }

        if (problem is null && host.Contains('@'))
        {
            problem = StrayAt;
        }

        return problem is null;
    }

    private static bool TryReadQuery(string query, List<Setting> read, [NotNullWhen(false)] out string? problem)
    {
        bool followsSecret = false;
        int lastAt = query.LastIndexOf('@');
        for (int start = 0; start < query.Length; )
        {
            string parameter = Until(query, start, "&");
            int equals = parameter.IndexOf('=');
            if (!TryDecode(equals < 0 ? parameter : parameter[..equals], out string? keyword, out problem))
            {
                return false;
            }

            if (equals < 0 || parameter.IndexOf('=', equals + 1) >= 0)
            {
                string name = PostgresKeywords.IsKnown(keyword) ? $"the keyword '{keyword}'" : "a query keyword";
                problem = equals < 0 ? $"has {name} without '='" : $"has {name} with a second '=' (write it as %3D)";
                return false;
            }

            if (keyword.Length == 0)
            {
                problem = "has a query parameter without a name";
                return false;
            }

            if (!TryDecode(parameter[(equals + 1)..], out string? value, out problem))
            {
                return false;
            }
            // With an '@' still to come, this '?' may stand in the middle of a password.
            read.Add(new Setting(keyword, value, start > lastAt && UrlText.MayBeNamed(keyword, followsSecret)));
            followsSecret = UrlText.IsSecret(keyword);
            start += parameter.Length + 1;
        }

        problem = null;
        return true;
    }

    private static bool TryAdd(List<Setting> read, string keyword, string raw, [NotNullWhen(false)] out string? problem)
    {
        // Like libpq, an empty part is no part: it doesn't count as "given".
        if (!TryDecode(raw, out string? value, out problem))
        {
            return false;
        }

        if (raw.Length > 0)
        {
            read.Add(new Setting(keyword, value, MayBeNamed: true));
        }

        return true;
    }

    /// <summary>Spaces around a part are dropped, white space within it is an error (libpq since 18).</summary>
    private static bool TryDecode(string raw, [NotNullWhen(true)] out string? value, [NotNullWhen(false)] out string? problem)
    {
        ReadOnlySpan<char> trimmed = raw.AsSpan().Trim(' ');
        if (trimmed.ContainsAny(WhiteSpace))
        {
            value = null;
            problem = "has white space in it (write a space as %20)";
            return false;
        }

        return UrlText.TryDecode(trimmed, out value, out problem);
    }

    private static string Until(string text, int start, string stops)
    {
        int length = text.AsSpan(start).IndexOfAny(stops);
        return length < 0 ? text[start..] : text.Substring(start, length);
    }
}
