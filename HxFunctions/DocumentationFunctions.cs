using HxFunctions.Core.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace HxFunctions;

/// <summary>The description of the endpoints: <see cref="Endpoints"/> under the Functions host.</summary>
public sealed class DocumentationFunctions(EndpointAnswers answers)
{
    [Function(nameof(Endpoints.OpenApi))]
    public Task<IResult> OpenApi(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Endpoints.OpenApiRoute)] HttpRequest request
    ) => answers.For(Endpoints.OpenApi, request);
}
