using Npgsql;

namespace HxFunctions.Wiring.LiteLlm;

/// <summary>How to log in, and to which kind of server.</summary>
internal static class DatabaseUrlLogin
{
    /// <returns>A problem, or <see langword="null"/>.</returns>
    public static string? Add(DatabaseUrlDraft draft)
    {
        NpgsqlConnectionStringBuilder settings = draft.Settings;
        draft.Take("channel_binding", "Channel Binding", "gssencmode", "GSS Encryption Mode", "require_auth", "Require Auth");
        draft.Take("target_session_attrs", "Target Session Attributes");
        if (settings.RequireAuth is not null)
        {
            return "requires a login method (require_auth), which LiteLLM's database client (Prisma) can't do: remove it and let the "
                + "server require it (pg_hba.conf), or use channel_binding=require, which Prisma supports and which needs scram-sha-256";
        }

        if (settings.ChannelBinding != ChannelBinding.Prefer || draft.Given("channel_binding") is not null)
        {
            draft.Add("channel_binding", settings.ChannelBinding.ToString().ToLowerInvariant());
        }

        if ((draft.Given("target_session_attrs") ?? draft.Given("Target Session Attributes")) is { } kind && !IsAny(kind))
        {
            draft.Note("has target_session_attrs: LiteLLM doesn't check whether the server accepts writes, and uses it anyway");
        }

        return null;
    }

    private static bool IsAny(string kind) => kind.Equals("any", StringComparison.OrdinalIgnoreCase);
}
