using HxFunctions.Core.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace HxFunctions.Functions;

/// <summary>The guard. The answers are made in <see cref="GuardApi"/>.</summary>
public sealed class GuardFunctions(GuardApi guard)
{
    [Function("Guard")]
    public Task<IResult> Guard([HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "guard")] HttpRequest request) =>
        guard.GuardAsync(request);

    // Every method: Envoy asks with the method of the request that it asks about.
    [Function("GuardCheck")]
    public Task<IResult> Check([HttpTrigger(AuthorizationLevel.Function, Route = "guard/check/{*path}")] HttpRequest request) =>
        guard.CheckAsync(request);

    [Function("GuardVerdicts")]
    public Task<IResult> Verdicts(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "guard/verdicts")] HttpRequest request
    ) => guard.VerdictsAsync();
}
