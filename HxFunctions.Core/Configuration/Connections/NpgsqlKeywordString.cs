using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace HxFunctions.Core.Configuration.Connections;

/// <summary>Npgsql's own keyword string (<c>Host=…;Username=…</c>), read by Npgsql; its exceptions carry values and never leave
/// here.</summary>
internal static class NpgsqlKeywordString
{
    private const string NotOne = "is neither a postgresql:// URI nor an Npgsql keyword string (Host=…;Username=…)";

    private const string Conninfo =
        "looks like libpq's keywords with spaces between them, which are not supported (write a postgresql:// URI, or "
        + "an Npgsql keyword string with ';' between the keywords)";

    /// <summary>They put secrets or hosts into exceptions, logs or the connection's own text.</summary>
    private static readonly string[] Revealing =
    [
        nameof(NpgsqlConnectionStringBuilder.PersistSecurityInfo),
        nameof(NpgsqlConnectionStringBuilder.IncludeErrorDetail),
        nameof(NpgsqlConnectionStringBuilder.LogParameters),
    ];

    internal static bool TryRead(string value, [NotNullWhen(true)] out PostgresUrl? url, [NotNullWhen(false)] out string? problem)
    {
        url = null;
        int equals = value.IndexOf('=');
        DbConnectionStringBuilder pairs = [];
        try
        {
            if (equals > 0 && (value.Contains(';') || value.IndexOf('=', equals + 1) < 0))
            {
                pairs.ConnectionString = value;
            }
        }
        catch (ArgumentException)
        {
            pairs.Clear();
        }

        if (pairs.Count == 0)
        {
            problem = equals > 0 && !value.Contains(';') ? Conninfo : NotOne;
            return false;
        }

        KeywordProblems problems = new();
        NpgsqlConnectionStringBuilder builder = Fill(pairs, problems);
        if (builder.GssEncryptionMode == GssEncryptionMode.Require)
        {
            problems.Unsupported("GSS Encryption Mode");
        }

        List<HostPort> hosts = ReadHosts(builder, problems);
        if (!problems.None)
        {
            problem = problems.ToString();
            return false;
        }

        foreach (string keyword in Revealing)
        {
            builder.Remove(keyword);
        }

        builder.Database ??= builder.Username;
        if (hosts.Count == 1)
        {
            // Npgsql refuses it there: whether that server may be a standby is for the probe to say.
            builder.TargetSessionAttributes = null;
        }

        url = new PostgresUrl(builder, hosts, PostgresKeywords.NameOf(builder.SslMode));
        problem = null;
        return true;
    }

    private static NpgsqlConnectionStringBuilder Fill(DbConnectionStringBuilder pairs, KeywordProblems problems)
    {
        NpgsqlConnectionStringBuilder builder = [];
        bool followsSecret = false;
        foreach (string keyword in pairs.Keys)
        {
            if (!builder.ContainsKey(keyword))
            {
                problems.Unknown(keyword, UrlText.MayBeNamed(keyword, followsSecret));
            }
            else if (!TrySet(builder, keyword, pairs[keyword]))
            {
                problems.Value(keyword, "one that Npgsql accepts");
            }

            followsSecret = UrlText.IsSecret(keyword);
        }

        return builder;
    }

    private static bool TrySet(NpgsqlConnectionStringBuilder builder, string keyword, object value)
    {
        try
        {
            builder[keyword] = value;
        }
        catch (ArgumentException)
        {
            return false;
        }

        // Npgsql takes any number for a word: with an SSL mode that is none it would send the password in the clear.
        return builder[keyword] is not Enum word || Enum.IsDefined(word.GetType(), word);
    }

    /// <summary>Reads <c>Host</c> and <c>Port</c> as Npgsql does: a list may have a port with each entry, a single socket may
    /// not.</summary>
    private static List<HostPort> ReadHosts(NpgsqlConnectionStringBuilder builder, KeywordProblems problems)
    {
        List<HostPort> hosts = [];
        string[] entries = (builder.Host ?? "").Split(',', StringSplitOptions.TrimEntries);
        int port = builder.Port;
        if (string.IsNullOrWhiteSpace(builder.Host))
        {
            problems.Add("has no Host");
        }
        else if (entries.Length > UrlText.MaxHosts)
        {
            problems.Add(UrlText.TooManyHosts);
        }
        else if (port > 65535)
        {
            problems.Add(UrlText.NotAPort);
        }

        for (int i = 0; problems.None && i < entries.Length; i++)
        {
            string? problem = null;
            HostPort? host;
            if (HostPort.IsSocketName(entries[i]))
            {
                host = entries.Length == 1 ? new HostPort(entries[i], port) : SplitSocket(entries[i], port, out problem);
            }
            else
            {
                HostPort.TryParse(entries[i], port, out host, out problem);
            }

            if (host is null)
            {
                problems.Add(problem ?? UrlText.NotAHost);
            }
            else
            {
                hosts.Add(host);
            }
        }

        return hosts;
    }

    private static HostPort? SplitSocket(string entry, int port, out string? problem)
    {
        string[] parts = entry.Split(':');
        problem = parts.Length > 2 || (parts.Length == 2 && !UrlText.TryPort(parts[1], out port)) ? UrlText.NotAPort : null;
        return problem is null ? new HostPort(parts[0], port) : null;
    }
}
