using HxFunctions.Core.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace HxFunctions.Functions;

/// <summary>The operator's override. The answers are made in <see cref="OverrideApi"/>.</summary>
public sealed class OverrideFunctions(OverrideApi overrides)
{
    [Function("Override")]
    public Task<IResult> Override(
        [HttpTrigger(AuthorizationLevel.Admin, "get", "head", "post", "delete", Route = "override")] HttpRequest request,
        CancellationToken cancellationToken
    ) => overrides.HandleAsync(request, cancellationToken);
}
