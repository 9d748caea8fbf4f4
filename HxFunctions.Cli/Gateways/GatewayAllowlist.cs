using System.Buffers;
using HxFunctions.Core.Routing;

namespace HxFunctions.Cli.Gateways;

/// <summary>A request that a gateway lets pass without asking the guard.</summary>
/// <param name="Line">In the file, from 1.</param>
/// <param name="Method">In upper case.</param>
/// <param name="Path">As clients send it, without a query.</param>
internal sealed record AllowlistEntry(int Line, string Method, string Path)
{
    public GuardMethods Is => GuardMethod.Parse(Method);
}

/// <summary>
/// Reads an allowlist: an entry per line, <c>METHOD /path</c>; <c>#</c> at the start of a line or after a space begins a comment. Gateways
/// compare the path as sent with it, so it is what any server reads in one way only, and nothing in it means more than itself in a
/// gateway's configuration. The package for .NET gateways reads the same format (<c>GuardAllowlist</c>); a test holds the two together.
/// </summary>
internal static class GatewayAllowlist
{
    public const int MaxEntries = 500;
    public const int MaxLength = 64 * 1024;

    private static readonly SearchValues<char> Plain = SearchValues.Create(
        "/ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~:-"
    );

    private static readonly char[] Blanks = [' ', '\t', '\r'];

    /// <summary>Reads the file's text. A problem names its line and repeats nothing of it.</summary>
    public static (IReadOnlyList<AllowlistEntry> Entries, IReadOnlyList<string> Problems) Parse(string text)
    {
        List<AllowlistEntry> entries = [];
        List<string> problems = [];
        if (text.Length > MaxLength)
        {
            return ([], [$"is longer than {MaxLength} characters"]);
        }

        string[] lines = text.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            string[] words = [.. lines[i].Split(Blanks, StringSplitOptions.RemoveEmptyEntries).TakeWhile(word => word[0] != '#')];
            if (words.Length == 0)
            {
                continue;
            }

            AllowlistEntry entry = new(i + 1, words[0], words.Length > 1 ? words[1] : "");
            string? problem = words.Length != 2 ? "is not a method and a path" : ProblemOfMethod(entry.Method) ?? ProblemOfPath(entry.Path);
            if (problem is null && entries.Exists(other => other.Method == entry.Method && other.Path == entry.Path))
            {
                problem = "is in the list already";
            }

            if (problem is null)
            {
                entries.Add(entry);
            }
            else
            {
                problems.Add($"line {entry.Line}: {problem}");
            }
        }

        if (entries.Count == 0 && problems.Count == 0)
        {
            problems.Add("has no entries");
        }

        return entries.Count <= MaxEntries ? (entries, problems) : ([], [$"has more than {MaxEntries} entries"]);
    }

    private static string? ProblemOfMethod(string method) =>
        GuardMethod.Parse(method) == GuardMethods.Other ? $"the method is not one of {GuardMethod.KnownNames}"
        : method.AsSpan().ContainsAnyExceptInRange('A', 'Z') ? "the method must be in upper case"
        : null;

    private static string? ProblemOfPath(string path) =>
        path[0] != '/' ? "the path must start with '/'"
        : path.AsSpan().ContainsAnyExcept(Plain) ? "the path can only have letters, digits and '/', '.', '_', '~', ':', '-', and no query"
        : path.Length > 1 && path.Split('/')[1..].Any(segment => segment.Length == 0) ? "the path has an empty segment, or ends with '/'"
        : path.Split('/').Any(segment => segment is [.., '.' or ':']) ? "the path has a segment that ends with a dot or a colon"
        : null;
}
