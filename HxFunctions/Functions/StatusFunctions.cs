using HxFunctions.Core.Http.Status;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace HxFunctions.Functions;

/// <summary>The status page. The answers are made in <see cref="StatusApi"/>.</summary>
public sealed class StatusFunctions(StatusApi status)
{
    [Function("Status")]
    public Task<IResult> Page([HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "status")] HttpRequest request) =>
        status.PageAsync();

    [Function("StatusHistory")]
    public Task<IResult> History([HttpTrigger(AuthorizationLevel.Function, "get", "head", Route = "status/history")] HttpRequest request) =>
        status.HistoryAsync();
}
