using System.Text.RegularExpressions;
using HxFunctions.Core.Routing;

namespace HxFunctions.Cli.Routes;

/// <summary>A path with parameters, whatever they are called: FastAPI's documents have Starlette's <c>{name:path}</c> as
/// <c>{name}</c>.</summary>
internal static partial class RouteShape
{
    /// <summary>Stands for any value: a segment that no route has as its text.</summary>
    private const string Value = "hx~any";

    /// <summary>Equal for paths that differ in nothing but names and types of parameters.</summary>
    public static string KeyOf(string path) => Parameter().Replace(path, "{}");

    /// <summary>A path that a client could send: with values for parameters, encoded.</summary>
    public static string SampleOf(string path) =>
        Unsendable().Replace(Parameter().Replace(path, Value), found => Uri.EscapeDataString(found.Value));

    /// <summary>The path as a route of GUARD_ROUTES.</summary>
    /// <returns><see langword="null"/> when it holds what no route can.</returns>
    public static string? AsRoute(string path)
    {
        string route = Parameter()
            .Replace(path, found => $"{{{NoName().Replace(found.Value[1..^1].Replace(":path", "", StringComparison.Ordinal), "_")}}}");
        return RoutePattern.TryParse(route, isExact: false, out RoutePattern? pattern, out _) ? pattern.Text : null;
    }

    /// <summary>The places of a path. What it has in braces is any one segment, and with <c>:path</c> one or more.</summary>
    public static RouteSegment[] SegmentsOf(string path) => path.Length < 2 ? [] : [.. path.TrimEnd('/')[1..].Split('/').Select(SegmentOf)];

    /// <summary>Whether some request is meant by both.</summary>
    /// <remarks>
    /// A route with literals must share one with the path. Or else any prefix would meet LiteLLM's <c>/{provider}/v1/batches</c>.
    /// </remarks>
    /// <param name="coversBelow">Whether all that is below the first route belongs to it.</param>
    public static bool Meet(ReadOnlySpan<RouteSegment> route, bool coversBelow, ReadOnlySpan<RouteSegment> path) =>
        Meet(route, coversBelow, path, isSure: !HasLiteral(route));

    private static bool Meet(ReadOnlySpan<RouteSegment> route, bool coversBelow, ReadOnlySpan<RouteSegment> path, bool isSure)
    {
        if (route.IsEmpty)
        {
            return isSure && (path.IsEmpty || coversBelow);
        }

        if (path.IsEmpty || !Meet(route[0], path[0]))
        {
            return false;
        }

        isSure |= (route[0].Kind, path[0].Kind) is (SegmentKind.Literal, SegmentKind.Literal);
        return Meet(route[1..], coversBelow, path[1..], isSure)
            || (route[0].Kind == SegmentKind.Many && Meet(route, coversBelow, path[1..], isSure))
            || (path[0].Kind == SegmentKind.Many && Meet(route[1..], coversBelow, path, isSure));
    }

    private static bool Meet(RouteSegment left, RouteSegment right) =>
        (left.Kind, right.Kind) switch
        {
            (SegmentKind.Literal, SegmentKind.Literal) => left.Text.Equals(right.Text, StringComparison.OrdinalIgnoreCase),
            // A value that holds slashes may have the end of its last segment elsewhere.
            (SegmentKind.Many, _) or (_, SegmentKind.Many) => true,
            (SegmentKind.Literal, _) => left.Text.EndsWith(right.Text, StringComparison.OrdinalIgnoreCase),
            (_, SegmentKind.Literal) => right.Text.EndsWith(left.Text, StringComparison.OrdinalIgnoreCase),
            _ => left.Text.EndsWith(right.Text, StringComparison.OrdinalIgnoreCase)
                || right.Text.EndsWith(left.Text, StringComparison.OrdinalIgnoreCase),
        };

    private static bool HasLiteral(ReadOnlySpan<RouteSegment> route)
    {
        foreach (RouteSegment segment in route)
        {
            if (segment.Kind == SegmentKind.Literal)
            {
                return true;
            }
        }

        return false;
    }

    private static RouteSegment SegmentOf(string segment) =>
        segment.Contains('{', StringComparison.Ordinal)
            ? new(
                segment.Contains(":path}", StringComparison.Ordinal) ? SegmentKind.Many : SegmentKind.One,
                segment[(segment.LastIndexOf('}') + 1)..]
            )
            : new(SegmentKind.Literal, segment);

    [GeneratedRegex(@"\{[^{}/]*\}", RegexOptions.CultureInvariant)]
    private static partial Regex Parameter();

    [GeneratedRegex(@"[^!-~]+|[?#]", RegexOptions.CultureInvariant)]
    private static partial Regex Unsendable();

    [GeneratedRegex("[^A-Za-z0-9_]", RegexOptions.CultureInvariant)]
    private static partial Regex NoName();
}
