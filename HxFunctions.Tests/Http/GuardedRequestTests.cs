using HxFunctions.Tests.Serving;

namespace HxFunctions.Tests.Http;

/// <summary>Which request the guard is asked about. <c>/v1/keys</c> is closed here and all else open, so that the status tells what was
/// understood.</summary>
public class GuardedRequestTests(FailingSurface surface) : IClassFixture<FailingSurface>
{
    private const string Guarded = "X-Original-URI: /v1/keys",
        Open = "X-Original-URI: /v1/models",
        Method = "X-Original-Method: POST";
    private const string ForwardedGuarded = "X-Forwarded-Uri: /v1/keys",
        ForwardedOpen = "X-Forwarded-Uri: /v1/models",
        ForwardedMethod = "X-Forwarded-Method: POST";

    [Theory]
    // Each family by itself.
    [InlineData("?path=/v1/keys&method=POST", 503)]
    [InlineData("?path=/v1/models&method=POST", 200)]
    [InlineData("?path=/v1/keys", 503)]
    [InlineData("?PATH=/v1/keys&METHOD=POST", 503)]
    [InlineData("?path=%2Fv1%2Fkeys", 503)]
    [InlineData("?path=/v1/keys%3Fa=b", 503)]
    [InlineData("", 503, Guarded, Method)]
    [InlineData("", 200, Open, Method)]
    [InlineData("", 503, "x-original-uri: /v1/keys?a=b")]
    [InlineData("", 503, "X-Original-URI: https://gateway.example/v1/keys")]
    [InlineData("", 503, ForwardedGuarded, ForwardedMethod)]
    [InlineData("", 200, ForwardedOpen, ForwardedMethod)]
    [InlineData("?other=1", 503, ForwardedGuarded)]
    // Two families, whole or in part.
    [InlineData("?path=/v1/models&method=GET", 400, Open, Method)]
    [InlineData("?path=/v1/models", 400, Method)]
    [InlineData("?method=GET", 400, Open)]
    [InlineData("?path=/v1/models", 400, ForwardedOpen)]
    [InlineData("", 400, Open, ForwardedOpen)]
    [InlineData("", 400, Open, ForwardedMethod)]
    [InlineData("", 400, Method, ForwardedOpen)]
    // A method without a path, or nothing.
    [InlineData("", 400)]
    [InlineData("?other=/v1/models", 400)]
    [InlineData("?method=GET", 400)]
    [InlineData("", 400, Method)]
    [InlineData("", 400, ForwardedMethod)]
    // A repetition: of a header never, of a parameter only when it says the same.
    [InlineData("", 400, Open, Open)]
    [InlineData("", 400, Open, Guarded)]
    [InlineData("", 400, Open, Method, Method)]
    [InlineData("", 400, ForwardedOpen, "x-forwarded-uri: /v1/keys")]
    [InlineData("?path=/v1/keys&path=/v1/keys", 503)]
    [InlineData("?path=/v1/models&path=%2Fv1%2Fmodels&method=GET&method=GET", 200)]
    [InlineData("?path=/v1/models&path=/v1/keys", 400)]
    [InlineData("?path=/v1/models&Path=/v1/keys", 400)]
    [InlineData("?path=/v1/models&path=", 400)]
    [InlineData("?path=/v1/models&method=GET&method=POST", 400)]
    // Empty: a gateway whose variable is empty must not open everything.
    [InlineData("?path=", 400)]
    [InlineData("?path", 400)]
    [InlineData("?path=&method=GET", 400)]
    [InlineData("", 400, "X-Original-URI:")]
    [InlineData("", 400, "X-Original-URI:  ", Method)]
    [InlineData("", 400, "X-Forwarded-Uri:")]
    [InlineData("?path=/v1/models&method=", 200)]
    [InlineData("", 200, Open, "X-Original-Method:")]
    // What can't be read is treated as guarded.
    [InlineData("?path=/%25zz", 503)]
    [InlineData("?path=/%00", 503)]
    [InlineData("", 503, "X-Original-URI: /v1/%6beys")]
    [InlineData("", 503, "X-Original-URI: /v1/models/%zz")]
    // No request target: a gateway's variable that is misspelt must not open everything.
    [InlineData("", 400, "X-Original-URI: v1/keys")]
    [InlineData("", 400, "X-Original-URI: {http.request.orig_uri}", Method)]
    [InlineData("", 400, "X-Original-URI: $request_uri")]
    [InlineData("", 400, "X-Original-URI: undefined")]
    [InlineData("", 400, "X-Original-URI: (null)")]
    [InlineData("", 400, "X-Original-URI: null")]
    [InlineData("", 400, "X-Original-URI: -")]
    [InlineData("", 400, "X-Original-URI: *")]
    [InlineData("", 400, "X-Original-URI: ?a=/v1/models")]
    [InlineData("", 400, "X-Original-URI: gateway.example:443")]
    [InlineData("", 400, "X-Original-URI: ://gateway.example/v1/models")]
    [InlineData("", 400, "X-Original-URI: {scheme}://gateway.example/v1/models")]
    [InlineData("", 400, "X-Original-URI: %2Fv1%2Fkeys")]
    [InlineData("", 400, "X-Original-URI: undefined,/v1/models")]
    [InlineData("", 200, "X-Original-URI: HTTPS://gateway.example/v1/models", Method)]
    [InlineData("", 400, "X-Forwarded-Uri: {uri}", ForwardedMethod)]
    [InlineData("", 400, "X-Forwarded-Uri: undefined")]
    [InlineData("?path=undefined", 400)]
    [InlineData("?path=v1/models&method=GET", 400)]
    [InlineData("?path=*&method=OPTIONS", 400)]
    [InlineData("?path=%7Bhttp.request.orig_uri%7D", 400)]
    public async Task Path_and_method_come_from_one_family(string query, int status, params string[] headers)
    {
        RawResponse guard = await surface.Instance.RawAsync($"GET /guard{query}", headers);

        Assert.Equal(status, guard.Status);
        if (status == 400)
        {
            Assert.Equal("application/problem+json", guard.Headers["Content-Type"]);
        }
        // The check route reads headers the same way; query parameters are none of its families.
        if (!query.StartsWith('?'))
        {
            Assert.Equal(status == 503 ? 403 : status, (await surface.Instance.RawAsync("GET /guard/check", headers)).Status);
        }
    }

    /// <summary>Request targets as they are sent: HttpClient would tidy them up.</summary>
    [Theory]
    [InlineData("GET /guard/check/v1/keys", 403)]
    [InlineData("GET /guard/check/v1/models", 200)]
    [InlineData("GET /guard/check/", 200)]
    [InlineData("PROPFIND /guard/check/v1/keys", 403)]
    [InlineData("PROPFIND /guard/check/v1/models", 200)]
    [InlineData("OPTIONS /guard/check/v1/keys", 403)]
    [InlineData("HEAD /guard/check/v1/keys", 403)]
    // The query is no part of the path, on either side.
    [InlineData("GET /guard/check/v1/keys?a=b", 403)]
    [InlineData("GET /guard/check/v1/models?path=/v1/keys", 200)]
    [InlineData("GET /guard/check/v1/models?/../keys", 200)]
    [InlineData("GET /guard/check/v1/models?x=/guard/check/v1/keys", 200)]
    // The same route in other spellings.
    [InlineData("GET /guard/check/v1/%6beys", 403)]
    [InlineData("GET /guard/check/v1/%256beys", 403)]
    [InlineData("GET /guard/check//v1/keys", 404)]
    [InlineData("GET /guard/check/v1//keys", 403)]
    [InlineData("GET /guard/check/V1/KEYS/", 403)]
    [InlineData("GET /guard/check/v1/keys.", 403)]
    [InlineData("GET /guard/check/v1/keys;a=b", 403)]
    [InlineData("GET /guard/check/v1%2Fkeys", 403)]
    [InlineData("GET /guard/check/v1\\keys", 403)]
    [InlineData("GET /guard/check/v1/..%2fv1/keys", 403)]
    [InlineData("GET /guard/check/v1/./keys", 403)]
    [InlineData("GET /guard/check/x/../v1/keys", 403)]
    [InlineData("GET /guard/check/x/%2e%2e/v1/keys", 403)]
    [InlineData("GET /guard/check/v1/models/../keys", 403)]
    [InlineData("GET /guard/check/%c0%af/v1/keys", 403)]
    [InlineData("GET /guard/check/%zz", 403)]
    [InlineData("GET http://test/guard/check/v1/keys", 403)]
    [InlineData("GET http://test/guard/check/v1/models", 200)]
    // The check route itself in another spelling was written to confuse.
    [InlineData("GET /guard/%63heck/v1/models", 403)]
    [InlineData("GET /%67uard/check/v1/models", 403)]
    [InlineData("GET /GUARD/CHECK/v1/models", 200)]
    [InlineData("GET /guard/check/guard/check/v1/models", 200)]
    // What leaves it is never another function's 200.
    [InlineData("GET /guard/check/../healthz/live", 404)]
    [InlineData("GET /guard/check/../../healthz/live", 404)]
    [InlineData("GET /guard/check/%2e%2e/%2e%2e/healthz/live", 404)]
    [InlineData("GET /guard/check/v1/../../../healthz/live", 404)]
    [InlineData("GET /guard/check/../verdicts", 404)]
    [InlineData("GET //guard/check/v1/models", 404)]
    // No path: nothing is asked.
    [InlineData("GET /guard/check", 400)]
    [InlineData("GET /guard/check?path=/v1/models", 400)]
    // Its own path and a header family are two families.
    [InlineData("GET /guard/check/v1/models", 400, Open)]
    [InlineData("GET /guard/check/v1/models", 400, Method)]
    [InlineData("GET /guard/check/v1/models", 400, ForwardedOpen)]
    public async Task Check_reads_its_own_target_as_it_was_sent(string requestLine, int status, params string[] headers)
    {
        Assert.Equal(status, (await surface.Instance.RawAsync(requestLine, headers)).Status);
    }

    [Theory]
    [InlineData(8000, 200)]
    [InlineData(8300, 403)]
    public async Task Path_that_is_too_long_to_be_read_is_closed(int length, int status)
    {
        Assert.Equal(status, (await surface.Instance.RawAsync($"GET /guard/check/{new string('a', length)}")).Status);
    }

    [Fact]
    public async Task Bad_request_does_not_repeat_what_was_sent()
    {
        RawResponse answer = await surface.Instance.RawAsync("GET /guard?path=/c4n4ry&path=/other", "X-Original-URI: /c4n4ry");

        Assert.Equal(400, answer.Status);
        Assert.DoesNotContain("c4n4ry", answer.Body, StringComparison.Ordinal);
    }
}
