using HxFunctions.SystemTests.Servers;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.SystemTests.Commands;

/// <summary>A function app with one rule and whatever verdict the test gives: what the real one does only by chance.</summary>
internal static class FakeFunctions
{
    /// <param name="verdict">Called for each question.</param>
    public static async Task<LiteLlmStandIn> StartAsync(string rule, Func<string> verdict)
    {
        LiteLlmStandIn server = await LiteLlmStandIn.StartAsync();
        server.Instead = async context =>
        {
            IResult answer = context.Request.Path.Value switch
            {
                "/healthz/deps" => Results.Json(
                    new
                    {
                        postgres = true,
                        redis = true,
                        qdrant = true,
                    }
                ),
                "/healthz/ready" => Results.Json(new { status = "pass" }),
                "/guard/verdicts" => Results.Json(
                    new
                    {
                        mode = "enforce",
                        cacheSeconds = 1,
                        rules = new[] { new { rule, methods = (string[]?)null } },
                    }
                ),
                _ => verdict() is "open"
                    ? Results.Json(new { verdict = "open", rule })
                    : Results.Json(new { verdict = "closed", rule }, contentType: "application/problem+json", statusCode: 503),
            };
            await answer.ExecuteAsync(context);
            return true;
        };
        return server;
    }
}
