using System.Text.Json;
using HxFunctions.Core.Routing;
using HxFunctions.Tests.Serving;

namespace HxFunctions.Tests.Http;

/// <summary>An app whose variables are wrong: it stays up, closes what is guarded and tells operators why, and nobody else.</summary>
public sealed class MisconfiguredTests : IAsyncLifetime
{
    private const string Canary = "c4n4ry";
    private HxInstance _hx = null!;

    public async Task InitializeAsync() =>
        _hx = await Surface.StartAsync(
            null,
            ("WRAPPER_KEYS", Surface.Keys),
            ("GUARD_ROUTES", null),
            ("PG_URL", $"postgresql://user:{Canary}@host/db?sslmode={Canary}"),
            ("REDIS_URL", $"gopher://{Canary}"),
            ("QDRANT_URL", $"http://user:{Canary}@host"),
            ("PG_TIMEOUT", Canary),
            ("GUARD_MODE", Canary),
            ("HX_NAMESPACE", $"{{{Canary}}}"),
            ("QDRANT_API_KEY", $"@Microsoft.KeyVault(SecretUri={Canary})")
        );

    public async Task DisposeAsync() => await _hx.DisposeAsync();

    [Theory]
    [InlineData("/v1/keys", 503)]
    [InlineData("/key/generate", 503)]
    [InlineData("/v1/%6beys", 503)]
    [InlineData("/v1/models", 200)]
    [InlineData("/v1/chat/completions", 200)]
    public async Task Guarded_route_is_closed_and_all_else_is_open(string path, int status)
    {
        RawResponse answer = await _hx.RawAsync($"GET /guard?path={Uri.EscapeDataString(path)}&method=GET", Surface.FunctionKey);

        JsonElement verdict = JsonDocument.Parse(answer.Body).RootElement;
        Assert.Equal((status, status == 200 ? "open" : "closed"), (answer.Status, verdict.GetProperty("verdict").GetString()));
        if (status == 200)
        {
            return;
        }

        Assert.Equal("Gateway dependency unavailable: PostgreSQL, Redis.", verdict.GetProperty("detail").GetString());
        Assert.Equal("""{"postgres":"misconfigured","redis":"misconfigured"}""", verdict.GetProperty("reasons").GetRawText());
    }

    [Fact]
    public async Task Every_rule_is_closed_for_reads_and_writes()
    {
        RawResponse answer = await _hx.RawAsync("GET /guard/verdicts", Surface.FunctionKey);

        JsonElement[] rules = [.. JsonDocument.Parse(answer.Body).RootElement.GetProperty("rules").EnumerateArray()];
        // And the canary.
        Assert.Equal(DefaultRules.All.Rules.Count + 1, rules.Length);
        foreach (JsonElement rule in rules)
        {
            string expected = $$"""{"verdict":"closed","missing":{{rule.GetProperty("needs").GetRawText()}},"ageSeconds":null}""";
            Assert.Equal(expected, rule.GetProperty("read").GetRawText());
            Assert.Equal(expected, rule.GetProperty("write").GetRawText());
        }
    }

    [Fact]
    public async Task Ready_says_so_without_saying_what()
    {
        RawResponse answer = await _hx.RawAsync("GET /healthz/ready");

        Assert.Equal((503, """{"status":"fail","reason":"misconfigured"}"""), (answer.Status, answer.Body));
        Assert.Equal(200, (await _hx.RawAsync("GET /healthz/live")).Status);
    }

    [Fact]
    public async Task Problems_are_all_listed_behind_the_key_and_hold_no_value()
    {
        RawResponse answer = await _hx.RawAsync("GET /health/all", Surface.FunctionKey);

        string[] problems =
        [
            .. JsonDocument.Parse(answer.Body).RootElement.GetProperty("problems").EnumerateArray().Select(p => p.GetString()!),
        ];
        Assert.Equal(503, answer.Status);
        Assert.Equal(
            ["GUARD_MODE", "HX_NAMESPACE", "PG_TIMEOUT", "PG_URL", "QDRANT_API_KEY", "QDRANT_URL", "REDIS_URL"],
            problems.Select(p => p.Split(' ')[0]).Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData("GET /healthz/live", null)]
    [InlineData("GET /healthz/ready", null)]
    [InlineData("GET /healthz/deps", null)]
    [InlineData("GET /health/all", null)]
    [InlineData("GET /guard?path=/v1/keys", null)]
    [InlineData("GET /health/all", Surface.FunctionKey)]
    [InlineData("GET /health/db", Surface.FunctionKey)]
    [InlineData("GET /guard?path=/v1/keys", Surface.FunctionKey)]
    [InlineData("POST /guard/check/v1/keys", Surface.FunctionKey)]
    [InlineData("GET /guard/verdicts", Surface.FunctionKey)]
    [InlineData("GET /override", Surface.MasterKey)]
    public async Task Answer_holds_no_value_and_without_a_key_no_variable(string requestLine, string? key)
    {
        RawResponse answer = await _hx.RawAsync(requestLine, key is null ? [] : [key]);

        string all = string.Concat(answer.Headers.Select(h => $"{h.Key}: {h.Value}\n")) + answer.Body;
        Assert.DoesNotContain(Canary, all, StringComparison.OrdinalIgnoreCase);
        if (key is null)
        {
            Assert.DoesNotContain("PG_", all, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Live_check_of_a_misconfigured_app_is_answered_at_once()
    {
        RawResponse answer = await _hx.RawAsync("GET /health/all?live=true", Surface.FunctionKey);

        Assert.Equal((503, "unknown"), (answer.Status, JsonDocument.Parse(answer.Body).RootElement.GetProperty("status").GetString()));
    }
}
