using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Hosting;

/// <summary>Puts an <see cref="InvocationScope"/> around every invocation, and ends one quietly that the host cancels.</summary>
/// <remarks>Without the latter, the worker logs an exception for every run that a restart cuts short, and reports a failure to the
/// host.</remarks>
internal sealed class InvocationScopeMiddleware(ILogger<InvocationScopeMiddleware> logger) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        using InvocationScope scope = new(context.InvocationId);
        using (logger.BeginScope(scope))
        {
            try
            {
                await next(context);
            }
            catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
            {
                // The host asked for the end, and doesn't wait for a result.
            }
        }
    }
}
