using Microsoft.AspNetCore.Http;

namespace HxFunctions.Core.Http;

/// <summary>A status without a body, as the Functions host itself answers 401 and 404.</summary>
public sealed class BareAnswer(int status) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        Write(httpContext.Response, status);
        return Task.CompletedTask;
    }

    /// <summary>It must not be stored, as no answer here may: a 404 or 401 of now says nothing of later.</summary>
    public static void Write(HttpResponse response, int status)
    {
        response.StatusCode = status;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
    }

    /// <summary>Answers a request whose handler threw, in place of whatever was begun: 500, or the status that the server refused the
    /// request with.</summary>
    public static void WriteFailure(HttpContext context, Exception exception)
    {
        if (context.Response.HasStarted)
        {
            // Half an answer must not look like a whole one.
            context.Abort();
            return;
        }

        // What was written and not yet sent can't be taken back from Kestrel and follows the 500. Cutting the connection instead would read
        // as "no answer" to a gateway, which may let pass then.
        context.Response.Clear();
        Write(context.Response, (exception as BadHttpRequestException)?.StatusCode ?? StatusCodes.Status500InternalServerError);
    }
}
