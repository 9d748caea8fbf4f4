using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace HxFunctions.EmptyWorker;

/// <summary>One function, and one answer of a guard's length, as soon as the servers have been asked.</summary>
public static class EmptyFunction
{
    [Function("Guard")]
    public static async Task<IResult> RunAsync(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "guard")] HttpRequest request
    )
    {
        await AskedServers.AskAsync();
        return Results.Text(
            """{"verdict":"open","rule":"/v1/keys","mode":"enforce","missing":[],"ageSeconds":0.123,"maxAgeSeconds":7}""",
            "application/json"
        );
    }
}
