using System.Net;
using HxFunctions.Wiring.Services;

namespace HxFunctions.Tests.Wiring.Services;

public class GatewayHealthTests
{
    private const string Connected = """{"status":"connected","db":"connected","cache":"redis","litellm_version":"1.81.9"}""";

    [Theory]
    [InlineData(200, Connected, "database connected, cache redis")]
    [InlineData(200, """{"db":"connected","cache":{"type":"redis","index_info":"x"}}""", "database connected, cache redis")]
    public async Task Gateway_with_its_database_and_its_cache_is_ready(int status, string body, string detail)
    {
        (SystemctlResult? result, _) = await AskAsync(status, body);

        Assert.Equal(new(true, detail, null), result);
    }

    [Theory]
    [InlineData(
        """{"status":"healthy","db":"Not connected","cache":"redis"}""",
        "LiteLLM runs without its database: db is \"Not connected\""
    )]
    [InlineData("""{"status":"healthy","db":"Not connected"}""", "LiteLLM runs without its database: db is \"Not connected\"")]
    [InlineData("""{"status":"healthy","db":null,"cache":"redis"}""", "LiteLLM runs without its database: db is null")]
    [InlineData("""["connected"]""", "is not a JSON object: another program answers")]
    [InlineData("""{"db":"connected","cache":null}""", "cache is missing instead of redis")]
    [InlineData("""{"db":"connected","cache":"local"}""", "cache is \"local\" instead of redis")]
    [InlineData("<html>Welcome</html>", "is not JSON: another program answers")]
    public async Task Gateway_that_says_otherwise_is_a_failure_with_advice(string body, string detail)
    {
        (SystemctlResult? result, _) = await AskAsync(200, body);

        Assert.False(result!.Ok);
        Assert.Contains(detail, result.Detail, StringComparison.Ordinal);
        Assert.NotNull(result.Advice);
    }

    [Theory]
    [InlineData(503, """{"detail":"Service Unhealthy (postgresql://u:c4nary@db)"}""", "503")]
    [InlineData(500, "", "500")]
    [InlineData(200, """{"status":"unknown","db":"connected","cache":"redis"}""", "200, but its database is not connected yet")]
    [InlineData(200, """{"status":"disconnected","db":"connected","cache":"redis"}""", "200, but its database is not connected yet")]
    public async Task Gateway_that_may_still_come_up_is_asked_again(int status, string body, string told)
    {
        (SystemctlResult? result, string answer) = await AskAsync(status, body);

        Assert.Null(result);
        Assert.Equal(told, answer);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    public async Task Gateway_that_does_not_tell_is_no_failure(int status)
    {
        (SystemctlResult? result, _) = await AskAsync(status, "");

        Assert.True(result is { Ok: true, IsUnknown: true });
        Assert.Contains($"answers {status}", result.Detail, StringComparison.Ordinal);
    }

    /// <summary>What LiteLLM tells a caller without a key since 1.84, and in a release candidate of it (#26912, #27866).</summary>
    [Theory]
    [InlineData("""{"status":"healthy","db":"connected"}""", "redis", "database connected, cache unknown")]
    [InlineData("""{"status":"healthy"}""", "redis", "database unknown, cache unknown")]
    [InlineData("""{"status":"healthy"}""", null, "database unknown")]
    [InlineData("""{"status":"healthy","cache":"redis"}""", "redis", "database unknown, cache redis")]
    public async Task Member_that_the_answer_does_not_have_is_unknown_and_no_failure(string body, string? cacheType, string detail)
    {
        (SystemctlResult? result, _) = await AskAsync(200, body, cacheType);

        Assert.Equal(new(true, $"{detail}: /health/readiness does not say more without a key", null) { IsUnknown = true }, result);
    }

    [Fact]
    public async Task Database_of_a_shorter_answer_still_counts()
    {
        Assert.Equal(
            new(true, "database connected", null),
            (await AskAsync(200, """{"status":"healthy","db":"connected"}""", cacheType: null)).Result
        );
        Assert.Null((await AskAsync(503, """{"status":"healthy","db":"disconnected"}""")).Result);
    }

    [Fact]
    public async Task Cache_that_is_not_wired_is_not_asked_for()
    {
        (SystemctlResult? result, _) = await AskAsync(200, """{"db":"connected","cache":null}""", cacheType: null);

        Assert.Equal("database connected", result!.Detail);
    }

    private static async Task<(SystemctlResult? Result, string Answer)> AskAsync(int status, string body, string? cacheType = "redis")
    {
        using Fixed handler = new((HttpStatusCode)status, body);
        using HttpClient http = new(handler);
        ServiceOptions options = new(
            UnitName.TryParse("litellm", out UnitName? name, out _) ? name : throw new InvalidOperationException(),
            null,
            new("http://127.0.0.1:4000/base/"),
            TimeSpan.FromSeconds(30)
        );
        (SystemctlResult?, string) answer = await new GatewayHealth(options, http, TimeProvider.System).TryReadinessAsync(
            cacheType,
            default
        );
        Assert.Equal("/base/health/readiness", handler.Path);
        return answer;
    }

    private sealed class Fixed(HttpStatusCode status, string body) : HttpMessageHandler
    {
        public string? Path { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Path = request.RequestUri!.AbsolutePath;
            return Task.FromResult(new HttpResponseMessage(status) { Content = new StringContent(body) });
        }
    }
}
