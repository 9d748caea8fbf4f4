using HxFunctions.Core.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace HxFunctions.Hosting;

/// <summary>Answers 401 where the host asks for no key and App Service authentication doesn't name a caller who may ask.</summary>
internal sealed class PrincipalMiddleware(PrincipalAccess access) : IFunctionsWorkerMiddleware
{
    private static readonly Dictionary<string, HttpEndpoint> ByFunction = Endpoints.All.ToDictionary(e => e.Name, StringComparer.Ordinal);

    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (
            !ByFunction.TryGetValue(context.FunctionDefinition.Name, out HttpEndpoint? endpoint)
            || access.Admits(endpoint, context.GetHttpContext()?.Request.Headers ?? new HeaderDictionary())
        )
        {
            return next(context);
        }

        context.GetInvocationResult().Value = new BareAnswer(StatusCodes.Status401Unauthorized);
        return Task.CompletedTask;
    }
}
