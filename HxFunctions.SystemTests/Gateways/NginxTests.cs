using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using HxFunctions.Servers;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Routing;
using HxFunctions.Tests.Serving;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>The configuration of infra/gateways/nginx in a real nginx, before the real guard and a backend that counts its
/// connections.</summary>
public sealed class NginxTests : IAsyncLifetime
{
    private const string OwnWords = "The guard gave no usable answer.";

    private readonly ConcurrentQueue<(string Target, string Method, string Body, IHeaderDictionary Headers)> _seen = [];
    private StandInServer _backend = null!;
    private FaultProxy _counter = null!;

    public async Task InitializeAsync()
    {
        _backend = await StandInServer.StartAsync();
        _backend.Answer = async context =>
        {
            using StreamReader reader = new(context.Request.Body);
            string target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
            _seen.Enqueue((target, context.Request.Method, await reader.ReadToEndAsync(), context.Request.Headers));
            if (target.EndsWith("/403", StringComparison.Ordinal))
            {
                context.Response.StatusCode = 403;
            }

            context.Response.ContentLength = 7;
            await context.Response.WriteAsync("backend");
        };
        _counter = FaultProxy.Start(_backend.Port);
    }

    public async Task DisposeAsync()
    {
        await _counter.DisposeAsync();
        await _backend.DisposeAsync();
    }

    [Fact]
    public async Task Closed_route_gets_the_guards_problem_and_a_model_route_is_untouched()
    {
        await using HxInstance hx = await StartGuardAsync(StubCheck.Failing());
        await using NginxServer nginx = await StartAsync(hx);

        foreach (string method in new[] { "GET", "POST", "DELETE" })
        {
            RawResponse refused = (await nginx.SendAsync(method, "/v1/keys/abc?x=1", "a body"))!;
            Assert.Equal((503, "application/problem+json"), (refused.Status, refused.Headers["Content-Type"]));
            JsonElement problem = JsonDocument.Parse(refused.Body).RootElement;
            Assert.Equal("Gateway dependency unavailable: thing.", problem.GetProperty("detail").GetString());
            Assert.Equal(
                problem.GetProperty("retryAfterSeconds").GetInt32().ToString(CultureInfo.InvariantCulture),
                refused.Headers["Retry-After"]
            );
        }

        Assert.Equal((503, ""), (await nginx.SendAsync("HEAD", "/v1/keys"))! is var head ? (head.Status, head.Body) : default);
        Assert.Equal(0, _counter.Accepted);

        const string Target = "/v1//models/a%2Fb;c/./%7e?q=%20&path=/v1/keys";
        Assert.Equal(200, (await nginx.SendAsync("POST", Target, "a body"))!.Status);
        Assert.Equal(
            (Target, "POST", "a body"),
            _seen.TryDequeue(out (string Target, string Method, string Body, IHeaderDictionary Headers) seen)
                ? (seen.Target, seen.Method, seen.Body)
                : default
        );
    }

    [Fact]
    public async Task Open_route_passes_without_the_guards_key_and_errors_of_the_backend_stay()
    {
        await using HxInstance hx = await StartGuardAsync(new StubCheck());
        await using NginxServer nginx = await StartAsync(hx);

        Assert.Equal((200, "backend"), (await nginx.SendAsync("POST", "/v1/keys", "x"))! is var open ? (open.Status, open.Body) : default);
        Assert.Equal((403, "backend"), (await nginx.SendAsync("POST", "/v1/models/403"))! is var own ? (own.Status, own.Body) : default);
        Assert.Equal(404, (await nginx.SendAsync("GET", "/hx-guard/check"))!.Status);
        Assert.All(
            _seen,
            seen =>
                Assert.DoesNotContain(
                    NginxServer.Key,
                    string.Concat(seen.Headers.Select(header => header.Value.ToString())),
                    StringComparison.Ordinal
                )
        );
    }

    [Fact]
    public async Task No_way_to_write_a_guarded_path_gets_past_the_guard()
    {
        await using HxInstance hx = await StartGuardAsync(StubCheck.Failing());
        await using NginxServer nginx = await StartAsync(hx);
        string[] targets =
        [
            .. new[] { RouteMatcherHostileTests.AllKeys, RouteMatcherHostileTests.AllKeyGenerate, RouteMatcherHostileTests.AllUndecidable }
                .SelectMany(table => table.Cast<object[]>())
                .Select(row => RouteMatcherTests.Unescape((string)row[0]))
                // Half a surrogate pair has no bytes.
                .Where(target => !target.EnumerateRunes().Contains(Rune.ReplacementChar)),
        ];
        List<string> passed = [];
        foreach (string target in targets)
        {
            // A target that is no line of HTTP is nginx's to refuse. An answer with 400 may be the backend's own, so its connections count.
            int before = _counter.Accepted;
            if (
                await nginx.SendAsync("POST", target, "", "X-Original-URI: /v1/models") is not (null or { Status: 400 or 503 })
                || _counter.Accepted > before
            )
            {
                passed.Add(target);
            }
        }

        Assert.Equal([], passed);
        Assert.InRange(targets.Length, 150, 1000);
    }

    [Theory]
    [InlineData("X-Original-URI: /v1/models", "X-Original-Method: GET")]
    [InlineData("X-Forwarded-Uri: /v1/models", "X-Forwarded-Method: GET")]
    [InlineData("x-hx-verdict: open", "x-functions-key: another")]
    [InlineData("X-HTTP-Method-Override: GET", "X-Original-URL: /v1/models")]
    [InlineData("X-Rewrite-URL: /v1/models", "Connection: X-Original-URI")]
    public async Task Guard_headers_of_a_client_are_without_effect(params string[] headers)
    {
        await using HxInstance closed = await StartGuardAsync(StubCheck.ReadOnly());
        await using NginxServer nginx = await StartAsync(closed);

        RawResponse refused = (await nginx.SendAsync("POST", "/v1/keys", "", headers))!;
        Assert.Equal(503, refused.Status);
        Assert.Contains("\"thing\":\"read_only\"", refused.Body, StringComparison.Ordinal);
        Assert.Equal(0, _counter.Accepted);
        Assert.Equal(200, (await nginx.SendAsync("GET", "/v1/keys", "", headers))!.Status);
        Assert.Equal(200, (await nginx.SendAsync("POST", "/v1/models", "", headers))!.Status);
    }

    [Fact]
    public async Task Question_holds_nothing_of_the_callers_request_but_path_and_method()
    {
        await using StandInServer guard = await StandInServer.StartAsync();
        ConcurrentQueue<string> questions = [];
        guard.Answer = context =>
        {
            HttpRequest request = context.Request;
            questions.Enqueue(
                $"{request.Method} {request.Path}{request.QueryString} "
                    + string.Join("; ", request.Headers.Select(header => $"{header.Key.ToUpperInvariant()}: {header.Value}").Order())
            );
            return StandInServer.Say(403, "{}")(context);
        };
        await using NginxServer nginx = await NginxServer.StartAsync(guard.Port, _counter.Port);

        await nginx.SendAsync(
            "PATCH",
            "/v1//keys%2f?code=secret",
            "a body",
            "Authorization: a caller's",
            "Cookie: a=b",
            "X-Forwarded-Uri: /v1/models",
            "x-functions-key: another"
        );

        const string Headers =
            $"HOST: hx_guard; X-FUNCTIONS-KEY: {NginxServer.Key}; X-ORIGINAL-METHOD: PATCH; X-ORIGINAL-URI: /v1//keys%2f";
        Assert.Equal([$"GET /guard/check {Headers}", $"GET /guard {Headers}"], questions);
    }

    [Fact]
    public async Task Guard_that_is_down_or_refuses_the_key_closes_everything()
    {
        await using HxInstance hx = await StartGuardAsync(new StubCheck());
        await using NginxServer down = await NginxServer.StartAsync(FreePort.Next(), _counter.Port),
            wrongKey = await StartAsync(hx, "another-made-up-key");

        foreach (NginxServer nginx in new[] { down, wrongKey })
        {
            foreach (string target in new[] { "/v1/keys", "/v1/models" })
            {
                AssertOwnWords(await nginx.SendAsync("POST", target, "a body"));
            }
        }

        Assert.Equal(0, _counter.Accepted);
    }

    /// <summary>Whatever the answers to nginx's two questions are, nothing but a plain "open" passes.</summary>
    [Theory]
    [InlineData(500, 500)]
    [InlineData(404, 404)]
    [InlineData(400, 400)]
    [InlineData(302, 302)]
    [InlineData(403, 500)]
    [InlineData(403, 403)]
    [InlineData(403, 401)]
    public async Task Odd_answer_of_the_guard_closes(int check, int words)
    {
        await using StandInServer guard = await StandInServer.StartAsync();
        guard.Answer = context => StandInServer.Say(context.Request.Path == "/guard/check" ? check : words, "{}")(context);
        await using NginxServer nginx = await NginxServer.StartAsync(guard.Port, _counter.Port);

        RawResponse answer = (await nginx.SendAsync("POST", "/v1/keys"))!;
        if (words == 302)
        {
            Assert.Equal(503, answer.Status);
        }
        else
        {
            AssertOwnWords(answer);
        }

        Assert.Equal(0, _counter.Accepted);
    }

    [Fact]
    public async Task Guard_that_hangs_closes()
    {
        await using StandInServer guard = await StandInServer.StartAsync();
        guard.Answer = StandInServer.NeverAsync;
        await using NginxServer nginx = await NginxServer.StartAsync(guard.Port, _counter.Port, patient: false);

        AssertOwnWords(await nginx.SendAsync("POST", "/v1/keys"));
        Assert.Equal(0, _counter.Accepted);
    }

    [Fact]
    public async Task Success_without_the_word_open_passes_nothing()
    {
        await using StandInServer guard = await StandInServer.StartAsync();
        guard.Answer = context => context.Response.WriteAsync("Welcome!");
        await using NginxServer nginx = await NginxServer.StartAsync(guard.Port, _counter.Port);

        Assert.Equal(502, (await nginx.SendAsync("POST", "/v1/keys"))!.Status);
        Assert.Equal(0, _counter.Accepted);
    }

    [Fact]
    public async Task Guard_that_opens_between_the_two_questions_refuses_all_the_same()
    {
        await using StandInServer guard = await StandInServer.StartAsync();
        guard.Answer = context =>
            context.Request.Path == "/guard/check"
                ? StandInServer.Say(403, "{}")(context)
                : StandInServer.Say(200, StandInServer.Open)(context);
        await using NginxServer nginx = await NginxServer.StartAsync(guard.Port, _counter.Port);

        Assert.Equal(503, (await nginx.SendAsync("POST", "/v1/keys"))!.Status);
        Assert.Equal(0, _counter.Accepted);
    }

    private static void AssertOwnWords(RawResponse? answer)
    {
        Assert.Equal(
            (503, "application/problem+json", "5"),
            (answer!.Status, answer.Headers["Content-Type"], answer.Headers["Retry-After"])
        );
        Assert.Equal(OwnWords, JsonDocument.Parse(answer.Body).RootElement.GetProperty("detail").GetString());
    }

    private static Task<HxInstance> StartGuardAsync(StubCheck thing) =>
        Surface.StartCheckedAsync(thing, ("WRAPPER_KEYS", Surface.Keys), ("GUARD_ROUTES", "/v1/keys=thing;/key=thing"));

    private Task<NginxServer> StartAsync(HxInstance hx, string key = NginxServer.Key) =>
        NginxServer.StartAsync(hx.Address.Port, _counter.Port, key);
}
