using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace HxFunctions.Hosting;

/// <summary>Writes a function's answer, and 500 when it has none.</summary>
/// <remarks>
/// Without this, the worker answers an empty 200 when a function throws, and relies on the host to turn it into 500. An empty 200 is how
/// a guard says open. The worker also sends the exception to the host, the log and the exporters as it is, with any address or name that
/// a driver put into it.
/// </remarks>
internal sealed class HttpAnswerMiddleware(Redactor redactor) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        HttpContext? http = context.GetHttpContext();
        try
        {
            await next(context);
            if (http is not null)
            {
                await WriteAsync(context, http);
            }
        }
        catch (Exception exception) when (http?.HasCallerGone(exception) == true)
        {
            // Nobody waits for an answer.
        }
        catch (OperationCanceledException) when (http is null && context.CancellationToken.IsCancellationRequested)
        {
            // The host ends a timer's run, as it does before a restart.
            throw;
        }
        catch (BadHttpRequestException refused) when (http is not null)
        {
            // The caller's fault, which the server noticed while the function read the request.
            BareAnswer.WriteFailure(http, refused);
        }
        catch (Exception exception)
        {
            if (http is not null)
            {
                BareAnswer.WriteFailure(http, exception);
            }

            // Another one in its place, not around it: the worker tells of inner exceptions, too.
            throw new FunctionFailedException($"{context.FunctionDefinition.Name} failed: {redactor.Redact(exception.ToString())}");
        }
    }

    private static async Task WriteAsync(FunctionContext context, HttpContext http)
    {
        InvocationResult result = context.GetInvocationResult();
        IResult answer = result.Value as IResult ?? throw new InvalidOperationException("The function returned no answer.");
        await answer.ExecuteAsync(http);
        // It is given. What stays here is serialized and sent to the host, which has no use for it.
        result.Value = null;
    }
}
