using HxFunctions.Core.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace HxFunctions;

/// <summary>The manual override: <see cref="Endpoints"/> under the Functions host.</summary>
public sealed class OverrideFunctions(EndpointAnswers answers)
{
    [Function(nameof(Endpoints.Override))]
    public Task<IResult> Override(
        [HttpTrigger(AuthorizationLevel.Admin, "get", "head", "post", "delete", Route = Endpoints.OverrideRoute)] HttpRequest request
    ) => answers.For(Endpoints.Override, request);
}
