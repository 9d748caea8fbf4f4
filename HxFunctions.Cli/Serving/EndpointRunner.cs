using HxFunctions.Core.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Cli.Serving;

/// <summary>Answers the requests that were routed to one endpoint: 404 for a confusing target, then the key, then the handler, and 500 when
/// that throws.</summary>
/// <param name="route">Its route, with the host's prefix.</param>
/// <param name="handler">The endpoint's handler.</param>
/// <param name="describe">How an exception reads in the log, without secrets.</param>
internal sealed partial class EndpointRunner(
    HttpEndpoint endpoint,
    string route,
    Func<HttpRequest, Task<IResult>> handler,
    HostKeys keys,
    Func<Exception, string> describe,
    ILogger logger
)
{
    private readonly ConfusingTarget _confusing = new(route);

    /// <summary>Answers the request. Throws nothing.</summary>
    public async Task AnswerAsync(HttpContext context)
    {
        if (_confusing.Matches(context))
        {
            BareAnswer.Write(context.Response, StatusCodes.Status404NotFound);
            return;
        }

        if (!keys.Open(endpoint, context.Request))
        {
            BareAnswer.Write(context.Response, StatusCodes.Status401Unauthorized);
            return;
        }

        try
        {
            IResult result = await handler(context.Request);
            await result.ExecuteAsync(context);
        }
        catch (Exception exception)
        {
            Fail(context, exception);
        }
    }

    private void Fail(HttpContext context, Exception exception)
    {
        if (context.HasCallerGone(exception))
        {
            return;
        }

        if (exception is not BadHttpRequestException)
        {
            LogFailed(endpoint.Name, describe(exception));
        }

        BareAnswer.WriteFailure(context, exception);
    }

    [LoggerMessage(1, LogLevel.Error, "Endpoint {Endpoint} failed: {Exception}")]
    private partial void LogFailed(string endpoint, string exception);
}
