using System.Text;

namespace HxFunctions.Tests.Wiring;

/// <summary>
/// What a file of the corpus comes to, by LiteLLM's rules. It stands beside the file, in <c>NAME.expect</c>, a line for each; without one
/// the defaults hold:
/// <code>
/// # why
/// redis: redis://…            what REDIS_URL says
/// refused: line 7: …          a part of what the user is told; without it the file is wired
/// edit refused: line 7, …     the same, and the editor alone refuses it already
/// told: …                     a part of the plan's warnings
/// before CLIENT: …            what a client of LiteLLM's connects to before
/// CLIENT: …                   … and after, with the password in parentheses
/// CLIENT in VERSION: …        … where a version differs from the newest
/// variable: NAME=VALUE        what LiteLLM's environment file has to say afterwards
/// no variable: NAME           what it must not
/// </code>
/// LiteLLM's environment file as it was is <c>NAME.env</c>.
/// </summary>
internal sealed class WireExpectation
{
    public static readonly string Folder = Path.Combine(Repository.Root, "HxFunctions.Tests", "Wiring", "Corpus");

    private const string Refused = "refused";
    private const string EditRefused = "edit refused";
    private const string Before = "before ";

    private static readonly string[] Clients = ["cache", "router", "limits and spend", "database"];

    private static readonly (string Key, string Value)[] Defaults =
    [
        // With TLS: without it, 'ssl' in any form is refused rather than edited.
        ("redis", $"rediss://:{WireFolder.Password}@cache.canary.invalid:6380"),
        ("cache", $"Redis cache.canary.invalid:6380, TLS, password ({WireFolder.Password})"),
        ("router", "the cache's client"),
        ("limits and spend", "the cache's client"),
        ("database", "PostgreSQL db.canary.invalid:5433, database litellm, user litellm, sslmode prefer"),
    ];

    private readonly string _name;
    private readonly List<(string Key, string Value)> _lines;

    private WireExpectation(string name, List<(string, string)> lines)
    {
        _name = name;
        _lines = lines;
    }

    /// <summary>The configurations, by their file names.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [.. Directory.EnumerateFiles(Folder, "*.yaml").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    public bool IsRefused => Of(Refused).Any() || !CanBeEdited;

    public bool CanBeEdited => !Of(EditRefused).Any();

    public IEnumerable<string> Refusals => Of(Refused).Concat(Of(EditRefused));

    public IEnumerable<string> Warnings => Of("told");

    public IEnumerable<string> Variables => Of("variable");

    public IEnumerable<string> NoVariables => Of("no variable");

    /// <summary>What clients connect to before, of those that are named.</summary>
    public IEnumerable<(string Client, string Words)> ClientsBefore =>
        _lines.Where(l => l.Key.StartsWith(Before, StringComparison.Ordinal)).Select(l => (l.Key[Before.Length..], l.Value));

    /// <param name="version">LiteLLM's; <see langword="null"/>: the newest that is known.</param>
    public IEnumerable<(string Client, string Words)> ClientsAfter(Version? version) =>
        Clients.Select(client => (client, Of($"{client} in {version}").SingleOrDefault() ?? Single(client)));

    /// <exception cref="InvalidDataException">A line says nothing that is known.</exception>
    public static WireExpectation For(string name)
    {
        string path = Beside(name, "expect");
        List<(string, string)> lines = [];
        foreach (string line in File.Exists(path) ? File.ReadLines(path).Where(l => l.Length > 0 && l[0] != '#') : [])
        {
            string[] parts = line.Split(": ", 2);
            string key = parts[0];
            string client = (key.StartsWith(Before, StringComparison.Ordinal) ? key[Before.Length..] : key).Split(" in ")[0];
            if (
                parts.Length < 2
                || !(Clients.Contains(client) || key is "redis" or Refused or EditRefused or "told" or "variable" or "no variable")
            )
            {
                throw new InvalidDataException($"{path}: {line}");
            }

            lines.Add((key, parts[1]));
        }

        return new(name, lines);
    }

    /// <summary>A folder with the files as they are before.</summary>
    public async Task<WireFolder> SetUpAsync()
    {
        WireFolder folder = new(wrapper: $"PG_URL={WireFolder.PgUrl}\nREDIS_URL={Single("redis")}\n");
        File.Copy(Path.Combine(Folder, _name), folder.Config, overwrite: true);
        if (File.Exists(Beside(_name, "env")))
        {
            await File.WriteAllTextAsync(folder.LiteLlm, await File.ReadAllTextAsync(Beside(_name, "env"), Encoding.UTF8));
        }

        foreach (string included in Directory.EnumerateFiles(Path.Combine(Folder, "included")))
        {
            Directory.CreateDirectory(folder.In("included"));
            File.Copy(included, Path.Combine(folder.In("included"), Path.GetFileName(included)));
        }

        return folder;
    }

    private static string Beside(string name, string extension) => Path.Combine(Folder, Path.ChangeExtension(name, extension));

    private IEnumerable<string> Of(string key) => _lines.Where(l => l.Key == key).Select(l => l.Value);

    private string Single(string key) => Of(key).SingleOrDefault() ?? Defaults.Single(d => d.Key == key).Value;
}
