using HxFunctions.Core.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace HxFunctions;

/// <summary>The status page: <see cref="Endpoints"/> under the Functions host.</summary>
public sealed class StatusFunctions(EndpointAnswers answers)
{
    [Function(nameof(Endpoints.Status))]
    public Task<IResult> Status(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = Endpoints.StatusRoute)] HttpRequest request
    ) => answers.For(Endpoints.Status, request);

    [Function(nameof(Endpoints.StatusHistory))]
    public Task<IResult> StatusHistory(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = Endpoints.StatusHistoryRoute)] HttpRequest request
    ) => answers.For(Endpoints.StatusHistory, request);

    [Function(nameof(Endpoints.StatusFeed))]
    public Task<IResult> StatusFeed(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = Endpoints.StatusFeedRoute)] HttpRequest request
    ) => answers.For(Endpoints.StatusFeed, request);

    [Function(nameof(Endpoints.Badge))]
    public Task<IResult> Badge(
        [HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = Endpoints.BadgeRoute)] HttpRequest request
    ) => answers.For(Endpoints.Badge, request);
}
