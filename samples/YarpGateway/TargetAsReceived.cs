using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace YarpGateway;

/// <summary>
/// Sends the request target on byte for byte: the backend gets what the guard was asked about. YARP by itself sends the path as Kestrel has
/// read it: decoded once, its dots resolved, and encoded anew, so that <c>azure%2Fgpt-4o</c> arrives as <c>azure%252Fgpt-4o</c>.
/// </summary>
internal static class TargetAsReceived
{
    private static readonly UriCreationOptions AsItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public static void AddTo(TransformBuilderContext builder) => builder.AddRequestTransform(Keep);

    private static ValueTask Keep(RequestTransformContext context)
    {
        string target = context.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        // What else Kestrel takes (a URL, a control character) goes on as YARP writes it.
        if (target.StartsWith('/') && !target.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            context.ProxyRequest.RequestUri = new Uri(context.DestinationPrefix.TrimEnd('/') + target, AsItIs);
        }

        return ValueTask.CompletedTask;
    }
}
