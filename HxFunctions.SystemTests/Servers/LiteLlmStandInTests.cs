using System.Net;
using System.Text.Json;

namespace HxFunctions.SystemTests.Servers;

/// <summary>The stand-in answers as LiteLLM's sources say that LiteLLM does.</summary>
public sealed class LiteLlmStandInTests
{
    private const string None = "";
    private const string Master = LiteLlmOptions.MasterKey;
    private const string LlmApi = LiteLlmOptions.LlmApiKey;
    private const string NoRole = LiteLlmOptions.NoRoleKey;
    private const string InternalUser = LiteLlmOptions.InternalUserKey;

    [Theory]
    [InlineData("GET", "/health/liveliness", None, 200, "I'm alive!")]
    [InlineData("GET", "/health/liveness", "sk-unknown", 200, "I'm alive!")]
    [InlineData("GET", "/health/readiness", None, 200, "\"db\":\"connected\"")]
    [InlineData("GET", "/v1/models", None, 401, "No api key passed in.")]
    [InlineData("GET", "/v1/models", LlmApi, 200, "made-up-model")]
    [InlineData("GET", "/models", NoRole, 200, "made-up-model")]
    [InlineData("GET", "/key/list", Master, 200, "keys")]
    [InlineData("GET", "/key/list", None, 401, "\"type\":\"auth_error\"")]
    [InlineData("GET", "/key/list", "not-a-key", 401, "expected to start with")]
    [InlineData("GET", "/key/list", "sk-unknown", 401, "token_not_found_in_db")]
    [InlineData("GET", "/key/list", LlmApi, 403, "not allowed to call this route")]
    [InlineData("GET", "/key/list", NoRole, 403, "No 'user_id'")]
    [InlineData("GET", "/team/list", NoRole, 401, "Only admin users can query all teams")]
    [InlineData("GET", "/budget/list", NoRole, 401, "Only proxy admin")]
    [InlineData("GET", "/key/info", NoRole, 200, "{}")]
    [InlineData("GET", "/user/list", NoRole, 401, "Only proxy admin")]
    [InlineData("GET", "/spend/users", NoRole, 401, "Only proxy admin")]
    [InlineData("GET", "/key/list", InternalUser, 200, "keys")]
    [InlineData("GET", "/spend/users", InternalUser, 200, "[]")]
    [InlineData("GET", "/team/list", InternalUser, 401, "Only admin users can query all teams")]
    [InlineData("GET", "/user/list", InternalUser, 401, "Only proxy admin")]
    [InlineData("GET", "/global/spend", InternalUser, 401, "Only proxy admin")]
    [InlineData("GET", "/config/list", Master, 422, "config_type")]
    [InlineData("GET", "/config/list?config_type=general_settings", Master, 200, "[]")]
    [InlineData("GET", "/invitation/info?invitation_id=x", Master, 400, "does not exist")]
    [InlineData("GET", "/model/new", None, 405, "Method Not Allowed")]
    [InlineData("POST", "/key/list", Master, 405, "Method Not Allowed")]
    [InlineData("GET", "/key/list/", Master, 307, "")]
    [InlineData("GET", "/Key/List", Master, 404, """{"detail":"Not Found"}""")]
    [InlineData("GET", "/v1/keys", None, 404, """{"detail":"Not Found"}""")]
    [InlineData("GET", "/api/v1/key/list", Master, 200, "keys")]
    [InlineData("GET", "/budget/list", Master, 404, "Not Found", "/budget/list")]
    public async Task Request_gets_the_answer_of_its_route_and_key(
        string method,
        string path,
        string key,
        int status,
        string holds,
        params string[] missing
    )
    {
        await using LiteLlmStandIn standIn = await LiteLlmStandIn.StartAsync(new(0, "/api/v1", missing));
        using HttpClient client = Client(standIn);
        using HttpRequestMessage request = new(new(method), path);
        if (key.Length > 0)
        {
            request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {key}");
        }

        using HttpResponseMessage response = await client.SendAsync(request);

        string body = await response.Content.ReadAsStringAsync();
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains(holds, body, StringComparison.Ordinal);
        if (body.StartsWith("""{"error":""", StringComparison.Ordinal))
        {
            Assert.Equal($"{status}", JsonDocument.Parse(body).RootElement.GetProperty("error").GetProperty("code").GetString());
        }

        Assert.DoesNotContain("made-up-no-role", body, StringComparison.Ordinal);
        LiteLlmRequest seen = Assert.Single(standIn.Requests);
        Assert.Equal((method, path), (seen.Method, seen.Path));
    }

    [Fact]
    public async Task Mode_decides_what_a_request_meets()
    {
        await using LiteLlmStandIn standIn = await LiteLlmStandIn.StartAsync();
        using HttpClient client = Client(standIn);

        foreach (
            (LiteLlmMode mode, int status) in new[]
            {
                (LiteLlmMode.Garbage, 200),
                (LiteLlmMode.Crashes, 500),
                (LiteLlmMode.Unavailable, 503),
                (LiteLlmMode.Serving, 200),
            }
        )
        {
            standIn.Mode = mode;
            using HttpResponseMessage response = await client.GetAsync("/health/liveliness");
            Assert.Equal((mode, status), (mode, (int)response.StatusCode));
        }

        standIn.Mode = LiteLlmMode.Resets;
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync("/health/liveliness"));
        standIn.Mode = LiteLlmMode.Hangs;
        using CancellationTokenSource soon = new(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetAsync("/health/liveliness", soon.Token));
    }

    [Fact]
    public async Task Port_is_free_again_after_it_ends()
    {
        Uri address;
        await using (LiteLlmStandIn first = await LiteLlmStandIn.StartAsync())
        {
            address = first.Address;
            first.Mode = LiteLlmMode.Hangs;
        }

        await using LiteLlmStandIn second = await LiteLlmStandIn.StartAsync(new(address.Port));
        using HttpClient client = Client(second);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/liveliness")).StatusCode);
        Assert.Equal(address, second.Address);
    }

    private static HttpClient Client(LiteLlmStandIn standIn) =>
        new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = standIn.Address };
}
