using HxFunctions.Core.Hosting;
using HxFunctions.Core.Snapshots;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;

namespace HxFunctions.Tests.Access;

/// <summary>A key is checked before any work, and who has none learns nothing.</summary>
public class KeysFirstTests
{
    private const string Wrong = "x-functions-key: made-up-wrong-key-of-tests";

    public static TheoryData<string> Requests =>
        [
            "GET /health/all?live=true",
            "GET /health/db",
            "GET /health/thing",
            "GET /guard?path=/v1/keys",
            "GET /guard",
            "GET /guard/check/v1/keys",
            "PROPFIND /guard/check",
            "GET /guard/verdicts",
            "GET /status",
            "GET /status/history",
            "GET /override",
            "DELETE /override?by=x",
            "POST /override",
        ];

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Wrong_key_is_a_bare_401_and_starts_nothing(string requestLine)
    {
        StubCheck thing = new();
        await using HxInstance hx = await Surface.StartCheckedAsync(thing, ("WRAPPER_KEYS", Surface.Keys));
        int calls = thing.Calls;

        RawResponse wrong = await hx.RawAsync(requestLine, Wrong);
        RawResponse missing = await hx.RawAsync(requestLine);

        foreach (RawResponse answer in new[] { wrong, missing })
        {
            Assert.Equal((401, ""), (answer.Status, answer.Body));
            Assert.Equal(
                ["Cache-Control", "Connection", "Content-Length", "Date", "X-Content-Type-Options"],
                answer.Headers.Keys.Order(StringComparer.Ordinal)
            );
        }

        Assert.Equal(calls, thing.Calls);
        // Who may not ask isn't use: the guard goes on looking as seldom as before.
        Assert.False(hx.Services.GetRequiredService<GuardKnowledge>().IsInUse);
        Assert.Null(hx.Snapshot.OverrideAt(BootTimeProvider.Instance.GetTimestamp()));
    }

    /// <summary>A key of too low a level gets what a wrong one gets.</summary>
    [Fact]
    public async Task Function_key_is_told_nothing_of_what_needs_the_master_key()
    {
        await using HxInstance hx = await Surface.StartAsync(new StubCheck(), ("WRAPPER_KEYS", Surface.Keys));

        RawResponse low = await hx.RawAsync("GET /override", Surface.FunctionKey);
        RawResponse wrong = await hx.RawAsync("GET /override", Wrong);

        Assert.Equal((401, wrong.Status, ""), (low.Status, low.Status, low.Body));
        Assert.Equal(wrong.Headers.Keys.Order(StringComparer.Ordinal), low.Headers.Keys.Order(StringComparer.Ordinal));
    }

    /// <summary>The same request with a right key makes use and starts a probe: what the tests above look at does move.</summary>
    [Fact]
    public async Task Right_key_is_use_and_starts_a_probe()
    {
        StubCheck thing = new();
        await using HxInstance hx = await Surface.StartAsync(thing, ("WRAPPER_KEYS", Surface.Keys));

        await hx.RawAsync("GET /guard?path=/v1/keys", Surface.FunctionKey);
        await hx.RawAsync("GET /health/all?live=true", Surface.FunctionKey);

        Assert.True(hx.Services.GetRequiredService<GuardKnowledge>().IsInUse);
        Assert.NotEqual(0, thing.Calls);
    }

    /// <summary>The answer comes although the body never does.</summary>
    [Fact]
    public async Task Body_of_a_request_with_a_wrong_key_is_not_waited_for()
    {
        await using HxInstance hx = await Surface.StartAsync(new StubCheck(), ("WRAPPER_KEYS", Surface.Keys));
        using RawConnection client = new(hx.Address);

        await client.SendAsync(
            $"POST /override HTTP/1.1\r\nHost: test\r\n{Wrong}\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{{"
        );

        Assert.StartsWith("HTTP/1.1 401 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
    }
}
