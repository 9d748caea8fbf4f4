using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using HxFunctions.Core.Http;
using HxFunctions.Servers;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.SystemTests.Gateways;

/// <summary>Model traffic without the guard: kept answers and the allowlist.</summary>
public abstract partial class GatewayMatrixTests
{
    [Fact]
    public async Task Dead_guard_closes_what_it_guards_and_what_was_never_asked_about()
    {
        await using HxInstance guard = await StartGuardAsync(new StubCheck());
        await using FaultProxy way = FaultProxy.Start(guard.Address.Port);
        await using IGateway gateway = await StartGatewayAsync(way.Port);
        AssertPassed(await gateway.SendAsync("POST", "/v1/keys"));
        AssertPassed(await gateway.SendAsync("POST", "/v1/chat/completions?x=1"));
        AssertPassed(await gateway.SendAsync("GET", "/v1/mixed"));
        AssertPassed(await gateway.SendAsync("POST", "/v1/mixed"));

        await way.SetAsync(FaultMode.Reset);

        AssertOwnWords(await gateway.SendAsync("POST", "/v1/keys"), "guarded");
        AssertOwnWords(await gateway.SendAsync("POST", "/v1/mixed"), "guarded for this method");
        AssertOwnWords(await gateway.SendAsync("POST", "/v1/embeddings"), "never asked about");
        AssertOwnWords(await gateway.SendAsync("GET", "/v1/chat/completions"), "never asked about with this method");
        AssertOwnWords(await gateway.SendAsync("POST", "/v1/chat/completions/"), "never asked about in this spelling");
        foreach ((string method, string target) in new[] { ("POST", "/v1/chat/completions?x=2"), ("GET", "/v1/mixed") })
        {
            for (int i = 0; i < 3; i++)
            {
                RawResponse? answer = await gateway.SendAsync(method, target, "");
                if (KeepsAnswers)
                {
                    AssertPassed(answer, target);
                }
                else
                {
                    AssertOwnWords(answer, target);
                }
            }
        }

        await way.SetAsync(FaultMode.Pass);
        await Eventually.TrueAsync(async () =>
            await gateway.SendAsync("POST", "/v1/keys") is { } answer && answer.Headers.ContainsKey("x-backend")
        );
    }

    /// <summary>What is kept passes, after the time that an answer has at most; all else is closed.</summary>
    [Fact]
    public async Task Hung_guard_is_outlived_by_what_is_kept()
    {
        await using StandInServer guard = await StandInServer.StartAsync();
        guard.Answer = KeepableAsync;
        await using IGateway gateway = await StartGatewayAsync(new GatewaySetup(guard.Port, Backend.Port) { IsPatient = false });
        AssertPassed(await gateway.SendAsync("POST", "/v1/chat/completions"));
        int hung = 0;
        guard.Answer = context =>
        {
            Interlocked.Increment(ref hung);
            return StandInServer.NeverAsync(context);
        };

        // For a second nobody asks.
        if (KeepsAnswers)
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    AssertPassed(await gateway.SendAsync("POST", "/v1/chat/completions"), "kept");
                    return Volatile.Read(ref hung) > 0;
                },
                "the guard was never asked again"
            );
        }

        long since = Stopwatch.GetTimestamp();
        RawResponse? kept = await gateway.SendAsync("POST", "/v1/chat/completions");
        Assert.InRange(Stopwatch.GetElapsedTime(since).TotalSeconds, 0, 12);
        if (KeepsAnswers)
        {
            AssertPassed(kept, "kept");
        }
        else
        {
            AssertOwnWords(kept, "kept by nobody");
        }

        AssertOwnWords(await gateway.SendAsync("POST", "/v1/keys"), "never asked about");
    }

    /// <summary>With a wrong key, or another service on the guard's port, what was kept doesn't pass either, once a second is over; nor
    /// later, when the guard gives no answer.</summary>
    [Theory]
    [InlineData(401)]
    [InlineData(404)]
    [InlineData(200)]
    public async Task Answer_that_is_not_the_guards_ends_what_is_kept(int status)
    {
        await using StandInServer guard = await StandInServer.StartAsync();
        guard.Answer = KeepableAsync;
        await using IGateway gateway = await StartGatewayAsync(guard.Port);
        AssertPassed(await gateway.SendAsync("POST", "/v1/chat/completions"));

        guard.Answer = context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync("<h1>Welcome!</h1>");
        };
        await Eventually.TrueAsync(async () => await gateway.SendAsync("POST", "/v1/chat/completions") is { Status: 503 });

        AssertOwnWords(await gateway.SendAsync("POST", "/v1/chat/completions"), "not the guard's");
        guard.Answer = StandInServer.Abort;
        await AssertForgottenAsync(gateway);
    }

    /// <summary>The guard has been started again with other rules, and dies: what it said before doesn't open the path.</summary>
    [Fact]
    public async Task Path_that_a_rule_guards_now_is_forgotten()
    {
        await using StandInServer guard = await StandInServer.StartAsync();
        guard.Answer = KeepableAsync;
        await using IGateway gateway = await StartGatewayAsync(guard.Port);
        AssertPassed(await gateway.SendAsync("POST", "/v1/chat/completions"));
        int asked = 0;
        guard.Answer = context =>
        {
            Interlocked.Increment(ref asked);
            context.Response.Headers.CacheControl = "no-store";
            return StandInServer.Say(200, "")(context);
        };
        // While an answer is kept, one request a second asks, and on a busy machine its answer may come too late to count. Two in a row ask
        // when nothing is kept any more.
        await Eventually.TrueAsync(async () =>
        {
            int before = Volatile.Read(ref asked);
            AssertPassed(await gateway.SendAsync("POST", "/v1/chat/completions"));
            AssertPassed(await gateway.SendAsync("POST", "/v1/chat/completions"));
            return Volatile.Read(ref asked) == before + 2;
        });

        guard.Answer = StandInServer.Abort;

        await AssertForgottenAsync(gateway);
    }

    private async Task AssertForgottenAsync(IGateway gateway)
    {
        RawResponse? answer = await gateway.SendAsync("POST", "/v1/chat/completions");
        if (KeepsAnswers && !ForgetsAtOnce)
        {
            AssertPassed(answer, "until the hour ends");
        }
        else
        {
            AssertOwnWords(answer, "forgotten");
        }
    }

    private protected static Task KeepableAsync(HttpContext context)
    {
        context.Response.Headers["x-hx-verdict"] = "open";
        context.Response.Headers.CacheControl = GuardAnswer.Keepable;
        return Task.CompletedTask;
    }

    /// <summary>What is kept never speaks for what a rule guards: that is asked about each time.</summary>
    [Fact]
    public async Task Guarded_route_is_asked_about_each_time()
    {
        StubCheck thing = new();
        await using HxInstance guard = await StartGuardAsync(thing);
        await using IGateway gateway = await StartGatewayAsync(guard);
        foreach (string method in new[] { "GET", "POST" })
        {
            AssertPassed(await gateway.SendAsync(method, "/v1/mixed"), method);
            AssertPassed(await gateway.SendAsync(method, "/v1/keys"), method);
        }

        thing.Result = StubCheck.Failing().Result;
        await Eventually.TrueAsync(async () => (await guard.RawAsync("GET /guard?path=/v1/keys", Surface.FunctionKey)).Status == 503);

        AssertGuardsWords(await gateway.SendAsync("POST", "/v1/mixed"), "POST /v1/mixed");
        AssertGuardsWords(await gateway.SendAsync("POST", "/v1/keys"), "POST /v1/keys");
        AssertGuardsWords(await gateway.SendAsync("GET", "/v1/keys"), "GET /v1/keys");
        AssertPassed(await gateway.SendAsync("GET", "/v1/mixed"));
    }

    /// <summary>An entry passes without a question, exactly as it stands there. Every other spelling is asked about.</summary>
    [Fact]
    public async Task Allowlist_passes_unasked_exactly_what_stands_in_it()
    {
        await using StandInServer guard = await StandInServer.StartAsync();
        ConcurrentQueue<string> asked = [];
        guard.Answer = context =>
        {
            asked.Enqueue($"{context.Request.Headers["X-Original-Method"]} {context.Request.Headers["X-Original-URI"]}");
            return StandInServer.Say(context.Request.Path == "/guard/check" ? 403 : 503, StandInServer.Closed)(context);
        };
        await using IGateway gateway = await StartGatewayAsync(new GatewaySetup(guard.Port, Backend.Port) { HasAllowlist = true });

        AssertPassed(await gateway.SendAsync("POST", "/v1/chat/completions", "a body"));
        AssertPassed(await gateway.SendAsync("POST", "/v1/chat/completions?api-version=/../key", "a body"));
        AssertPassed(await gateway.SendAsync("GET", "/v1/models"));
        using HttpClient client = GatewayRequests.NewClient();
        client.DefaultRequestVersion = HttpVersion.Version20;
        client.DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        using HttpResponseMessage overHttp2 = await client.GetAsync(new Uri($"http://127.0.0.1:{gateway.Http2Port}/v1/models?x"));
        Assert.Equal(HttpStatusCode.OK, overHttp2.StatusCode);
        Assert.Equal([], asked);

        string[] others =
        [
            "GET /v1/chat/completions",
            "POST /v1/chat/completions/",
            "POST /v1/chat/completions/../../keys",
            "POST /v1/chat//completions",
            "POST /V1/chat/completions",
            "POST /v1/chat/%63ompletions",
            "POST /v1/chat/completions;x",
            "POST /v1/chat/completions%3f",
            "POST /v1/chat/completions%0a",
            "POST /v1/chat/completionsx",
            "POST /x/v1/chat/completions",
            "POST /v1/models",
        ];
        foreach (string other in others)
        {
            string[] parts = other.Split(' ');
            RawResponse? answer = await gateway.SendAsync(parts[0], parts[1]);
            // A gateway may refuse a line by itself.
            Assert.True(answer is null || (answer.Status is 400 or 503 && !answer.Headers.ContainsKey("x-backend")), other);
        }

        Assert.True(asked.Distinct().Count() >= others.Length - 2, string.Join(", ", asked));
    }

    [Fact]
    public async Task Allowlist_outlives_the_guard()
    {
        await using IGateway gateway = await StartGatewayAsync(new GatewaySetup(FreePort.Next(), Backend.Port) { HasAllowlist = true });

        AssertPassed(await gateway.SendAsync("POST", "/v1/chat/completions", "a body"));
        AssertOwnWords(await gateway.SendAsync("POST", "/v1/chat/completions/"), "another spelling");
        AssertOwnWords(await gateway.SendAsync("POST", "/v1/keys"), "guarded");
    }

    /// <summary>Off by default: every path is asked about.</summary>
    [Fact]
    public async Task Without_the_allowlist_each_path_is_asked_about()
    {
        await using StandInServer guard = await StandInServer.StartAsync();
        guard.Answer = StandInServer.Say(503, StandInServer.Closed);
        await using IGateway gateway = await StartGatewayAsync(guard.Port);

        RawResponse answer = (await gateway.SendAsync("POST", "/v1/chat/completions", "a body"))!;

        Assert.Equal(503, answer.Status);
        Assert.False(answer.Headers.ContainsKey("x-backend"));
    }
}
