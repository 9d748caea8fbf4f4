using Microsoft.AspNetCore.Http;

namespace HxFunctions.Hosting;

/// <summary>An answer without a body.</summary>
internal sealed class BareAnswer(int status) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = status;
        httpContext.Response.Headers.CacheControl = "no-store";
        httpContext.Response.Headers.XContentTypeOptions = "nosniff";
        return Task.CompletedTask;
    }
}
