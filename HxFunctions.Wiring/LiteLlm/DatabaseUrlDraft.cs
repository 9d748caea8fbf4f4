using System.Globalization;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Configuration.Connections;
using Npgsql;

namespace HxFunctions.Wiring.LiteLlm;

/// <summary>A <c>DATABASE_URL</c> in the making: what PG_URL has, what of it is dealt with, and what has come out so far.</summary>
internal sealed class DatabaseUrlDraft
{
    private readonly Dictionary<string, string> _given = new(StringComparer.Ordinal);

    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);

    /// <param name="value">The text of PG_URL.</param>
    /// <param name="url">The same, parsed.</param>
    public DatabaseUrlDraft(string value, PostgresUrl url)
    {
        Url = url;
        Settings = url.ToConnectionStringBuilder();
        if (UrlText.TrySplitScheme(value.Trim(), out _, out string? rest))
        {
            if (PostgresUri.TryRead(rest, out List<PostgresUri.Setting>? settings, out _))
            {
                foreach (PostgresUri.Setting setting in settings)
                {
                    _given[setting.Keyword] = setting.Value;
                }
            }
        }
        else
        {
            NpgsqlConnectionStringBuilder keywords = new(value);
            foreach (string keyword in keywords.Keys)
            {
                _given[keyword] = Convert.ToString(keywords[keyword], CultureInfo.InvariantCulture) ?? "";
            }
        }
    }

    public PostgresUrl Url { get; }

    /// <summary>What Npgsql makes of PG_URL; libpq's own variables count, too.</summary>
    public NpgsqlConnectionStringBuilder Settings { get; }

    /// <summary>Names and decoded values, in their order.</summary>
    public List<KeyValuePair<string, string>> Parameters { get; } = [];

    /// <summary>Sentences, without secrets.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>What PG_URL has under this name (libpq's in a URI, Npgsql's in a keyword string); <see langword="null"/>: nothing, or
    /// nothing but blanks, as LiteLLM's own rewriting takes it (litellm/proxy/proxy_cli.py, append_query_params).</summary>
    public string? Given(string name) => _given.TryGetValue(name, out string? value) && value.Length > 0 ? value : null;

    /// <summary>These names are dealt with.</summary>
    public void Take(params string[] names) => _taken.UnionWith(names);

    public void Add(string name, string value)
    {
        if (value.Length > 0)
        {
            Parameters.Add(new(name, value));
        }
    }

    /// <param name="phrase">Follows "PG_URL".</param>
    public void Note(string phrase) => Notes.Add($"{Variables.PgUrl} {phrase}");

    /// <summary>One note for all that nobody has dealt with.</summary>
    public void NoteTheRest()
    {
        string[] rest = [.. _given.Keys.Where(name => Given(name) is not null && !_taken.Contains(name)).Order(StringComparer.Ordinal)];
        if (rest.Length > 0)
        {
            Note($"has {string.Join(", ", rest)}, which LiteLLM ignores: its database client (Prisma) has no equivalent");
        }
    }
}
