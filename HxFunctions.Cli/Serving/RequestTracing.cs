using System.Diagnostics;
using HxFunctions.Core.Http;
using HxFunctions.Core.Telemetry;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.Cli.Serving;

/// <summary>
/// A span per request to an endpoint, by OpenTelemetry's conventions for HTTP servers, with the route in the place of the path. ASP.NET
/// Core's own spans have <c>url.path</c>, and the path of an authorisation request is a user's.
/// </summary>
/// <remarks>https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server</remarks>
internal static class RequestTracing
{
    /// <summary>What answers an endpoint's requests, with a span for each.</summary>
    public static RequestDelegate Around(HttpEndpoint endpoint, RequestDelegate answer) => context => TraceAsync(context, endpoint, answer);

    private static async Task TraceAsync(HttpContext context, HttpEndpoint endpoint, RequestDelegate answer)
    {
        using Activity? activity = Start(context.Request, endpoint);
        await answer(context);
        if (activity is null)
        {
            return;
        }

        activity.SetTag("http.response.status_code", context.Response.StatusCode);
        // 503 is the guard's word for closed.
        if (context.Response.StatusCode is 500)
        {
            activity.SetTag("error.type", "500").SetStatus(ActivityStatusCode.Error);
        }
    }

    private static Activity? Start(HttpRequest request, HttpEndpoint endpoint)
    {
        // The server may have an activity of its own for the request, which nobody records: as a parent, it would keep ours from being
        // recorded.
        Activity.Current = null;
        _ = ActivityContext.TryParse(request.Headers.TraceParent, request.Headers.TraceState, isRemote: true, out ActivityContext parent);
        string method = RequestMethod.OrOther(request.Method);
        return HxActivities
            .Source.StartActivity($"{method} /{endpoint.Route}", ActivityKind.Server, parent)
            ?.SetTag("http.request.method", method)
            .SetTag("http.route", "/" + endpoint.Route);
    }
}
