using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;

namespace HxFunctions.AspNetCore;

/// <summary>What passes without a question: methods and raw paths, by exact match. Another spelling of an entry is asked about.</summary>
/// <remarks>The format is the one that <c>hx gateway check --allowlist</c> reads (<c>GatewayAllowlist</c>, up to 500 entries), so that it
/// can verify the list that a gateway starts with; a test holds the two together.</remarks>
internal sealed class GuardAllowlist(FrozenSet<GuardQuestion> entries)
{
    /// <summary>The guard's route that is always closed, so that anyone can see whether a gateway asks (docs/guard.md).</summary>
    private const string Canary = "/.hx/canary";

    private const string KnownMethods = "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE, TRACE, CONNECT";

    private static readonly SearchValues<char> Plain = SearchValues.Create(
        "/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~:-"
    );

    private static readonly char[] Blanks = [' ', '\t', '\r'];

    public bool Contains(GuardQuestion question) => entries.Count > 0 && entries.Contains(question);

    /// <summary>Reads the entries of the options and of their file.</summary>
    /// <param name="problems">Gets what is wrong; an entry that is wrong isn't taken.</param>
    public static GuardAllowlist Read(HxGuardOptions options, string contentRoot, List<string> problems)
    {
        HashSet<GuardQuestion> entries = [];
        Add(entries, options.Allowlist, "Allowlist: entry", problems);
        if (!string.IsNullOrEmpty(options.AllowlistFile))
        {
            try
            {
                string text = File.ReadAllText(Path.Combine(contentRoot, options.AllowlistFile));
                Add(entries, text.Split('\n'), "AllowlistFile: line", problems);
            }
            catch (Exception exception)
                when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
            {
                problems.Add($"HxGuard: AllowlistFile can't be read: {exception.GetType().Name}");
            }
        }

        return new(entries.ToFrozenSet());
    }

    /// <summary>Takes a method and a path from each text; <c>#</c> at its start or after a space begins a comment.</summary>
    private static void Add(HashSet<GuardQuestion> entries, IEnumerable<string> texts, string what, List<string> problems)
    {
        HashSet<GuardQuestion> seen = [];
        int number = 0;
        foreach (string text in texts)
        {
            number++;
            string[] words = [.. text.Split(Blanks, StringSplitOptions.RemoveEmptyEntries).TakeWhile(word => word[0] != '#')];
            if (words.Length == 0)
            {
                continue;
            }

            string? problem = words.Length != 2 ? "is not a method and a path" : ProblemOfMethod(words[0]) ?? ProblemOfPath(words[1]);
            if (problem is null && !seen.Add(new(words[0], words[1])))
            {
                problem = "is in the list already";
            }

            if (problem is null)
            {
                entries.Add(new(words[0], words[1]));
            }
            else
            {
                problems.Add(string.Create(CultureInfo.InvariantCulture, $"HxGuard: {what} {number}: {problem}"));
            }
        }
    }

    private static string? ProblemOfMethod(string method) =>
        KnownMethods.Split(", ").Contains(method, StringComparer.Ordinal) ? null
        : KnownMethods.Split(", ").Contains(method, StringComparer.OrdinalIgnoreCase) ? "the method must be in upper case"
        : $"the method is not one of {KnownMethods}";

    /// <summary>The canary is no model's path: who lists it would blind those who look whether the gateway asks.</summary>
    private static string? ProblemOfPath(string path) =>
        path[0] != '/' ? "the path must start with '/'"
        : path.AsSpan().ContainsAnyExcept(Plain) ? "the path can only have letters, digits and '/', '.', '_', '~', ':', '-', and no query"
        : path.Length > 1 && path.Split('/')[1..].Any(segment => segment.Length == 0) ? "the path has an empty segment, or ends with '/'"
        : path.Split('/').Any(segment => segment is [.., '.' or ':']) ? "the path has a segment that ends with a dot or a colon"
        : path.Equals(Canary, StringComparison.OrdinalIgnoreCase) ? "the path is the guard's canary, which is always asked about"
        : null;
}
