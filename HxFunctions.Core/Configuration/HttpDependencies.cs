using System.Diagnostics.CodeAnalysis;
using HxFunctions.Core.Configuration.Connections;
using HxFunctions.Core.Routing;

namespace HxFunctions.Core.Configuration;

/// <summary>The reader of <c>DEPENDENCIES</c>.</summary>
/// <remarks><code>embeddings=https://embeddings.example.org/health header:Authorization=$EMBEDDINGS_TOKEN status:200,204 http:2;
/// reranker=http://reranker.example.org:8080/ready</code></remarks>
internal static class HttpDependencies
{
    /// <summary>The most entries that are read. Each is probed as often as the others.</summary>
    public const int MaxCount = 32;

    private static readonly char[] EntrySeparators = [';', '\n', '\r'];

    /// <summary>Names that are dependencies already, or routes below <c>/health/</c>.</summary>
    private static readonly string[] Taken = [.. DependencyKind.All.SelectMany(kind => new[] { kind.Name, kind.Alias }), "all"];

    /// <summary>Reads the entries that have no problem. Never throws.</summary>
    /// <param name="variable">What a variable holds; <see langword="null"/> when it isn't set.</param>
    /// <param name="problems">Everything that is wrong, by the entry's number; no value is repeated.</param>
    public static IReadOnlyList<HttpDependency> Parse(string text, Func<string, string?> variable, out IReadOnlyList<string> problems)
    {
        List<HttpDependency> read = [];
        List<string> wrong = [];
        problems = wrong;
        if (text.Length > UrlText.MaxLength)
        {
            wrong.Add(UrlText.TooLong);
            return read;
        }

        string[] entries = text.Split(EntrySeparators, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (entries.Length > MaxCount)
        {
            wrong.Add($"has more than {MaxCount} entries");
        }

        for (int i = 0; i < Math.Min(entries.Length, MaxCount); i++)
        {
            if (TryParseEntry(entries[i], read, variable, out HttpDependency? dependency, out string? problem))
            {
                read.Add(dependency);
            }
            else
            {
                wrong.Add($"entry {i + 1}: {problem}");
            }
        }

        return read;
    }

    private static bool TryParseEntry(
        string entry,
        List<HttpDependency> before,
        Func<string, string?> variable,
        [NotNullWhen(true)] out HttpDependency? dependency,
        [NotNullWhen(false)] out string? problem
    )
    {
        dependency = null;
        int equals = entry.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? "" : entry[..equals].TrimEnd().ToLowerInvariant();
        problem =
            equals < 0 ? "has no '=' followed by a URL"
            : !DependencyName.IsValid(name) ? $"has no name before the '=' ({DependencyName.Form})"
            : Taken.Contains(name, StringComparer.Ordinal) ? $"has the reserved name '{name}'"
            : before.Any(d => d.Name == name) ? "has the same name as an earlier entry"
            : null;
        if (problem is not null)
        {
            return false;
        }

        string[] parts = entry[(equals + 1)..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return TryParseUrl(parts is [var first, ..] ? first : "", out Uri? url, out problem)
            && HttpDependencyOptions.TryRead(new(name, url), parts.AsSpan(1), variable, out dependency, out problem);
    }

    private static bool TryParseUrl(string value, [NotNullWhen(true)] out Uri? url, [NotNullWhen(false)] out string? problem)
    {
        url = null;
        problem =
            !HttpUrlText.TryScheme(value, out _) ? "the URL does not begin with http:// or https://"
            : value.Contains('@') ? "the URL has a user name or password (or an '@') in it, which is not supported"
            : value.Contains('#') ? "the URL has a fragment, which is never sent"
            : HttpUrlText.HasForeignCharacters(value) ? "the URL has a backslash, white space or another character that a URL cannot have"
            : null;
        if (problem is not null)
        {
            return false;
        }

        if (HttpUrlText.TryCreate(value, out url))
        {
            return true;
        }

        problem = "the URL must be a host, an optional port from 1 to 65535 and an optional path";
        return false;
    }
}
