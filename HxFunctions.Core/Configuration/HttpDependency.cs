using System.Diagnostics.CodeAnalysis;
using HxFunctions.Core.Configuration.Connections;
using HxFunctions.Core.Routing;

namespace HxFunctions.Core.Configuration;

/// <summary>A dependency that <c>DEPENDENCIES</c> adds: a URL that answers 2xx while it can be used.</summary>
/// <param name="Name">As <c>GUARD_ROUTES</c> and every surface name it.</param>
/// <param name="Url">http or https. Its query may hold a key: it is sent, and never shown.</param>
internal sealed record HttpDependency(string Name, Uri Url)
{
    /// <summary>The URL as it may be shown to whoever may see hosts.</summary>
    public string ShownUrl => Url.GetLeftPart(UriPartial.Path) + (Url.Query.Length > 0 ? "?***" : "");

    public override string ToString() => $"{Name}={ShownUrl}";
}

/// <summary>The reader of <c>DEPENDENCIES</c>.</summary>
/// <remarks><code>embeddings=https://embeddings.example.org/health; reranker=http://reranker.example.org:8080/ready</code></remarks>
internal static class HttpDependencies
{
    /// <summary>The most entries that are read. Each is probed as often as the others.</summary>
    public const int Most = 32;

    private static readonly char[] EntrySeparators = [';', '\n', '\r'];

    /// <summary>Names that are dependencies already, or routes below <c>/health/</c>.</summary>
    private static readonly string[] Taken = [.. DependencyKind.All.SelectMany(kind => new[] { kind.Name, kind.Alias }), "all"];

    /// <summary>Reads the entries that have no problem. Never throws.</summary>
    /// <param name="problems">Everything that is wrong, by the entry's number; no value is repeated.</param>
    public static IReadOnlyList<HttpDependency> Parse(string text, out IReadOnlyList<string> problems)
    {
        List<HttpDependency> read = [];
        List<string> wrong = [];
        problems = wrong;
        if (text.Length > UrlText.LongestValue)
        {
            wrong.Add(UrlText.TooLong);
            return read;
        }

        string[] entries = text.Split(EntrySeparators, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (entries.Length > Most)
        {
            wrong.Add($"holds more than {Most} entries");
        }

        for (int i = 0; i < Math.Min(entries.Length, Most); i++)
        {
            if (TryParseEntry(entries[i], read, out HttpDependency? dependency, out string? problem))
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
            : Taken.Contains(name, StringComparer.Ordinal) ? $"has the name '{name}', which is taken"
            : before.Any(d => d.Name == name) ? "has the name of an entry before it"
            : null;
        if (problem is not null || !TryParseUrl(entry[(equals + 1)..].Trim(), out Uri? url, out problem))
        {
            return false;
        }

        dependency = new(name, url);
        return true;
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

        problem = "the URL is not one of a host, an optional port from 1 to 65535 and an optional path";
        return false;
    }
}
