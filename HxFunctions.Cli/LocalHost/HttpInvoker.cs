using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Cli.LocalHost;

/// <summary>Runs one HTTP function for a request that was routed to it: the key first, then the function, 500 when it throws.</summary>
/// <param name="call">Calls the function.</param>
internal sealed class HttpInvoker(
    HttpFunction function,
    Func<HttpContext, Task<IResult>> call,
    HostKeys keys,
    Func<Exception, string> describe,
    ILogger logger
)
{
    private readonly AuthorizationLevel _level = function.Level;

    /// <summary>Answers the request. Throws nothing.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        if (!keys.Open(_level, context.Request))
        {
            LocalFunctionHost.Bare(context.Response, StatusCodes.Status401Unauthorized);
            return Task.CompletedTask;
        }

        try
        {
            Task<IResult> result = call(context);
            if (!result.IsCompletedSuccessfully)
            {
                return AwaitAsync(context, result, written: null);
            }
            // Most functions answer from memory: no state machine for them.
            Task written = WriteAsync(context, result.Result);
            return written.IsCompletedSuccessfully ? written : AwaitAsync(context, result, written);
        }
        catch (Exception exception)
        {
            Fail(context, exception);
            return Task.CompletedTask;
        }
    }

    /// <summary>No result must not become an empty 200: that is how a guard says open.</summary>
    private static Task WriteAsync(HttpContext context, IResult? result) =>
        (result ?? throw new InvalidOperationException("The function returned null.")).ExecuteAsync(context);

    /// <param name="written">The writing of the result, if that has begun; else the result is awaited first.</param>
    private async Task AwaitAsync(HttpContext context, Task<IResult> result, Task? written)
    {
        try
        {
            await (written ?? WriteAsync(context, await result));
        }
        catch (Exception exception)
        {
            Fail(context, exception);
        }
    }

    private void Fail(HttpContext context, Exception exception)
    {
        if (exception is OperationCanceledException && context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        BadHttpRequestException? refused = exception as BadHttpRequestException;
        if (refused is null)
        {
            Log.FunctionFailed(logger, function.Name, describe(exception));
        }

        if (context.Response.HasStarted)
        {
            // Half an answer must not look like a whole one.
            context.Abort();
            return;
        }

        // What was written and not yet sent can't be taken back from Kestrel and follows the 500. Cutting the connection
        // instead would read as "no answer" to a gateway, which may let pass then.
        context.Response.Clear();
        LocalFunctionHost.Bare(context.Response, refused?.StatusCode ?? StatusCodes.Status500InternalServerError);
    }
}
