using Microsoft.AspNetCore.Http;

namespace HxFunctions.Core.Http;

/// <summary>Answers the requests of <see cref="Endpoints"/>: what the triggers of the Functions app call.</summary>
public sealed class EndpointAnswers(IServiceProvider services)
{
    private readonly Dictionary<HttpEndpoint, Func<HttpRequest, Task<IResult>>> _bound = Endpoints.All.ToDictionary(
        endpoint => endpoint,
        endpoint => endpoint.Bind(services)
    );

    /// <summary>The answer to a request that was routed to an endpoint.</summary>
    public Task<IResult> For(HttpEndpoint endpoint, HttpRequest request) => _bound[endpoint](request);
}
