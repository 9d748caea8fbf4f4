using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using HxFunctions.Servers;
using HxFunctions.Tests.Bypass;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Routing;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>The guard: how it is asked, and what comes of its answers.</summary>
public abstract partial class GatewayMatrixTests
{
    /// <summary>A gateway that asks says the guard's own words on the canary, in whatever spelling.</summary>
    [Fact]
    public async Task Canary_is_refused()
    {
        await using HxInstance guard = await StartGuardAsync(new StubCheck());
        await using IGateway gateway = await StartGatewayAsync(guard);

        foreach (string target in new[] { "/.hx/canary", "/.HX/canary?x", "/x/..;/.hx//canary/" })
        {
            RawResponse answer = (await gateway.SendAsync("GET", target))!;
            Assert.Equal(503, answer.Status);
            Assert.Contains("urn:hxfunctions:problem:canary", answer.Body, StringComparison.Ordinal);
        }
    }

    /// <summary>None of the spellings that anyone has thought of reaches an admin handler, whichever parser the backend has.</summary>
    [Theory]
    [InlineData("h11")]
    [InlineData("httptools")]
    public async Task No_way_to_write_a_guarded_path_reaches_an_admin_handler(string parser)
    {
        await using ModelBackend backend = await ModelBackend.StartAsync(parser);
        await using HxInstance guard = await StartMountedGuardAsync();
        await using IGateway gateway = await StartGatewayAsync(new GatewaySetup(guard.Address.Port, backend.Port));
        string[] targets = Spellings();
        int refused = 0;
        foreach (string target in targets)
        {
            RawResponse? answer = await gateway.SendAsync("POST", target, "", "X-Original-URI: /v1/models");
            refused += answer is { Status: 503 } ? 1 : 0;
        }

        Assert.Empty(await backend.ReachedAdminAsync());
        Assert.InRange(targets.Length, 208, 2000);
        // The others are no lines of HTTP to it, or lead nowhere.
        Assert.True(refused > targets.Length / 2, $"{refused} of {targets.Length}");
        output.WriteLine($"{targets.Length} spellings, {refused} refused by the guard's word");
    }

    /// <summary>Nor does it over HTTP/2, where a path is a field like others, and a host may hold what ends a path elsewhere.</summary>
    [Theory]
    [InlineData("h11")]
    [InlineData("httptools")]
    public async Task No_way_to_write_a_request_of_HTTP_2_reaches_an_admin_handler(string parser)
    {
        await using ModelBackend backend = await ModelBackend.StartAsync(parser);
        await using HxInstance guard = await StartMountedGuardAsync();
        await using IGateway gateway = await StartGatewayAsync(new GatewaySetup(guard.Address.Port, backend.Port));
        string[] authorities = ["x?", "a?b", "x#", "x/", "x/v1/models?", "u@x", "x:1?", "x;", "x\\", "x ", "", "/v1/models?", "http://x?"];
        foreach (string authority in authorities)
        {
            await RawHttp2.SendAsync(gateway.Http2Port!.Value, "POST", "/key/generate", authority);
            await RawHttp2.SendAsync(gateway.Http2Port!.Value, "DELETE", "/v1/keys/abc?x", authority);
        }

        string[] targets = [.. Spellings(), "http://x?/key/generate", "x?/key/generate", "key/generate", "?/../key/generate", ""];
        foreach (string target in targets)
        {
            await RawHttp2.SendAsync(gateway.Http2Port!.Value, "POST", target, "test");
        }

        Assert.Empty(await backend.ReachedAdminAsync());
        output.WriteLine($"{authorities.Length} hosts, {targets.Length} spellings");
    }

    /// <summary>A guard of a gateway that may be mounted, whose dependency is down.</summary>
    private static Task<HxInstance> StartMountedGuardAsync() =>
        Surface.StartCheckedAsync(
            StubCheck.Failing(),
            ("WRAPPER_KEYS", Surface.Keys),
            ("GUARD_ROUTES", Rules),
            ("GUARD_BASE_PATH", AdminRoutes.BasePath)
        );

    /// <summary>By hand, and by the disguises.</summary>
    private static string[] Spellings() =>
        [
            .. new[] { RouteMatcherHostileTests.AllKeys, RouteMatcherHostileTests.AllKeyGenerate, RouteMatcherHostileTests.AllUndecidable }
                .SelectMany(table => table.Cast<object[]>())
                .Select(row => RouteMatcherTests.Unescape((string)row[0]))
                .Concat(
                    Disguises.All.SelectMany(disguise =>
                        Enumerable
                            .Range(0, 4)
                            .Select(seed => new Disguised(seed % 2 == 0 ? "/v1/keys/abc" : "/key/generate", [disguise], seed).Path)
                    )
                )
                // Half a surrogate pair has no bytes.
                .Where(target => !target.EnumerateRunes().Contains(Rune.ReplacementChar))
                .Distinct(StringComparer.Ordinal),
        ];

    [Theory]
    [InlineData("X-Original-URI: /v1/models", "X-Original-Method: GET")]
    [InlineData("X-Forwarded-Uri: /v1/models", "X-Forwarded-Method: GET")]
    [InlineData("x-hx-verdict: open", "x-functions-key: another")]
    [InlineData("X_Original_URI: /v1/models", "X_Original_Method: GET")]
    [InlineData("x_hx_verdict: open", "x_functions_key: another")]
    [InlineData("X-HTTP-Method-Override: GET", "X-Original-URL: /v1/models")]
    [InlineData("X-Rewrite-URL: /v1/models", "Connection: X-Original-URI, X-Original-Method, X-Functions-Key")]
    [InlineData("Cache-Control: max-stale=9999, only-if-cached", "Pragma: no-cache")]
    public async Task Headers_of_a_client_are_without_effect(params string[] headers)
    {
        await using HxInstance guard = await StartGuardAsync(StubCheck.ReadOnly());
        await using IGateway gateway = await StartGatewayAsync(guard);

        RawResponse refused = (await gateway.SendAsync("POST", "/v1/keys", "", headers))!;

        Assert.Equal(503, refused.Status);
        Assert.Contains("\"thing\":\"read_only\"", refused.Body, StringComparison.Ordinal);
        AssertPassed(await gateway.SendAsync("GET", "/v1/keys", "", headers));
        AssertPassed(await gateway.SendAsync("POST", "/v1/models", "", headers));
    }

    /// <summary>The guard gets path, method and key; the backend gets neither the key nor a client's word on the verdict.</summary>
    [Fact]
    public async Task Question_holds_nothing_of_the_callers_but_path_and_method()
    {
        await using StandInServer guard = await StandInServer.StartAsync();
        ConcurrentQueue<string> questions = [];
        guard.Answer = context =>
        {
            HttpRequest request = context.Request;
            questions.Enqueue(
                $"{request.Method} {request.Path}{request.QueryString} {request.ContentLength ?? 0} "
                    + string.Join("; ", request.Headers.Select(header => $"{header.Key}: {header.Value}").Order())
            );
            return StandInServer.Say(200, StandInServer.Open)(context);
        };
        await using IGateway gateway = await StartGatewayAsync(guard.Port);

        RawResponse answer = (
            await gateway.SendAsync(
                "PATCH",
                "/v1//models%2f?code=secret",
                "a body",
                [
                    "Cookie: a=secret",
                    .. CallersKeys.Headers.Select(name => $"{name}: a secret"),
                    "langfuse_trace_user_id: a secret",
                    "X-Forwarded-Uri: /v1/keys",
                    "x-hx-verdict: forged",
                ]
            )
        )!;

        string question = Assert.Single(questions);
        Assert.DoesNotContain("secret", question, StringComparison.Ordinal);
        Assert.DoesNotContain("forged", question, StringComparison.Ordinal);
        Assert.DoesNotContain("/v1/keys", question, StringComparison.Ordinal);
        Assert.StartsWith("HEAD /guard", question, StringComparison.Ordinal);
        Assert.Contains("x-original-uri: /v1//models%2f", question, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("x-original-method: PATCH", question, StringComparison.OrdinalIgnoreCase);
        Assert.Contains($"x-functions-key: {GatewaySetup.MadeUpKey}", question, StringComparison.OrdinalIgnoreCase);
        Arrived arrived = Arrived.Parse(answer.Body);
        Assert.Equal(["a secret"], arrived.Values("authorization"));
        Assert.DoesNotContain(arrived.Headers, header => header.Value.Contains(GatewaySetup.MadeUpKey, StringComparison.Ordinal));
        Assert.DoesNotContain("forged", arrived.Values("x-hx-verdict"));
    }

    /// <summary>Another service on the guard's port, and a guard that speaks nonsense: nothing but a plain "open" passes, and the caller
    /// gets no page of theirs.</summary>
    [Theory]
    [InlineData(200, "none")]
    [InlineData(200, "closed")]
    [InlineData(200, "OPEN?")]
    [InlineData(302, "none")]
    [InlineData(400, "none")]
    [InlineData(401, "none")]
    [InlineData(403, "none")]
    [InlineData(404, "none")]
    [InlineData(500, "none")]
    [InlineData(502, "none")]
    [InlineData(503, "none")]
    [InlineData(503, "open")]
    public async Task Answer_that_is_not_the_guards_closes(int status, string word)
    {
        await using StandInServer guard = await StandInServer.StartAsync();
        guard.Answer = context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.Location = "/elsewhere";
            if (word != "none")
            {
                context.Response.Headers["x-hx-verdict"] = word;
            }

            return context.Response.WriteAsync("<h1>Welcome!</h1>");
        };
        await using IGateway gateway = await StartGatewayAsync(guard.Port);

        AssertOwnWords(await gateway.SendAsync("POST", "/v1/keys", "a body"), "guarded");
        AssertOwnWords(await gateway.SendAsync("GET", "/v1/models"), "not guarded");
    }

    /// <summary>The guard says closed; then, asked for its words, says this.</summary>
    [Theory]
    [InlineData(200, "open")]
    [InlineData(401, "none")]
    [InlineData(302, "none")]
    [InlineData(500, "none")]
    public async Task Guard_that_changes_its_mind_refuses_all_the_same(int status, string word)
    {
        await using StandInServer guard = await StandInServer.StartAsync();
        guard.Answer = context =>
        {
            bool isCheck = context.Request.Method == "HEAD";
            context.Response.StatusCode =
                !isCheck ? status
                : context.Request.Path == "/guard/check" ? 403
                : 503;
            string? said = isCheck ? "closed" : word;
            context.Response.Headers["x-hx-verdict"] = said == "none" ? default : said;
            return isCheck ? Task.CompletedTask : context.Response.WriteAsync(StandInServer.Open);
        };
        await using IGateway gateway = await StartGatewayAsync(guard.Port);

        RawResponse answer = (await gateway.SendAsync("POST", "/v1/keys"))!;

        Assert.Equal(503, answer.Status);
        Assert.False(answer.Headers.ContainsKey("x-backend"));
        Assert.True(answer.Headers.ContainsKey("Retry-After"), string.Join("; ", answer.Headers));
    }

    [Fact]
    public async Task Wrong_key_closes_everything()
    {
        await using HxInstance guard = await StartGuardAsync(new StubCheck());
        await using IGateway gateway = await StartGatewayAsync(
            new GatewaySetup(guard.Address.Port, Backend.Port) { Key = "another-made-up-key" }
        );

        AssertOwnWords(await gateway.SendAsync("POST", "/v1/keys", "a body"), "guarded");
        AssertOwnWords(await gateway.SendAsync("POST", "/v1/models", "a body"), "not guarded");
    }

    /// <summary>It has 2 s for the guard, and for its words if it asks for them.</summary>
    [Fact]
    public async Task Guard_that_hangs_closes_in_time_and_one_that_is_slow_is_waited_for()
    {
        await using StandInServer guard = await StandInServer.StartAsync();
        guard.Answer = StandInServer.NeverAsync;
        await using IGateway gateway = await StartGatewayAsync(new GatewaySetup(guard.Port, Backend.Port) { IsPatient = false });

        long since = Stopwatch.GetTimestamp();
        AssertOwnWords(await gateway.SendAsync("POST", "/v1/keys"), "hung");
        TimeSpan took = Stopwatch.GetElapsedTime(since);
        output.WriteLine($"closed after {took.TotalSeconds:0.0} s");
        Assert.InRange(took.TotalSeconds, 0.5, 12);

        guard.Answer = async context =>
        {
            await Task.Delay(300, context.RequestAborted);
            await StandInServer.Say(200, StandInServer.Open)(context);
        };
        await Eventually.TrueAsync(async () =>
            await gateway.SendAsync("POST", "/v1/chat/completions") is { } answer && answer.Headers.ContainsKey("x-backend")
        );
    }

    /// <summary>Connections to the guard and to the backend are never mixed up, as Caddy 2.6 does once in a thousand times where both
    /// proxies take part in one request.</summary>
    [Fact]
    public async Task Healthy_route_is_never_refused_however_many_ask()
    {
        await using HxInstance guard = await StartGuardAsync(new StubCheck());
        await using IGateway gateway = await StartGatewayAsync(guard);
        using HttpClient client = GatewayRequests.NewClient();
        ConcurrentQueue<string> refused = [];

        await Parallel.ForEachAsync(
            Enumerable.Range(0, 6000),
            new ParallelOptions { MaxDegreeOfParallelism = 48 },
            async (i, cancellationToken) =>
            {
                using HttpResponseMessage answer = await client.GetAsync(gateway.Url($"/v1/mixed/{i % 50}"), cancellationToken);
                if (!answer.Headers.Contains("x-backend"))
                {
                    refused.Enqueue($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(cancellationToken)}");
                }
            }
        );

        Assert.Empty(refused);
        Assert.DoesNotContain(await Backend.ReachedAdminAsync(), reached => reached.EndsWith("key at /guard", StringComparison.Ordinal));
    }

    /// <summary>Connections to the guard are used again, whatever the answer.</summary>
    [Theory]
    [InlineData("/v1/keys/a", true)]
    [InlineData("/v1/keys/a", false)]
    [InlineData("/v1/models", true)]
    public async Task Connections_to_the_guard_are_few(string target, bool isUp)
    {
        await using HxInstance guard = await StartGuardAsync(isUp ? new StubCheck() : StubCheck.Failing());
        await using FaultProxy counter = FaultProxy.Start(guard.Address.Port);
        await using IGateway gateway = await StartGatewayAsync(counter.Port);
        using HttpClient client = GatewayRequests.NewClient();

        await Parallel.ForEachAsync(
            Enumerable.Range(0, 400),
            new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (i, cancellationToken) =>
            {
                using HttpResponseMessage answer = await client.GetAsync(gateway.Url($"{target}{i}"), cancellationToken);
                Assert.Equal(target == "/v1/models" || isUp, answer.Headers.Contains("x-backend"));
            }
        );

        output.WriteLine($"{counter.Accepted} connections to the guard for 400 requests");
        Assert.InRange(counter.Accepted, 1, 32);
    }
}
