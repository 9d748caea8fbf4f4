using System.Diagnostics;
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
    /// <summary>What answers the requests to a route, with a span for each.</summary>
    /// <param name="route">The route as it is mapped, with the host's prefix.</param>
    public static RequestDelegate Around(string route, RequestDelegate answer)
    {
        string template = RequestAttributes.RouteOf(route);
        return context => TraceAsync(context, template, answer);
    }

    private static async Task TraceAsync(HttpContext context, string template, RequestDelegate answer)
    {
        using Activity? activity = Start(context.Request, template);
        await answer(context);
        if (activity is null)
        {
            return;
        }

        activity.SetTag(RequestAttributes.StatusCode, context.Response.StatusCode);
        if (RequestAttributes.ErrorTypeOf(context.Response) is { } error)
        {
            activity.SetTag(RequestAttributes.ErrorType, error).SetStatus(ActivityStatusCode.Error);
        }
    }

    private static Activity? Start(HttpRequest request, string template)
    {
        // The server may have an activity of its own for the request, which nobody records: as a parent, it would keep ours from being
        // recorded.
        Activity.Current = null;
        _ = ActivityContext.TryParse(request.Headers.TraceParent, request.Headers.TraceState, isRemote: true, out ActivityContext parent);
        string method = RequestAttributes.MethodOf(request);
        // The conventions have another word for such a method in a span's name than in its attribute.
        string name = method == RequestAttributes.OtherMethod ? "HTTP" : method;
        return HxActivities
            .Source.StartActivity($"{name} {template}", ActivityKind.Server, parent)
            ?.SetTag(RequestAttributes.Method, method)
            .SetTag(RequestAttributes.Route, template)
            .SetTag(RequestAttributes.Scheme, request.Scheme);
    }
}
