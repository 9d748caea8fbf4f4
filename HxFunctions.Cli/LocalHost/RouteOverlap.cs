using Microsoft.AspNetCore.Routing.Patterns;

namespace HxFunctions.Cli.LocalHost;

/// <summary>Whether one path can match two route templates. Constraints are taken to match.</summary>
internal static class RouteOverlap
{
    /// <summary>True when some path matches both.</summary>
    public static bool Exists(RoutePattern one, RoutePattern other) => Exists(one.PathSegments, 0, other.PathSegments, 0);

    private static bool Exists(IReadOnlyList<RoutePatternPathSegment> one, int i, IReadOnlyList<RoutePatternPathSegment> other, int j)
    {
        if (i == one.Count)
        {
            return j == other.Count || CanBeAbsent(other[j]);
        }

        if (j == other.Count)
        {
            return CanBeAbsent(one[i]);
        }

        // A catch-all is the last segment and takes whatever is left of the other.
        if (Parameter(one[i]) is { IsCatchAll: true } || Parameter(other[j]) is { IsCatchAll: true })
        {
            return true;
        }

        return
            Literal(one[i]) is not { } first
            || Literal(other[j]) is not { } second
            || first.Equals(second, StringComparison.OrdinalIgnoreCase)
            ? Exists(one, i + 1, other, j + 1)
            : false;
    }

    // Optional parameters and catch-alls are last in their template.
    private static bool CanBeAbsent(RoutePatternPathSegment segment) =>
        Parameter(segment) is { } part && (part.IsOptional || part.IsCatchAll);

    private static RoutePatternParameterPart? Parameter(RoutePatternPathSegment segment) =>
        segment.IsSimple ? segment.Parts[0] as RoutePatternParameterPart : null;

    private static string? Literal(RoutePatternPathSegment segment) =>
        segment.IsSimple ? (segment.Parts[0] as RoutePatternLiteralPart)?.Content : null;
}
