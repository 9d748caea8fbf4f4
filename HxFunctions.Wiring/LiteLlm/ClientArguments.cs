using System.Reflection;

namespace HxFunctions.Wiring.LiteLlm;

/// <summary>
/// Which arguments the classes take that LiteLLM hands its settings to: litellm-arguments.tsv, a row for each, with the first version that
/// has it and the first that no longer has it (empty: all versions read), and where that was read. Versions are redis-py's for redis-py's
/// classes, else LiteLLM's.
/// </summary>
internal static class ClientArguments
{
    private const string Resource = "HxFunctions.Wiring.litellm-arguments.tsv";

    private static readonly Lazy<ILookup<string, Row>> Rows = new(() => Read().ToLookup(r => r.Taker, StringComparer.Ordinal));

    /// <summary>The synchronous client, which LiteLLM builds first.</summary>
    public const string Redis = "redis.Redis";

    public const string AsyncRedis = "redis.asyncio.Redis";

    /// <summary>The connections of the asynchronous client's pool, the pool's own arguments included.</summary>
    public const string Connection = "redis.asyncio.Connection";

    /// <summary>What such a connection takes more with TLS.</summary>
    public const string TlsConnection = "redis.asyncio.SSLConnection";

    /// <summary>What LiteLLM lets through to a cluster's clients.</summary>
    public const string Cluster = "RedisCluster";

    /// <summary>LiteLLM's own cache class: what it names goes no further.</summary>
    public const string Cache = "Cache";

    public static bool Takes(string taker, string argument, Version version) =>
        Rows.Value[taker].Any(r => r.Argument == argument && r.Has(version));

    /// <summary>The names that a class takes, in the order of its signature.</summary>
    public static IEnumerable<string> Of(string taker, Version version) =>
        Rows.Value[taker].Where(r => r.Has(version)).Select(r => r.Argument);

    private static IEnumerable<Row> Read()
    {
        using Stream stream =
            Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException("The list of arguments is not part of the assembly.");
        using StreamReader reader = new(stream);
        reader.ReadLine(); // The columns' names.
        while (reader.ReadLine() is { } line)
        {
            string[] columns = line.Split('\t');
            yield return new(columns[0], columns[1], ToVersion(columns[2]), ToVersion(columns[3]));
        }
    }

    private static Version? ToVersion(string text) => text.Length == 0 ? null : new(text);

    private sealed record Row(string Taker, string Argument, Version? Since, Version? Until)
    {
        public bool Has(Version version) => (Since is null || version >= Since) && (Until is null || version < Until);
    }
}
