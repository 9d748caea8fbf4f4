using HxFunctions.Core.Http;
using HxFunctions.Core.Routing;
using HxFunctions.Tests.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace HxFunctions.Tests.Fuzzing;

/// <summary>The readers of what callers of the guard send.</summary>
internal static class RequestTargets
{
    private static readonly RouteMatcher Matcher = new(DefaultRules.Prefixes, "/api");
    private static readonly ulong Everything = (1UL << DefaultRules.Prefixes.Count) - 1;

    private static readonly string[] Words =
    [
        "/v1",
        "/keys",
        "/key",
        "/generate",
        "/api",
        "/..",
        "/.",
        "//",
        "\\",
        ";a=b",
        "%2f",
        "%252f",
        "%2e%2e",
        "%5c",
        "%3f",
        "%23",
        "%ef%bc%8f",
        "%c0%ae",
        "http://h",
        "?path=",
        "&method=",
        "&path=",
        "/guard/check",
        ",/v1/keys",
        ", ",
    ];

    private static readonly string[] Seeds =
    [
        "/v1/keys",
        "/v1/models/gpt-4o",
        "/api/key/generate?x=y",
        "http://host:80/v1/%6beys/..;a/b",
        "/v1/x/%252e%252e/keys",
        "?path=/v1/keys&method=POST",
        "/guard/check/v1/keys",
        "/v1/models/\u65e5\u672c\u8a9e",
    ];

    public static IEnumerable<FuzzTarget> All =>
        [
            // The buffer comes from a pool that drops the largest ones at times.
            new("a path", Seeds, Words, Match, new(512 * 1024, 0)),
            new("a question", Seeds, Words, Ask, new(256 * 1024, 128)),
        ];

    private static string Match(string text)
    {
        Span<ulong> matched = stackalloc ulong[Matcher.WordCount];
        bool decided = Matcher.TryMatch(text, matched);
        Assert.True(decided || matched[0] == Everything);
        Assert.Equal(0ul, matched[0] & ~Everything);
        return $"{decided} {matched[0]:x}";
    }

    /// <summary>The text as a header, as a query, and as the target of the check route.</summary>
    private static string Ask(string text)
    {
        DefaultHttpContext context = new();
        context.Features.Get<IHttpRequestFeature>()!.RawTarget = text;
        string byTarget = Describe(
            GuardedRequest.TryReadForCheck(context.Request, out GuardedRequest guarded, out string? problem),
            guarded,
            problem
        );
        context.Request.QueryString = new QueryString(text.StartsWith('?') ? text : "?path=" + text);
        string byQuery = Describe(GuardedRequest.TryRead(context.Request, out guarded, out problem), guarded, problem);
        context.Request.QueryString = default;
        context.Request.Headers["X-Original-URI"] = text;
        return $"{byTarget} {byQuery} {Describe(GuardedRequest.TryRead(context.Request, out guarded, out problem), guarded, problem)}";
    }

    private static string Describe(bool read, GuardedRequest guarded, string? problem)
    {
        if (!read)
        {
            UrlTargets.AssertPresentable(problem);
            return problem!;
        }

        Assert.Null(problem);
        Assert.NotEmpty(guarded.Path);
        return Match(guarded.Path);
    }
}
