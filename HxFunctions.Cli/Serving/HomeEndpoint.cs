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

    /// <summary>By a relative address: a prefix that a proxy puts in front of it stays. The query goes along, for it may hold the caller's
    /// own key.</summary>
    private sealed class RedirectToStatusPage(HttpRequest request) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            HttpResponse response = httpContext.Response;
            BareAnswer.Write(response, StatusCodes.Status302Found);
            response.ContentLength = 0;
            response.Headers.Location = FolderOf(request.Path) + Endpoints.StatusRoute + request.QueryString.ToUriComponent();
            return Task.CompletedTask;
        }

        /// <summary>
        /// What brings a relative address back into the path that was asked for. Browsers leave out what follows the last slash
        /// (RFC 3986, section 5.2.3), which is the route prefix when <c>/api</c> was asked for and not <c>/api/</c>. Behind <c>./</c> a
        /// colon in it is no scheme's (section 4.2).
        /// </summary>
        private static string FolderOf(PathString path)
        {
            string asked = path.ToUriComponent();
            string last = asked[(asked.LastIndexOf('/') + 1)..];
            return last.Length == 0 ? "" : $"./{last}/";
        }
    }
}
