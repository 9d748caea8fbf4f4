using HxFunctions.SystemTests.Servers;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.SystemTests.Infrastructure;

/// <summary>
/// The identity endpoint of Container Apps and App Service, with one identity. It gives a token to whoever asks as the platform wants it:
/// https://learn.microsoft.com/azure/container-apps/managed-identity#rest-endpoint-reference
/// </summary>
internal sealed class PlayedIdentity : IAsyncDisposable
{
    public const string Header = "made-up-identity-header";
    public const string ClientId = "00000000-0000-0000-0000-000000000005";
    public const string Token = "token-of-tests";

    private readonly LiteLlmStandIn _server;

    private PlayedIdentity(LiteLlmStandIn server) => _server = server;

    /// <summary>What stands in the token's place; blank: an answer without one.</summary>
    public string Answer { get; set; } = Token;

    /// <summary>IDENTITY_ENDPOINT.</summary>
    public string Endpoint => new Uri(_server.Address, "msi/token").ToString();

    public static async Task<PlayedIdentity> StartAsync()
    {
        PlayedIdentity identity = new(await LiteLlmStandIn.StartAsync());
        identity._server.Instead = identity.AnswerAsync;
        return identity;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task<bool> AnswerAsync(HttpContext context)
    {
        IQueryCollection query = context.Request.Query;
        bool isRight =
            context.Request.Headers["X-IDENTITY-HEADER"] == Header
            && query["api-version"] == "2019-08-01"
            && query["client_id"] == ClientId
            && query["resource"].ToString().TrimEnd('/') == "https://ossrdbms-aad.database.windows.net";
        IResult answer = isRight
            ? Results.Json(
                new
                {
                    access_token = Answer,
                    expires_on = $"{DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeSeconds()}",
                    resource = query["resource"].ToString(),
                    token_type = "Bearer",
                    client_id = ClientId,
                }
            )
            : Results.BadRequest();
        await answer.ExecuteAsync(context);
        return true;
    }
}
