using System.Net;
using System.Text.Json;

namespace HxFunctions.Core.Dependencies;

/// <summary>Reasons for status codes and for what <see cref="HttpClient"/> throws.</summary>
internal static class HttpFailures
{
    /// <returns>The reason, or <see langword="null"/> for 2xx.</returns>
    public static string? Classify(HttpStatusCode status) =>
        status switch
        {
            >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices => null,
            // Qdrant up to 1.8 and in its cloud answers 403 to a wrong key.
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => Reasons.AuthenticationFailed,
            HttpStatusCode.TooManyRequests => Reasons.TooManyConnections,
            HttpStatusCode.ServiceUnavailable => Reasons.NotReady,
            _ => Reasons.UnexpectedResponse,
        };

    public static string Classify(Exception exception)
    {
        if (exception is JsonException)
        {
            return Reasons.UnexpectedResponse;
        }

        for (Exception? e = exception; e is not null; e = e.InnerException)
        {
            if (e is not HttpRequestException { HttpRequestError: var error })
            {
                continue;
            }

            string? reason = error switch
            {
                HttpRequestError.NameResolutionError => Reasons.DnsFailure,
                HttpRequestError.SecureConnectionError => NetworkFailures.Classify(e) is Reasons.ConnectionReset
                    ? Reasons.TlsFailure
                    : NetworkFailures.Classify(e) ?? Reasons.TlsFailure,
                HttpRequestError.InvalidResponse
                or HttpRequestError.HttpProtocolError
                or HttpRequestError.VersionNegotiationError
                or HttpRequestError.ConfigurationLimitExceeded => Reasons.UnexpectedResponse,
                HttpRequestError.ResponseEnded => Reasons.ConnectionReset,
                _ => null,
            };
            if (reason is not null)
            {
                return reason;
            }
        }

        return NetworkFailures.Classify(exception) ?? Reasons.Error;
    }
}
