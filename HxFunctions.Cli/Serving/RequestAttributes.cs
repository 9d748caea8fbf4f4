using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace HxFunctions.Cli.Serving;

/// <summary>What the spans and the metrics of requests say of one, in the same words, by OpenTelemetry's conventions.</summary>
/// <remarks>https://opentelemetry.io/docs/specs/semconv/registry/attributes/http/</remarks>
internal static class RequestAttributes
{
    public const string Method = "http.request.method";
    public const string Route = "http.route";
    public const string StatusCode = "http.response.status_code";
    public const string Scheme = "url.scheme";
    public const string ErrorType = "error.type";

    /// <summary>A method that is none of HTTP's: it is a word of the caller's, and values must be few.</summary>
    public const string OtherMethod = "_OTHER";

    /// <summary>The method if it is one of HTTP's, else <see cref="OtherMethod"/>.</summary>
    public static string MethodOf(HttpRequest request) =>
        request.Method is "GET" or "HEAD" or "POST" or "PUT" or "PATCH" or "DELETE" or "OPTIONS" or "TRACE" or "CONNECT"
            ? request.Method
            : OtherMethod;

    /// <summary>The template of a route, with the slash that it begins with in addresses.</summary>
    /// <param name="route">As it is mapped: with the host's prefix, without the slash.</param>
    public static string RouteOf(string route) => "/" + route;

    /// <summary>The status of an answer that is an error of the server's, else <see langword="null"/>. 503 is none: it is the guard's word
    /// for closed, and that of the health endpoints for a dependency that is down.</summary>
    public static string? ErrorTypeOf(HttpResponse response) =>
        response.StatusCode is >= 500 and not StatusCodes.Status503ServiceUnavailable
            ? response.StatusCode.ToString(CultureInfo.InvariantCulture)
            : null;
}
