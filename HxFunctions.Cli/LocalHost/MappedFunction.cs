using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace HxFunctions.Cli.LocalHost;

/// <summary>A function with its whole route, and what answers a request that was routed to it. It is its endpoint's metadata too.</summary>
internal sealed class MappedFunction
{
    private readonly HttpFunction _function;
    private readonly RequestDelegate _answer;

    /// <param name="function">The function.</param>
    /// <param name="pattern">Its route, the host's prefix included.</param>
    /// <param name="answer">Answers a request.</param>
    /// <param name="around">Puts something around every answer, if given.</param>
    public MappedFunction(
        HttpFunction function,
        RoutePattern pattern,
        RequestDelegate answer,
        Func<HttpFunction, RequestDelegate, RequestDelegate>? around
    )
    {
        _function = function;
        _answer = answer;
        Pattern = pattern;
        Run = around?.Invoke(function, AnswerAsync) ?? AnswerAsync;
        Endpoint = new RouteEndpointBuilder(Run, pattern, order: 0)
        {
            DisplayName = function.Name,
            Metadata = { this, new HttpMethodMetadata(function.HttpMethods) },
        }.Build();
    }

    public RoutePattern Pattern { get; }

    /// <summary>The function for ASP.NET's routing.</summary>
    public Endpoint Endpoint { get; }

    /// <summary>Answers a request that was routed here; 404 when it was only because of dot segments.</summary>
    public RequestDelegate Run { get; }

    /// <summary>Whether the function answers this method.</summary>
    public bool Answers(string method)
    {
        IReadOnlyList<string> methods = _function.HttpMethods;
        for (int i = 0; i < methods.Count; i++)
        {
            if (HttpMethods.Equals(methods[i], method))
            {
                return true;
            }
        }

        return methods.Count == 0;
    }

    private Task AnswerAsync(HttpContext context)
    {
        if (_function.TakesAnyPath || !LeftByDotSegments(context))
        {
            return _answer(context);
        }

        LocalFunctionHost.Bare(context.Response, StatusCodes.Status404NotFound);
        return Task.CompletedTask;
    }

    /// <summary>
    /// Whether dot segments led here from somewhere else. Kestrel resolves them before routing, so that an authorisation call for
    /// <c>/guard/check/../../healthz/live</c> would be answered by a function that says 200 to everyone. This is stricter than the
    /// Functions host.
    /// </summary>
    private static bool LeftByDotSegments(HttpContext context)
    {
        ReadOnlySpan<char> target = ((IHttpRequestFeature?)context.Features[typeof(IHttpRequestFeature)])?.RawTarget;
        if (target.IndexOfAny('.', '%') < 0)
        {
            return false;
        }

        int query = target.IndexOf('?');
        if (query >= 0)
        {
            target = target[..query];
        }

        return target.Contains("/.", StringComparison.Ordinal) || target.Contains("%2e", StringComparison.OrdinalIgnoreCase);
    }
}
