using System.Text.Json;
using HxFunctions.Tests.Http;
using HxFunctions.Tests.Servers;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Browser;

/// <summary>An ordinary cache with its default key, the URL, in front of the guard: a browser's own, which obeys Cache-Control and
/// Vary.</summary>
public sealed class KeptAnswerTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const string Ask = """
        async ([path, method]) => {
          performance.clearResourceTimings();
          const answer = await fetch('/guard', { headers: { 'X-Original-URI': path, 'X-Original-Method': method } });
          const body = await answer.json();
          const entry = performance.getEntriesByType('resource').at(-1);
          return JSON.stringify({ status: answer.status, rule: body.rule, kept: entry !== undefined && entry.transferSize === 0 });
        }
        """;

    [Fact]
    public async Task Cache_that_knows_the_url_alone_keeps_what_no_rule_guards_and_mixes_nothing_up()
    {
        await using HxInstance hx = await Surface.StartCheckedAsync(
            StubCheck.Failing(),
            ("GUARD_ROUTES", "/v1/keys=thing;/v1/mixed POST=thing")
        );
        await using WatchedPage watched = await chromium.OpenAsync();
        await watched.GoAsync(new(hx.Address, "/healthz/live"));

        // Within the seconds that it may be kept for, it comes without a request.
        await Eventually.TrueAsync(async () => await AskAsync("/v1/models", "GET") is (200, null, true));
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal((503, "/v1/keys", false), await AskAsync("/v1/keys", "GET"));
            Assert.Equal((503, "/v1/mixed", false), await AskAsync("/v1/mixed", "POST"));
            (int status, string? rule, _) = await AskAsync("/v1/mixed", "GET");
            Assert.Equal((200, null), (status, rule));
            (status, rule, _) = await AskAsync("/v1/models", "GET");
            Assert.Equal((200, null), (status, rule));
        }

        async Task<(int Status, string? Rule, bool IsKept)> AskAsync(string path, string method)
        {
            JsonElement answer = JsonDocument.Parse(await watched.Page.EvaluateAsync<string>(Ask, new[] { path, method })).RootElement;
            return (
                answer.GetProperty("status").GetInt32(),
                answer.GetProperty("rule").GetString(),
                answer.GetProperty("kept").GetBoolean()
            );
        }
    }
}
