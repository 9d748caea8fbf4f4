using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using HxFunctions.Servers;

namespace HxFunctions.Tests.Servers;

public sealed class QdrantSimulatorTests : IAsyncLifetime
{
    private readonly HttpClient _client = new(new SocketsHttpHandler { AllowAutoRedirect = false }) { Timeout = Eventually.Patience };
    private QdrantSimulator _qdrant = null!;

    public async Task InitializeAsync()
    {
        _qdrant = await QdrantSimulator.StartAsync("the key");
        _qdrant.Collections["b"] = "red";
        _qdrant.Collections["a"] = "green";
        _client.BaseAddress = new Uri(_qdrant.Url);
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _qdrant.DisposeAsync();
    }

    [Theory]
    [InlineData("/collections", "the key", 200, """{"result":{"collections":[{"name":"a"},{"name":"b"}]},"status":"ok","time":2.1e-05}""")]
    [InlineData("/collections/b", "the key", 200, "\"status\":\"red\"")]
    [InlineData("/collections/c", "the key", 404, """{"status":{"error":"Not found: Collection `c` doesn't exist!"},"time":""")]
    [InlineData("/collections", null, 401, "Must provide an API key or an Authorization bearer token")]
    [InlineData("/collections", "wrong", 401, "Invalid API key or JWT")]
    [InlineData("/collections/a", "wrong", 401, "Invalid API key or JWT")]
    [InlineData("/healthz", null, 200, "healthz check passed")]
    [InlineData("/livez", null, 200, "healthz check passed")]
    [InlineData("/readyz", "wrong", 200, "all shards are ready")]
    public async Task Healthy_answers_as_qdrant_does(string path, string? key, int status, string body)
    {
        using HttpResponseMessage response = await GetAsync(path, key);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains(body, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(status == 401, response.Content.Headers.ContentType is null);
        Assert.Equal(1, _qdrant.Requests(path));
    }

    [Fact]
    public async Task Keys_are_taken_as_bearer_token_too_and_older_versions_answer_403()
    {
        using HttpRequestMessage request = new HttpRequestMessage(HttpMethod.Get, "/collections")
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", "the key") },
        };
        using HttpResponseMessage response = await _client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);

        _qdrant.AnswersForbidden = true;
        using HttpResponseMessage forbidden = await GetAsync("/collections", "wrong");
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);

        _qdrant.ApiKey = null;
        using HttpResponseMessage open = await GetAsync("/collections", null);
        Assert.Equal(HttpStatusCode.OK, open.StatusCode);
    }

    [Theory]
    [InlineData(nameof(QdrantMode.NotReady), "/collections", 503, "<html>")]
    [InlineData(nameof(QdrantMode.NotReady), "/healthz", 503, "<html>")]
    [InlineData(nameof(QdrantMode.Recovery), "/collections", 200, """{"result":""")]
    [InlineData(nameof(QdrantMode.Recovery), "/collections/docs", 500, """{"status":{"error":"Service internal error: """)]
    [InlineData(nameof(QdrantMode.Recovery), "/healthz", 200, "healthz check passed")]
    [InlineData(nameof(QdrantMode.OtherAccess), "/collections", 200, """{"result":""")]
    [InlineData(nameof(QdrantMode.OtherAccess), "/collections/docs", 403, """{"status":{"error":"Forbidden: """)]
    public async Task Fault_answers_as_qdrant_or_a_proxy_in_front_does(string mode, string path, int status, string body)
    {
        _qdrant.Mode = Enum.Parse<QdrantMode>(mode);
        using HttpResponseMessage response = await GetAsync(path);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.StartsWith(body, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hang_never_answers()
    {
        _qdrant.Mode = QdrantMode.Hang;
        Task<HttpResponseMessage> hung = GetAsync("/collections");
        await Eventually.NotEndedAsync(hung);
        Assert.Equal(1, _qdrant.Requests("/collections"));

        await _qdrant.StopAsync();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => hung);
    }

    [Fact]
    public async Task Slow_answers_after_its_delay()
    {
        _qdrant.Mode = QdrantMode.Slow;
        _qdrant.Delay = TimeSpan.FromMilliseconds(300);
        long since = System.Diagnostics.Stopwatch.GetTimestamp();
        using HttpResponseMessage response = await GetAsync("/collections");
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(since), TimeSpan.FromMilliseconds(290), Eventually.Patience);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Garbage_is_no_json_and_wrong_json_no_list()
    {
        _qdrant.Mode = QdrantMode.Garbage;
        string garbage = await (await GetAsync("/collections")).Content.ReadAsStringAsync();
        Assert.ThrowsAny<JsonException>(() => JsonDocument.Parse(garbage));

        _qdrant.Mode = QdrantMode.WrongJson;
        using JsonDocument wrong = JsonDocument.Parse(await (await GetAsync("/collections")).Content.ReadAsStringAsync());
        Assert.NotEqual(JsonValueKind.Array, wrong.RootElement.GetProperty("result").GetProperty("collections").ValueKind);
    }

    [Fact]
    public async Task Redirect_leads_to_a_healthy_answer_without_a_key()
    {
        _qdrant.Mode = QdrantMode.Redirect;
        using HttpResponseMessage response = await GetAsync("/collections", null);
        Assert.Equal(HttpStatusCode.TemporaryRedirect, response.StatusCode);
        using HttpResponseMessage followed = await GetAsync(response.Headers.Location!.ToString(), null);
        Assert.Equal(HttpStatusCode.OK, followed.StatusCode);
        Assert.Equal(1, _qdrant.Requests("/moved/collections"));
    }

    [Fact]
    public async Task HugeBody_goes_on_for_as_long_as_the_client_reads()
    {
        _qdrant.Mode = QdrantMode.HugeBody;
        using HttpRequestMessage request = Request("/collections", "the key");
        using (HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead))
        {
            await using Stream body = await response.Content.ReadAsStreamAsync();
            await body.ReadExactlyAsync(new byte[4 * 1024 * 1024]);
        }

        Assert.True(_qdrant.HugeBodyBytes >= 4_000_000);
    }

    [Fact]
    public async Task Stopped_simulator_refuses_and_starts_again_with_its_collections()
    {
        await _qdrant.StopAsync();
        HttpRequestException refused = await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync("/collections"));
        Assert.Equal(HttpRequestError.ConnectionError, refused.HttpRequestError);

        await _qdrant.StartAgainAsync();
        Assert.Contains("\"b\"", await (await GetAsync("/collections")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private Task<HttpResponseMessage> GetAsync(string path, string? key = "the key") => _client.SendAsync(Request(path, key));

    private static HttpRequestMessage Request(string path, string? key)
    {
        HttpRequestMessage request = new HttpRequestMessage(HttpMethod.Get, path);
        if (key is not null)
        {
            request.Headers.Add("api-key", key);
        }

        return request;
    }
}
