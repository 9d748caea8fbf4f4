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
}
