using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace HxFunctions.Cli.Serving;

/// <summary>Request targets that are refused although they were routed to an endpoint, because they were written to lead somewhere
/// else.</summary>
internal sealed class ConfusingTarget
{
    /// <summary>How a path begins whose catch-all part begins with a second slash; <see langword="null"/> for a route without
    /// one.</summary>
    private readonly string? _emptySegment;

    /// <param name="route">The endpoint's route, with the host's prefix.</param>
    public ConfusingTarget(string route)
    {
        int catchAll = route.IndexOf("{*", StringComparison.Ordinal);
        _emptySegment = catchAll < 0 ? null : $"/{route[..catchAll]}/";
    }

    /// <summary>Whether the request's target is one.</summary>
    public bool Matches(HttpContext context) =>
        _emptySegment is null ? LeftByDotSegments(context) : BeginsWithEmptySegment(context.Request, _emptySegment);

    /// <summary>
    /// Whether a catch-all's path begins with a second slash. The Functions host answers <c>/guard/check//x</c> with 404 before the app
    /// sees it, and both hosts answer alike.
    /// </summary>
    private static bool BeginsWithEmptySegment(HttpRequest request, string emptySegment) =>
        request.Path.Value is { } path && path.StartsWith(emptySegment, StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Whether dot segments led here from somewhere else. Kestrel resolves them before routing, so that an authorisation call for
    /// <c>/guard/check/../../healthz/live</c> would be answered by an endpoint that says 200 to everyone. This is stricter than the
    /// Functions host.
    /// </summary>
    private static bool LeftByDotSegments(HttpContext context)
    {
        ReadOnlySpan<char> target = context.Features.Get<IHttpRequestFeature>()?.RawTarget;
        if (target.IndexOfAny('.', '%') < 0)
        {
            return false;
        }

        int query = target.IndexOf('?');
        if (query >= 0)
        {
            target = target[..query];
        }

        return target.Contains("/.", StringComparison.Ordinal) || target.Contains("%2e", StringComparison.OrdinalIgnoreCase);
    }
}
