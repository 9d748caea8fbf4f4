using System.Globalization;
using System.Text.RegularExpressions;
using HxFunctions.Wiring.Yaml;

namespace HxFunctions.Wiring.LiteLlm;

/// <summary>
/// A Redis URL as redis-py reads it (parse_url in redis/connection.py, by Python's urlparse and parse_qs), which takes more, and less, than
/// <c>hx</c> does: the arguments that it stands for.
/// </summary>
internal static partial class PythonRedisUrl
{
    private static readonly string[] No = ["0", "F", "FALSE", "N", "NO"];

    /// <returns><see langword="null"/>: redis-py takes it for no URL.</returns>
    public static PythonRedisUrlParts? Read(LiteLlmValue url)
    {
        Match match = Shape().Match(url.Text);
        string scheme = match.Groups["scheme"].Value.ToUpperInvariant();
        if (!url.IsText || !match.Success || scheme is not ("REDIS" or "REDISS" or "UNIX"))
        {
            return null;
        }

        Dictionary<string, LiteLlmValue> arguments = new(StringComparer.Ordinal);
        void Set(string name, YamlValueKind kind, string text) => arguments[name] = url with { Kind = kind, Text = text };
        foreach (string pair in match.Groups["query"].Value.Split('&'))
        {
            string[] parts = pair.Split('=', 2);
            if (parts.Length < 2 || parts[1].Length == 0 || arguments.ContainsKey(Plain(parts[0])))
            {
                continue;
            }

            // parse_qs decodes it, and redis-py once more.
            string name = Plain(parts[0]);
            string text = Uri.UnescapeDataString(Plain(parts[1]));
            if (Typed(name, text) is not { } kind)
            {
                return null;
            }

            Set(name, kind, kind == YamlValueKind.Boolean ? ToBoolean(text) : text.Trim());
        }

        foreach (string name in (string[])["username", "password"])
        {
            if (match.Groups[name].Value is { Length: > 0 } text)
            {
                Set(name, YamlValueKind.String, Uri.UnescapeDataString(text));
            }
        }

        string path = Uri.UnescapeDataString(match.Groups["path"].Value);
        if (scheme == "UNIX")
        {
            return new(arguments, path, false);
        }

        string host = match.Groups["host"].Value;
        int colon = host.StartsWith('[') ? host.IndexOf(':', Math.Max(0, host.IndexOf(']'))) : host.IndexOf(':');
        string port = colon < 0 ? "" : host[(colon + 1)..];
        if (port.Length > 0 && !ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            return null;
        }

        if ((colon < 0 ? host : host[..colon]).Trim('[', ']') is { Length: > 0 } name1)
        {
            Set("host", YamlValueKind.String, Uri.UnescapeDataString(name1));
        }

        if (port.TrimStart('0').Length > 0)
        {
            Set("port", YamlValueKind.Integer, port);
        }

        if (!arguments.ContainsKey("db") && IsInteger(path.Replace("/", "", StringComparison.Ordinal)))
        {
            Set("db", YamlValueKind.Integer, path.Replace("/", "", StringComparison.Ordinal));
        }

        return new(arguments, null, scheme == "REDISS");
    }

    /// <summary>URL_QUERY_ARGUMENT_PARSERS of redis-py.</summary>
    private static YamlValueKind? Typed(string name, string text) =>
        name switch
        {
            "db" or "max_connections" or "health_check_interval" => IsInteger(text.Trim()) ? YamlValueKind.Integer : null,
            "socket_timeout" or "socket_connect_timeout" => double.TryParse(text, CultureInfo.InvariantCulture, out _)
                ? YamlValueKind.Float
                : null,
            "socket_keepalive" or "retry_on_timeout" or "ssl_check_hostname" => YamlValueKind.Boolean,
            _ => YamlValueKind.String,
        };

    private static bool IsInteger(string text) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);

    private static string ToBoolean(string text) => No.Contains(text.ToUpperInvariant()) ? "false" : "true";

    private static string Plain(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));

    [GeneratedRegex(
        """
            \A (?<scheme>[A-Za-z][A-Za-z0-9+.-]*) :
            (// ( (?<username>[^/?\#:]*) (: (?<password>[^/?\#]*))? @ )? (?<host>[^/?\#@]*) )?
            (?<path>[^?\#]*) (\? (?<query>[^\#]*))? (\# .*)? \z
            """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture | RegexOptions.Singleline | RegexOptions.CultureInvariant
    )]
    private static partial Regex Shape();
}

/// <param name="Arguments">Of its connections.</param>
/// <param name="UnixSocket"><see langword="null"/>: it is a host.</param>
internal sealed record PythonRedisUrlParts(IReadOnlyDictionary<string, LiteLlmValue> Arguments, string? UnixSocket, bool Tls);
