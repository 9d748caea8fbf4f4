using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace HxFunctions.Core.Http;

/// <summary>
/// The path and method that the guard is asked about. They come from exactly one family, so that a client's own header can't speak for a
/// gateway's.
/// </summary>
/// <param name="Path">As received.</param>
/// <param name="Method">As received; empty when missing.</param>
/// <param name="AlternativePaths">Paths that may be meant, too, where a hop may have made one header of two.</param>
internal readonly record struct GuardedRequest(string Path, string Method, string[]? AlternativePaths = null)
{
    /// <summary>Whether headers alone name it: then the guard is asked about every request by one URL.</summary>
    public bool IsByHeaders { get; init; }

    public const string CheckRoute = "/guard/check";

    /// <summary>RFC 3986 section 3.1.</summary>
    private static readonly SearchValues<char> SchemeCharacters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-."
    );

    /// <summary>More than any hop joins.</summary>
    private const int MaxJoinedPaths = 64;

    private const string OriginalUri = "X-Original-URI";
    private const string OriginalMethod = "X-Original-Method";
    private const string ForwardedUri = "X-Forwarded-Uri";
    private const string ForwardedMethod = "X-Forwarded-Method";

    /// <summary>The headers of both families, as <c>Vary</c> lists them.</summary>
    public const string HeaderNames = $"{OriginalUri}, {OriginalMethod}, {ForwardedUri}, {ForwardedMethod}";

    private const string NoFamily =
        "Say which request is meant: ?path= and ?method=, or X-Original-URI and X-Original-Method, or X-Forwarded-Uri and "
        + "X-Forwarded-Method.";
    private const string TwoFamilies = "Path and method must come from one family of parameters or headers.";
    private const string Repeated = "A header is repeated, or a parameter is repeated with another value.";
    private const string NoPath = "The path is missing or empty.";
    private const string NoTarget =
        "The path is not a request target: it must begin with '/', or with a scheme and '://'. Is the gateway's variable for it "
        + "spelled correctly?";

    /// <summary>Reads what <c>/guard</c> is asked about.</summary>
    public static bool TryRead(HttpRequest request, out GuardedRequest guarded, out string? problem)
    {
        if (!TryReadHeaders(request.Headers, out guarded, out bool found, out problem))
        {
            return false;
        }
        IQueryCollection query = request.Query;
        StringValues path = query["path"],
            method = query["method"];
        bool byQuery = path.Count > 0 || method.Count > 0;
        if (byQuery && found)
        {
            return Fail(TwoFamilies, out problem);
        }

        if (!byQuery)
        {
            return found || Fail(NoFamily, out problem);
        }

        if (Differs(path) || Differs(method))
        {
            return Fail(Repeated, out problem);
        }

        if (path.Count == 0 || string.IsNullOrEmpty(path[0]))
        {
            return Fail(NoPath, out problem);
        }
        if (!IsTarget(path[0]!))
        {
            return Fail(NoTarget, out problem);
        }
        // The value has been decoded once: a question mark in it may begin the path's query, or have been an escape. Escaped it is read
        // both ways.
        guarded = new(WithBothReadings(path[0]!), method.Count == 0 ? "" : method[0] ?? "");
        return true;
    }

    /// <summary>Reads what <c>/guard/check</c> is asked about: headers, or the rest of its own target with its own method (Envoy's
    /// way).</summary>
    public static bool TryReadForCheck(HttpRequest request, out GuardedRequest guarded, out string? problem)
    {
        if (!TryReadHeaders(request.Headers, out guarded, out bool found, out problem))
        {
            return false;
        }

        string? own = OwnPath(request);
        if (own is null)
        {
            return found || Fail(NoFamily, out problem);
        }

        if (found)
        {
            return Fail(TwoFamilies, out problem);
        }

        guarded = new(own, request.Method);
        return true;
    }

    private static bool TryReadHeaders(IHeaderDictionary headers, out GuardedRequest guarded, out bool found, out string? problem)
    {
        guarded = default;
        problem = null;
        StringValues path = headers[OriginalUri],
            method = headers[OriginalMethod];
        StringValues forwardedPath = headers[ForwardedUri],
            forwardedMethod = headers[ForwardedMethod];
        bool original = path.Count > 0 || method.Count > 0,
            forwarded = forwardedPath.Count > 0 || forwardedMethod.Count > 0;
        found = original || forwarded;
        if (!found)
        {
            return true;
        }

        if (original && forwarded)
        {
            return Fail(TwoFamilies, out problem);
        }

        if (forwarded)
        {
            (path, method) = (forwardedPath, forwardedMethod);
        }
        // A hop may have joined what was repeated into one, with a comma and a space; a target never holds a space.
        if (path.Count > 1 || method.Count > 1 || path.ToString().AsSpan().ContainsAny(' ', '\t'))
        {
            return Fail(Repeated, out problem);
        }

        if (path.Count == 0 || string.IsNullOrEmpty(path[0]))
        {
            return Fail(NoPath, out problem);
        }

        if (!IsTarget(path[0]!))
        {
            return Fail(NoTarget, out problem);
        }

        guarded = new(path.ToString(), method.ToString(), Joined(path.ToString())) { IsByHeaders = true };
        return guarded.AlternativePaths is not { Length: > MaxJoinedPaths } || Fail(Repeated, out problem);
    }

    /// <summary>
    /// What follows the route in the request's target as sent, undecoded; <see langword="null"/> when nothing does. A target in which the
    /// route can't be found as such was written to confuse: it is taken whole, broken escape and all, and so matches every rule.
    /// </summary>
    private static string? OwnPath(HttpRequest request)
    {
        string target = request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget is { Length: > 0 } raw
            ? raw
            : request.Path.ToUriComponent() + request.QueryString.ToUriComponent();
        int route = target.IndexOf(CheckRoute, StringComparison.OrdinalIgnoreCase);
        int query = target.IndexOf('?', StringComparison.Ordinal);
        if (route < 0 || (query >= 0 && query < route))
        {
            return "%";
        }

        string rest = target[(route + CheckRoute.Length)..];
        return rest.Length == 0 || rest[0] == '?' ? null : rest;
    }

    /// <summary>
    /// The paths that a header is made of, if it was joined with commas alone (RFC 9110 section 5.3 lets a hop do so): up to the first one,
    /// and from each that a target follows. A comma may as well be the path's own, so that the whole is read beside them. In a query commas
    /// are everyday, so that it is cut off first.
    /// </summary>
    private static string[]? Joined(string target)
    {
        int query = target.IndexOf('?', StringComparison.Ordinal);
        string path = query < 0 ? target : target[..query];
        if (!path.Contains(',', StringComparison.Ordinal))
        {
            return null;
        }

        string[] parts = path.Split(',');
        return [.. parts.Where((part, i) => i == 0 || part.StartsWith('/') || part.Contains("://", StringComparison.Ordinal))];
    }

    /// <remarks>What stands behind the mark only matters where dots or parameters can take the mark itself away.</remarks>
    private static string WithBothReadings(string path) =>
        path.Contains("..", StringComparison.Ordinal)
        || path.Contains(';', StringComparison.Ordinal)
        || path.Contains("%2e", StringComparison.OrdinalIgnoreCase)
        || path.Contains("%3b", StringComparison.OrdinalIgnoreCase)
        || path.Contains("%25", StringComparison.Ordinal)
            ? path.Replace("?", "%3F", StringComparison.Ordinal)
            : path;

    /// <summary>
    /// Whether a text can be what a client asked for: in origin or absolute form (RFC 9112 sections 3.2.1 and 3.2.2). A variable that a
    /// gateway doesn't know comes as its own name, as <c>undefined</c> or as nothing that begins so; it would guard no route.
    /// </summary>
    public static bool IsTarget(string path)
    {
        if (path.Length == 0)
        {
            return false;
        }

        if (path[0] == '/')
        {
            return true;
        }

        int end = path.IndexOf("://", StringComparison.Ordinal);
        return end > 0 && char.IsAsciiLetter(path[0]) && !path.AsSpan(0, end).ContainsAnyExcept(SchemeCharacters);
    }

    private static bool Differs(StringValues values)
    {
        for (int i = 1; i < values.Count; i++)
        {
            if (!string.Equals(values[i], values[0], StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Fail(string text, out string? problem)
    {
        problem = text;
        return false;
    }
}
