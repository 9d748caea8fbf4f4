using System.Collections.Frozen;
using System.Globalization;

namespace HxFunctions.AspNetCore;

/// <summary>What passes without a question: methods and raw paths, by exact match. Another spelling of an entry is asked about.</summary>
internal sealed class GuardAllowlist(FrozenSet<GuardQuestion> entries)
{
    /// <summary>The guard's route that is always closed, so that anyone can see whether a gateway asks (docs/guard.md).</summary>
    private const string Canary = "/.hx/canary";

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
                string[] lines = File.ReadAllLines(Path.Combine(contentRoot, options.AllowlistFile));
                Add(entries, lines.Select(line => line.Split('#')[0]), "AllowlistFile: line", problems);
            }
            catch (Exception exception)
                when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
            {
                problems.Add($"HxGuard: AllowlistFile can't be read: {exception.GetType().Name}");
            }
        }

        return new(entries.ToFrozenSet());
    }

    private static void Add(HashSet<GuardQuestion> entries, IEnumerable<string> texts, string what, List<string> problems)
    {
        int number = 0;
        foreach (string text in texts)
        {
            number++;
            string[] words = text.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0)
            {
                continue;
            }

            if (words is [var method, var path] && IsMethod(method) && IsPath(path))
            {
                entries.Add(new(method, path));
            }
            else
            {
                problems.Add(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"HxGuard: {what} {number} must be a method and a path as it is sent, without its query: POST /v1/chat/completions"
                    )
                );
            }
        }
    }

    private static bool IsMethod(string text) => !text.AsSpan().ContainsAnyExceptInRange('A', 'Z');

    /// <summary>The canary is no model's path: who lists it would blind those who look whether the gateway asks.</summary>
    private static bool IsPath(string text) =>
        text[0] == '/'
        && GuardQuestion.CanBeTold(text)
        && !text.Contains('?', StringComparison.Ordinal)
        && !text.Equals(Canary, StringComparison.OrdinalIgnoreCase);
}
