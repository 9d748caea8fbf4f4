using HxFunctions.Core.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing.Template;

namespace HxFunctions.SystemTests.Faults;

/// <summary>Whether a list of requests leaves an endpoint out.</summary>
internal static class AskedEndpoints
{
    /// <summary>What no request asks: each endpoint by each of its methods, but HEAD, which is answered as GET is.</summary>
    /// <param name="requests">Method and target each, with a space between.</param>
    public static IEnumerable<string> FindMissing(IEnumerable<HttpEndpoint> endpoints, IEnumerable<string> requests)
    {
        (string Method, PathString Path)[] asked =
        [
            .. requests.Select(request => request.Split(' ')).Select(parts => (parts[0], new PathString(parts[1].Split('?')[0]))),
        ];
        return from endpoint in endpoints
            let matcher = new TemplateMatcher(TemplateParser.Parse(endpoint.Route), [])
            from method in endpoint.Methods.DefaultIfEmpty(HttpMethods.Get)
            where method != HttpMethods.Head
            where !asked.Any(request => request.Method == method && matcher.TryMatch(request.Path, []))
            select $"{method} /{endpoint.Route}";
    }
}
