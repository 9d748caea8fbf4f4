using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace HxFunctions.Core.Routing;

/// <summary>What may stand in one place of a route.</summary>
internal enum SegmentKind
{
    /// <summary>Its text, in any case.</summary>
    Literal,

    /// <summary><c>{name}</c>: any one segment, with the text behind the brace as its end.</summary>
    One,

    /// <summary><c>{name:path}</c>: one segment or more, with the text behind the brace as the end of the last.</summary>
    Many,
}

/// <summary>One place of a route.</summary>
/// <param name="Text">The text of a literal, or what a parameter's value is followed by: empty, or such as <c>:cancel</c>.</param>
internal sealed record RouteSegment(SegmentKind Kind, string Text);

/// <summary>
/// A route as a rule or an exemption names it: a prefix (<c>/key</c>), or a template (<c>/model/{id}/update</c>), which is exact unless it
/// ends with <c>/*</c>.
/// </summary>
/// <remarks>
/// The text of literals is unreserved ASCII (<see cref="RoutePrefix"/>), and so is what follows a parameter, but for colons: reading a path
/// in another way changes neither. Parameters are those of Starlette, which LiteLLM's routes are written for
/// (https://www.starlette.io/routing/#path-parameters), without types other than <c>path</c>. One <c>{name:path}</c> is enough for all of
/// them, and makes of any number of empty segments the same as one.
/// </remarks>
internal sealed class RoutePattern
{
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"
    );

    private RoutePattern(string text, IReadOnlyList<RouteSegment> segments, bool coversBelow)
    {
        Text = text;
        Segments = segments;
        CoversBelow = coversBelow;
    }

    /// <summary>As written, without a trailing slash.</summary>
    public string Text { get; }

    public IReadOnlyList<RouteSegment> Segments { get; }

    /// <summary>Whether all that is below it belongs to it.</summary>
    public bool CoversBelow { get; }

    /// <summary>Whether a text is a template rather than a prefix.</summary>
    public static bool IsTemplate(string text) => text.Contains('{', StringComparison.Ordinal);

    /// <summary>Reads a route. A problem is worded to follow "the route".</summary>
    /// <param name="isExact">Whether a route without parameters is meant for itself alone.</param>
    public static bool TryParse(
        string text,
        bool isExact,
        [NotNullWhen(true)] out RoutePattern? pattern,
        [NotNullWhen(false)] out string? problem
    )
    {
        string trimmed = text.Trim();
        bool coversBelow = IsTemplate(trimmed) ? trimmed.EndsWith("/*", StringComparison.Ordinal) : !isExact;
        string route = IsTemplate(trimmed) && coversBelow ? trimmed[..^2] : trimmed;
        route = route.Length > 1 && route[^1] == '/' && route[^2] != '/' ? route[..^1] : route;
        List<RouteSegment> segments = [];
        problem = FindProblem(route, segments);
        pattern = problem is null ? new(IsTemplate(trimmed) && coversBelow ? route + "/*" : route, segments, coversBelow) : null;
        return pattern is not null;
    }

    /// <summary>The same, for what has been read before.</summary>
    /// <param name="what">What it is the route of, for the message.</param>
    /// <exception cref="ArgumentException">It isn't in the plain form.</exception>
    public static RoutePattern Parse(string text, bool isExact, string what) =>
        TryParse(text, isExact, out RoutePattern? pattern, out string? problem)
            ? pattern
            : throw new ArgumentException($"The route of {what} {problem}.", nameof(text));

    /// <summary>
    /// Whether an ordinary path, one that reads the same everywhere, is this very route and nothing below it: in the same case, and without
    /// a slash at its end.
    /// </summary>
    public bool IsExactly(ReadOnlySpan<char> path) => path.StartsWith('/') && IsExactly(path[1..], 0);

    private bool IsExactly(ReadOnlySpan<char> rest, int index)
    {
        // The root: it alone has no segments.
        if (index == Segments.Count)
        {
            return rest.IsEmpty;
        }

        RouteSegment segment = Segments[index];
        bool isLast = index == Segments.Count - 1;
        for (int from = 0; from < rest.Length; )
        {
            int slash = rest[from..].IndexOf('/');
            int end = slash < 0 ? rest.Length : from + slash;
            ReadOnlySpan<char> value = rest[from..end];
            bool fits =
                segment.Kind == SegmentKind.Literal
                    ? value.SequenceEqual(segment.Text)
                    : value.Length > segment.Text.Length && value.EndsWith(segment.Text, StringComparison.Ordinal);
            if (fits && (slash < 0 ? isLast : !isLast && IsExactly(rest[(end + 1)..], index + 1)))
            {
                return true;
            }

            if (segment.Kind != SegmentKind.Many || slash < 0)
            {
                return false;
            }

            from = end + 1;
        }

        return false;
    }

    private static string? FindProblem(string route, List<RouteSegment> segments)
    {
        if (RoutePrefix.FindProblemOfWhole(route) is { } problem)
        {
            return problem;
        }

        if (route.Length == 1)
        {
            return null;
        }

        foreach (Range range in route.AsSpan(1).Split('/'))
        {
            string segment = route[1..][range];
            RouteSegment read = new(SegmentKind.Literal, segment);
            problem = segment.AsSpan().ContainsAny('{', '}') ? ReadParameter(segment, out read) : RoutePrefix.FindProblemOfSegment(segment);
            if (problem is not null)
            {
                return problem;
            }

            segments.Add(read);
        }

        return segments.Count(s => s.Kind == SegmentKind.Many) > 1 ? "has more than one '{…:path}'" : null;
    }

    private static string? ReadParameter(string segment, out RouteSegment read)
    {
        read = new(SegmentKind.One, "");
        int close = segment.IndexOf('}', StringComparison.Ordinal);
        if (segment[0] != '{' || close < 0)
        {
            return "can have a parameter only as '{name}' or '{name:path}' at the start of a segment";
        }

        string name = segment[1..close],
            suffix = segment[(close + 1)..];
        bool isMany = name.EndsWith(":path", StringComparison.Ordinal);
        name = isMany ? name[..^":path".Length] : name;
        if (name.Contains(':', StringComparison.Ordinal))
        {
            return "has a parameter of a type other than 'path'";
        }

        if (name.Length == 0 || name.AsSpan().ContainsAnyExcept(NameCharacters))
        {
            return "has a parameter whose name isn't made of letters, digits and '_'";
        }

        read = new(isMany ? SegmentKind.Many : SegmentKind.One, suffix);
        return suffix.Length == 0 ? null
            : suffix[^1] == ':' ? "has a segment that ends with a colon"
            : RoutePrefix.FindProblemOfSegment(suffix.Replace(":", "", StringComparison.Ordinal));
    }
}
