using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace HxFunctions.Core.Routing;

/// <summary>What the literal parts of routes and a base path have to look like.</summary>
/// <remarks>
/// Only what reads the same to every server is accepted. That's what makes matching decidable: a segment of these
/// characters alone isn't changed by decoding, trimming, folding or cutting, so it can be looked for in a path's widest reading.
/// </remarks>
internal static class RoutePrefix
{
    private static readonly SearchValues<char> Unreserved = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-"
    );

    /// <summary>In characters. Far above any real route; keeps the tree of the rules small whatever is configured.</summary>
    private const int MaxLength = 1024;

    /// <summary>Checks a prefix and drops its trailing slash. A problem is worded to follow "the prefix".</summary>
    public static bool TryNormalise(string text, out string normalised, [NotNullWhen(false)] out string? problem)
    {
        string trimmed = text.Trim();
        normalised = trimmed.Length > 1 && trimmed[^1] == '/' && trimmed[^2] != '/' ? trimmed[..^1] : trimmed;
        problem = FindProblem(normalised);
        if (problem is null)
        {
            return true;
        }

        normalised = "";
        return false;
    }

    /// <summary>What is wrong with a route apart from its segments.</summary>
    public static string? FindProblemOfWhole(string route) =>
        !route.StartsWith('/') ? "must start with '/'"
        : route.Length > MaxLength ? "is longer than 1024 characters"
        : !route.Contains('*', StringComparison.Ordinal) ? null
        : RoutePattern.IsTemplate(route) ? "can have '*' only as '/*' at its end"
        : "can't have '*': a prefix already covers everything below it";

    /// <summary>What is wrong with a segment, or with what follows a parameter.</summary>
    public static string? FindProblemOfSegment(ReadOnlySpan<char> segment) =>
        segment.IsEmpty ? "has an empty segment"
        : segment.ContainsAnyExcept(Unreserved) ? "can only have letters, digits and '.', '_', '~', '-' between slashes"
        : segment[^1] == '.' ? "has a segment that ends with a dot"
        : null;

    private static string? FindProblem(string prefix)
    {
        if (FindProblemOfWhole(prefix) is { } problem)
        {
            return problem;
        }

        if (prefix.Length == 1)
        {
            return null;
        }

        foreach (Range range in prefix.AsSpan(1).Split('/'))
        {
            if (FindProblemOfSegment(prefix.AsSpan(1)[range]) is { } wrong)
            {
                return wrong;
            }
        }

        return null;
    }
}
