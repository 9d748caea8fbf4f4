using System.Text.Json;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>The guard's side for gateways that no package has: it is asked with the exact lines and headers that each of them sends when
/// configured as in infra/gateways.</summary>
public sealed class GatewayQuestionTests : IAsyncLifetime
{
    private const string Client = "198.51.100.7";

    private HxInstance _open = null!;
    private HxInstance _closed = null!;
    private HxInstance _readOnly = null!;

    public async Task InitializeAsync()
    {
        (string, string?)[] settings = [("WRAPPER_KEYS", Surface.Keys), ("GUARD_ROUTES", "/v1/keys=thing;/key=thing")];
        _open = await Surface.StartCheckedAsync(new StubCheck(), settings);
        _closed = await Surface.StartCheckedAsync(StubCheck.Failing(), settings);
        _readOnly = await Surface.StartCheckedAsync(StubCheck.ReadOnly(), settings);
    }

    public async Task DisposeAsync()
    {
        await _open.DisposeAsync();
        await _closed.DisposeAsync();
        await _readOnly.DisposeAsync();
    }

    [Theory]
    [InlineData("envoy", 403)]
    [InlineData("envoy-gateway", 403)]
    [InlineData("ingress-nginx", 403)]
    [InlineData("traefik", 503)]
    public async Task Question_gets_the_verdict_on_the_callers_own_request(string gateway, int refusal)
    {
        foreach (string method in new[] { "GET", "POST", "DELETE", "OPTIONS" })
        {
            foreach (
                string target in new[]
                {
                    "/v1/keys",
                    "/v1/keys/abc?path=/v1/models&method=GET",
                    "/v1//Keys",
                    "/v1%2fkeys",
                    "/v1/x/../keys",
                    "/key/generate?x",
                }
            )
            {
                RawResponse open = await AskAsync(_open, gateway, method, target),
                    closed = await AskAsync(_closed, gateway, method, target);
                Assert.Equal((200, "open"), (open.Status, open.Headers["x-hx-verdict"]));
                Assert.Equal(
                    (refusal, "closed", "application/problem+json"),
                    (closed.Status, closed.Headers["x-hx-verdict"], closed.Headers["Content-Type"])
                );
                JsonElement problem = JsonDocument.Parse(closed.Body).RootElement;
                Assert.Equal("Gateway dependency unavailable: thing.", problem.GetProperty("detail").GetString());
                Assert.Equal(problem.GetProperty("retryAfterSeconds").GetRawText(), closed.Headers["Retry-After"]);
                Assert.Equal(method is "GET" or "OPTIONS" ? 200 : refusal, (await AskAsync(_readOnly, gateway, method, target)).Status);
            }

            Assert.Equal(200, (await AskAsync(_closed, gateway, method, "/v1/chat/completions?x=/v1/keys")).Status);
            Assert.Equal(200, (await AskAsync(_closed, gateway, method, "/v1/models?urls=https://a/x,https://b/v1/keys")).Status);
            // What hx gateway check asks for: closed, whatever works.
            Assert.Equal(refusal, (await AskAsync(_open, gateway, method, "/.hx/%63anary")).Status);
            // An escaped slash in a model's name, as clients of Azure's models send it.
            Assert.Equal(200, (await AskAsync(_closed, gateway, method, "/openai/deployments/azure%2Fgpt-4o/chat/completions")).Status);
        }
    }

    /// <summary>Behind Envoy's prefix both hosts answer 404 before the guard is asked; by header it is a path like any other. Neither is an
    /// open.</summary>
    [Theory]
    [InlineData("envoy", 404)]
    [InlineData("envoy-gateway", 404)]
    [InlineData("ingress-nginx", 403)]
    [InlineData("traefik", 503)]
    public async Task Target_that_begins_with_two_slashes_is_never_let_through(string gateway, int refusal) =>
        Assert.Equal(refusal, (await AskAsync(_closed, gateway, "POST", "//v1/Keys")).Status);

    /// <summary>A gateway whose configuration forgets to clear the other family is refused rather than deceived.</summary>
    [Theory]
    [InlineData("envoy", "X-Original-URI: /v1/models", "X-Original-Method: GET")]
    [InlineData("envoy", "X-Forwarded-Uri: /v1/models", "X-Forwarded-Method: GET")]
    [InlineData("envoy-gateway", "X-Original-URI: /v1/models", "X-Original-Method: GET")]
    [InlineData("ingress-nginx", "X-Forwarded-Uri: /v1/models", "X-Forwarded-Method: GET")]
    [InlineData("traefik", "X-Original-URI: /v1/models", "X-Original-Method: GET")]
    public async Task Family_of_a_client_that_comes_through_is_a_bad_request(string gateway, params string[] headers) =>
        Assert.Equal(400, (await AskAsync(_open, gateway, "POST", "/v1/keys", headers)).Status);

    [Theory]
    [InlineData("envoy")]
    [InlineData("envoy-gateway")]
    [InlineData("ingress-nginx")]
    [InlineData("traefik")]
    public async Task Question_without_the_key_is_refused(string gateway)
    {
        (string line, string[] headers) = QuestionOf(gateway, "POST", "/v1/models");

        Assert.Equal(
            401,
            (
                await _open.RawAsync(
                    line,
                    [.. headers.Where(header => !header.StartsWith("x-functions-key", StringComparison.OrdinalIgnoreCase))]
                )
            ).Status
        );
    }

    private static Task<RawResponse> AskAsync(HxInstance hx, string gateway, string method, string target, params string[] more)
    {
        (string line, string[] headers) = QuestionOf(gateway, method, target);
        return hx.RawAsync(line, [.. headers, .. more]);
    }

    /// <summary>The request line, without its version, and the headers besides Host and Connection.</summary>
    private static (string Line, string[] Headers) QuestionOf(string gateway, string method, string target) =>
        gateway switch
        {
            // ext_authz: the caller's method; its target behind path_prefix; no body.
            "envoy" => (
                $"{method} /guard/check{target}",
                [
                    "content-length: 0",
                    "x-functions-key: made-up-function-key",
                    "x-envoy-internal: true",
                    $"x-forwarded-for: {Client}",
                    "x-envoy-expected-rq-timeout-ms: 2000",
                ]
            ),
            // The same; a caller's own key goes along, and the header that was set for the guard comes from the request.
            "envoy-gateway" => (
                $"{method} /guard/check{target}",
                [
                    "content-length: 0",
                    "authorization: Bearer made-up-caller-key",
                    "x-functions-key: made-up-function-key",
                    $"x-forwarded-for: {Client}",
                    "x-envoy-expected-rq-timeout-ms: 2000",
                ]
            ),
            // auth_request with auth-method: GET with the caller's headers, but for those that the ConfigMap empties.
            "ingress-nginx" => (
                "GET /guard/check",
                [
                    "X-Request-ID: 00000000000000000000000000000000",
                    $"X-Original-URI: {target}",
                    "X-Scheme: https",
                    $"X-Original-URL: https://llm.example{target}",
                    $"X-Original-Method: {method}",
                    "X-Sent-From: nginx-ingress-controller",
                    $"X-Real-IP: {Client}",
                    $"X-Forwarded-For: {Client}",
                    $"X-Auth-Request-Redirect: {target}",
                    "x-functions-key: made-up-function-key",
                    "User-Agent: curl/8.14.1",
                    "Accept: */*",
                    "Content-Type: application/json",
                ]
            ),
            // forwardAuth: always GET; of the caller's headers only those of authRequestHeaders.
            "traefik" => (
                "GET /guard",
                [
                    "User-Agent: Go-http-client/1.1",
                    "X-Functions-Key: made-up-function-key",
                    $"X-Forwarded-For: {Client}",
                    "X-Forwarded-Host: llm.example",
                    $"X-Forwarded-Method: {method}",
                    "X-Forwarded-Port: 443",
                    "X-Forwarded-Proto: https",
                    $"X-Forwarded-Uri: {target}",
                    "Accept-Encoding: gzip",
                ]
            ),
            _ => throw new ArgumentOutOfRangeException(nameof(gateway)),
        };
}
