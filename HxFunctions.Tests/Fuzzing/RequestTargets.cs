using HxFunctions.Core.Http;
using HxFunctions.Core.Routing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace HxFunctions.Tests.Fuzzing;

/// <summary>The readers of what callers of the guard send.</summary>
internal static class RequestTargets
{
    private static readonly string[] Templates =
    [
        "/jobs/{id}:cancel",
        "/models/{m:path}:count",
        "/a/{x}/{y}/b",
        "/{any}/info",
        "/org/{id}/*",
    ];

    private static readonly GuardRule[] Rules =
    [
        .. DefaultRules.All.Rules,
        .. Templates.Select(template => new GuardRule(template, GuardMethods.All, ["x"])),
    ];

    private static readonly RouteMatcher Matcher = new(Rules, "/api", DefaultRules.All.Exemptions);

    private static readonly string[] Words =
    [
        "/v1",
        "/keys",
        "/key",
        "/generate",
        "/model",
        "/update",
        "/team",
        "/callback",
        "/credentials/by_name",
        "/health",
        "/jobs/",
        ":cancel",
        ":count",
        "/info",
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
        "/model/x/update",
        "/team/a/b/callback/c",
        "/jobs/x%2fy:cancel",
        "/models/a;b:count%3fx",
        "/credentials/by_name/x/y",
        "/a/%2f/%2f/b",
    ];

    public static IEnumerable<FuzzTarget> All =>
        [
            // The buffer comes from a pool that drops the largest ones at times.
            new("a path", Seeds, Words, Match, new(512 * 1024, 0)),
            new("a question", Seeds, Words, Ask, new(256 * 1024, 128)),
        ];

    private static string Match(string text)
    {
        Span<ulong> matched = stackalloc ulong[Matcher.WordCount],
            exempted = stackalloc ulong[Matcher.WordCount];
        bool decided = Matcher.TryMatch(text, GuardMethods.Other, matched);
        Assert.Equal(decided, Matcher.TryMatch(text, GuardMethods.Get, exempted));
        int all = 0,
            left = 0;
        for (int i = 0; i < matched.Length * 64; i++)
        {
            bool isSet = (matched[i >> 6] & (1UL << i)) != 0,
                isLeft = (exempted[i >> 6] & (1UL << i)) != 0;
            // What can't be decided falls under every rule, no bit is beyond them, and an exemption adds none.
            Assert.True(decided ? !isSet || i < Rules.Length : isSet == (i < Rules.Length));
            Assert.True(isSet || !isLeft);
            all += isSet ? 1 : 0;
            left += isLeft ? 1 : 0;
        }

        return $"{decided} {all} {left}";
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
