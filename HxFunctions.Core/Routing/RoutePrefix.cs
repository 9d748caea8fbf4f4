using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace HxFunctions.Core.Routing;

/// <summary>What a rule's prefix and a base path have to look like.</summary>
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

    private static string? FindProblem(string prefix)
    {
        if (!prefix.StartsWith('/'))
        {
            return "must start with '/'";
        }

        if (prefix.Length == 1)
        {
            return null;
        }

        if (prefix.Length > MaxLength)
        {
            return "is longer than 1024 characters";
        }

        if (prefix.Contains('*'))
        {
            return "can't hold '*': a prefix already covers everything below it";
        }

        foreach (Range range in prefix.AsSpan(1).Split('/'))
        {
            ReadOnlySpan<char> segment = prefix.AsSpan(1)[range];
            if (segment.IsEmpty)
            {
                return "has an empty segment";
            }

            if (segment.ContainsAnyExcept(Unreserved))
            {
                return "may only hold letters, digits and '.', '_', '~', '-' between slashes";
            }

            if (segment[^1] == '.')
            {
                return "has a segment that ends with a dot";
            }
        }

        return null;
    }
}
