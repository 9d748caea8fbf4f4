using HxFunctions.Core.Http;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.Cli.Serving;

/// <summary><c>/</c> leads to the status page, in <c>hx serve</c> alone: under the Functions host the empty path is the host's own page
/// (<c>AzureWebJobsDisableHomepage</c>), and the worker has no route for it.</summary>
internal static class HomeEndpoint
{
    /// <summary>The endpoint, to be mapped beside <see cref="Endpoints.All"/>.</summary>
    public static HttpEndpoint Endpoint { get; } =
        new(
            "Home",
            "",
            AccessLevel.Anonymous,
            [HttpMethods.Get, HttpMethods.Head],
            _ => request => Task.FromResult<IResult>(new RedirectToStatusPage(request))
        );

    /// <summary>By a relative address: a prefix in front of it stays. The query goes along, for it may hold the caller's own key.</summary>
    private sealed class RedirectToStatusPage(HttpRequest request) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            HttpResponse response = httpContext.Response;
            BareAnswer.Write(response, StatusCodes.Status302Found);
            response.ContentLength = 0;
            response.Headers.Location = Endpoints.StatusRoute + request.QueryString.ToUriComponent();
            return Task.CompletedTask;
        }
    }
}
