using HxFunctions.Core.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace HxFunctions;

/// <summary>The guard: <see cref="Endpoints"/> under the Functions host.</summary>
public sealed class GuardFunctions(EndpointAnswers answers)
{
    [Function(nameof(Endpoints.Guard))]
    public Task<IResult> Guard(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = Endpoints.GuardRoute)] HttpRequest request
    ) => answers.For(Endpoints.Guard, request);

    [Function(nameof(Endpoints.GuardCheck))]
    public Task<IResult> GuardCheck([HttpTrigger(AuthorizationLevel.Function, Route = Endpoints.GuardCheckRoute)] HttpRequest request) =>
        answers.For(Endpoints.GuardCheck, request);

    [Function(nameof(Endpoints.GuardVerdicts))]
    public Task<IResult> GuardVerdicts(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = Endpoints.GuardVerdictsRoute)] HttpRequest request
    ) => answers.For(Endpoints.GuardVerdicts, request);
}
