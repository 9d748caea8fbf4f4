using HxFunctions.Core.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace HxFunctions;

/// <summary>Health: <see cref="Endpoints"/> under the Functions host.</summary>
public sealed class HealthFunctions(EndpointAnswers answers)
{
    [Function(nameof(Endpoints.Live))]
    public Task<IResult> Live(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Endpoints.LiveRoute)] HttpRequest request
    ) => answers.For(Endpoints.Live, request);

    [Function(nameof(Endpoints.Ready))]
    public Task<IResult> Ready(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Endpoints.ReadyRoute)] HttpRequest request
    ) => answers.For(Endpoints.Ready, request);

    [Function(nameof(Endpoints.Dependencies))]
    public Task<IResult> Dependencies(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Endpoints.DependenciesRoute)] HttpRequest request
    ) => answers.For(Endpoints.Dependencies, request);

    [Function(nameof(Endpoints.Health))]
    public Task<IResult> Health(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = Endpoints.HealthRoute)] HttpRequest request
    ) => answers.For(Endpoints.Health, request);
}
