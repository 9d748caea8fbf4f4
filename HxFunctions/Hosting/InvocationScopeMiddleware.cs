using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Hosting;

/// <summary>Puts an <see cref="InvocationScope"/> around every invocation.</summary>
internal sealed class InvocationScopeMiddleware(ILogger<InvocationScopeMiddleware> logger) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        using InvocationScope scope = new(context.InvocationId);
        using (logger.BeginScope(scope))
        {
            await next(context);
        }
    }
}
