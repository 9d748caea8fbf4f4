using HxFunctions.Tests.Serving;

namespace HxFunctions.Tests.Http;

/// <summary>What all answers have in common.</summary>
public class HttpSurfaceTests(PassingSurface surface) : IClassFixture<PassingSurface>
{
    private const string Json = "application/json",
        Health = "application/health+json",
        Problem = "application/problem+json";

    [Theory]
    [InlineData("/", "status")]
    [InlineData("/?view=wall", "status?view=wall")]
    public async Task Start_page_leads_to_the_status_page(string target, string location) =>
        Assert.Equal(location, (await surface.Instance.RawAsync($"GET {target}")).Headers["Location"]);

    [Theory]
    [InlineData("/healthz/live", 200, Json)]
    [InlineData("/healthz/ready", 200, Json)]
    [InlineData("/healthz/deps", 200, Json)]
    [InlineData("/health/thing", 200, Health)]
    [InlineData("/health/db", 404, Problem)]
    [InlineData("/health/all", 200, Health)]
    [InlineData("/guard?path=/v1/keys", 200, Json)]
    [InlineData("/guard?path=/v1/models", 200, Json)]
    [InlineData("/guard", 400, Problem)]
    [InlineData("/guard/check/v1/keys", 200, Json)]
    [InlineData("/guard/check", 400, Problem)]
    [InlineData("/guard/verdicts", 200, Json)]
    [InlineData("/override", 200, Json)]
    [InlineData("/", 302, null)]
    [InlineData("/api/healthz/live", 404, null)]
    [InlineData("/healthz/live/x", 404, null)]
    public async Task Answer_is_not_for_storing_and_HEAD_has_the_headers_of_GET(string target, int status, string? type)
    {
        RawResponse get = await surface.Instance.RawAsync($"GET {target}"),
            head = await surface.Instance.RawAsync($"HEAD {target}");

        Assert.Equal((status, type), (get.Status, get.Headers.GetValueOrDefault("Content-Type")));
        Assert.Equal(("no-store", "nosniff"), (get.Headers["Cache-Control"], get.Headers["X-Content-Type-Options"]));
        Assert.Equal(type is null, get.Body.Length == 0);
        Assert.Equal((status, ""), (head.Status, head.Body));
        Assert.Equal(Comparable(get), Comparable(head));
        Assert.True(type is null || int.Parse(head.Headers["Content-Length"], null) > 0, "HEAD tells no length.");
    }

    [Theory]
    [InlineData("POST /healthz/live")]
    [InlineData("OPTIONS /healthz/live")]
    [InlineData("POST /healthz/ready")]
    [InlineData("DELETE /healthz/deps")]
    [InlineData("POST /health/all")]
    [InlineData("PUT /health/thing")]
    [InlineData("POST /guard?path=/v1/models")]
    [InlineData("OPTIONS /guard?path=/v1/models")]
    [InlineData("POST /guard/verdicts")]
    [InlineData("POST /badge/thing.svg")]
    [InlineData("POST /status/feed")]
    [InlineData("PUT /override")]
    [InlineData("PATCH /override")]
    [InlineData("PROPFIND /override")]
    public async Task Wrong_method_is_an_empty_404(string requestLine)
    {
        RawResponse answer = await surface.Instance.RawAsync(requestLine);

        // /guard/verdicts is a path under /guard, but not under /guard/check: no other function may answer for it.
        Assert.Equal((404, ""), (answer.Status, answer.Body));
        Assert.Equal(("no-store", "nosniff"), (answer.Headers["Cache-Control"], answer.Headers["X-Content-Type-Options"]));
    }

    [Theory]
    [InlineData("GET /healthz/live", 200, 200, 200)]
    [InlineData("GET /healthz/ready", 503, 503, 503)]
    [InlineData("GET /healthz/deps", 200, 200, 200)]
    [InlineData("GET /health/thing", 401, 503, 503)]
    [InlineData("GET /health/nothing", 401, 404, 404)]
    [InlineData("GET /health/all", 401, 503, 503)]
    [InlineData("GET /guard", 401, 400, 400)]
    [InlineData("PROPFIND /guard/check/v1/models", 401, 200, 200)]
    [InlineData("GET /guard/verdicts", 401, 200, 200)]
    [InlineData("GET /badge/thing.svg", 401, 200, 200)]
    [InlineData("GET /badge/nothing.svg", 401, 404, 404)]
    [InlineData("GET /status/feed", 401, 404, 404)]
    [InlineData("GET /override", 401, 401, 200)]
    [InlineData("POST /override", 401, 401, 400)]
    [InlineData("DELETE /override", 401, 401, 200)]
    public async Task Key_is_asked_for_by_level(string requestLine, int withNone, int withFunctionKey, int withMasterKey)
    {
        await using HxInstance hx = await Surface.StartAsync(new StubCheck(), ("WRAPPER_KEYS", Surface.Keys));

        RawResponse none = await hx.RawAsync(requestLine);
        Assert.Equal(withNone, none.Status);
        Assert.Equal(withFunctionKey, (await hx.RawAsync(requestLine, Surface.FunctionKey)).Status);
        Assert.Equal(withMasterKey, (await hx.RawAsync(requestLine, Surface.MasterKey)).Status);
        if (withNone != 401)
        {
            return;
        }

        Assert.Equal(("", "no-store", "nosniff"), (none.Body, none.Headers["Cache-Control"], none.Headers["X-Content-Type-Options"]));
    }

    private static IEnumerable<string> Comparable(RawResponse answer) =>
        answer
            .Headers.Where(h => h.Key is not ("Date" or "Content-Length")) // The length follows the ages in the body.
            .Select(h => $"{h.Key}: {h.Value}")
            .Order(StringComparer.Ordinal);
}
