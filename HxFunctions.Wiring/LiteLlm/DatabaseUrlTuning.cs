using System.Globalization;

namespace HxFunctions.Wiring.LiteLlm;

/// <summary>Time limits, pools and names: Prisma's own words and those of libpq and Npgsql that mean the same.</summary>
internal static class DatabaseUrlTuning
{
    /// <summary>Prisma's; it refuses the whole URL when one is no whole number.</summary>
    private static readonly string[] Numbers =
    [
        "connection_limit",
        "pool_timeout",
        "statement_cache_size",
        "socket_timeout",
        "max_idle_connection_lifetime",
    ];

    /// <summary>
    /// libpq's and Npgsql's words that change nothing for LiteLLM. What Core takes of the first ones with a value asks for what happens
    /// anyway; Vercel's <c>supa</c> is for its own integration; the last ones are about Npgsql's own messages.
    /// </summary>
    private static readonly string[] WithoutEffect =
    [
        "keepalives_count",
        "tcp_user_timeout",
        "sslcompression",
        "sslsni",
        "sslcertmode",
        "min_protocol_version",
        "max_protocol_version",
        "gssdelegation",
        "gsslib",
        "replication",
        "supa",
        "Persist Security Info",
        "Include Error Detail",
        "Log Parameters",
    ];

    /// <returns>A problem, or <see langword="null"/>.</returns>
    public static string? Add(DatabaseUrlDraft draft)
    {
        draft.Take(Numbers);
        draft.Take(WithoutEffect);
        draft.Take("pgbouncer", "connect_timeout", "Timeout", "application_name", "fallback_application_name", "Application Name");
        foreach (string name in Numbers)
        {
            if (draft.Given(name) is { } number)
            {
                if (!ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out _))
                {
                    return $"has a '{name}' that is not a whole number: LiteLLM's database client (Prisma) refuses such a URL";
                }

                draft.Add(name, number);
            }
        }

        if (draft.Given("pgbouncer") is { } pooled)
        {
            if (pooled is not ("true" or "false"))
            {
                return "has a 'pgbouncer' that is neither true nor false: LiteLLM's database client (Prisma) refuses such a URL";
            }

            draft.Add("pgbouncer", pooled);
        }

        // libpq waits for ever with 0 and below, Npgsql and Prisma with 0.
        if ((draft.Given("connect_timeout") ?? draft.Given("Timeout")) is { } seconds)
        {
            int wait = int.Parse(seconds, NumberStyles.Integer, CultureInfo.InvariantCulture);
            draft.Add("connect_timeout", Math.Max(wait, 0).ToString(CultureInfo.InvariantCulture));
        }

        draft.Add("application_name", draft.Settings.ApplicationName ?? "");
        NotePool(draft);
        return null;
    }

    /// <summary>
    /// litellm/proxy/proxy_cli.py puts its own values over the URL's (append_query_params, 10 and 60 by default, at v1.74.4-nightly and at
    /// v1.81.9-carto.1.19.6). It reads the second from database_connection_pool_timeout; the database_connection_timeout of LiteLLM's
    /// documentation is read by newer versions alone, before the other.
    /// </summary>
    private static void NotePool(DatabaseUrlDraft draft)
    {
        if (draft.Given("connection_limit") is not null)
        {
            draft.Note(
                "has connection_limit, which LiteLLM replaces with its own value (10): set "
                    + "general_settings.database_connection_pool_limit instead"
            );
        }

        if (draft.Given("pool_timeout") is not null)
        {
            draft.Note(
                "has pool_timeout, which LiteLLM replaces with its own value (60 s): set "
                    + "general_settings.database_connection_pool_timeout instead"
            );
        }
    }
}
