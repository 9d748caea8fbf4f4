using System.Net;
using System.Text.Json;

namespace HxFunctions.Core.Dependencies;

/// <summary>Reasons for status codes and for what <see cref="HttpClient"/> throws.</summary>
internal static class HttpFailures
{
    /// <summary>2xx is fine.</summary>
    public static HttpFinding Judge(HttpStatusCode status) =>
        status switch
        {
            >= HttpStatusCode.OK and < HttpStatusCode.MultipleChoices => HttpFinding.Ok,
            // Qdrant up to 1.8 and in its cloud answers 403 to a wrong key.
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new(Reasons.AuthenticationFailed),
            HttpStatusCode.TooManyRequests => new(Reasons.TooManyConnections),
            HttpStatusCode.ServiceUnavailable => new(Reasons.NotReady),
            // A proxy in front says so: it has no answer in time, or none that it can pass on (RFC 9110, sections 15.5.9 and 15.6).
            HttpStatusCode.RequestTimeout or HttpStatusCode.GatewayTimeout => Unexpected(status) with { Reason = Reasons.Timeout },
            HttpStatusCode.BadGateway => Unexpected(status) with { Reason = Reasons.NotReady },
            _ => Unexpected(status),
        };

    /// <summary>A status that the server would not answer with if all were well.</summary>
    public static HttpFinding Unexpected(HttpStatusCode status) => new(Reasons.UnexpectedResponse, $"HTTP {(int)status}");

    public static string Classify(Exception exception)
    {
        // A body that can't be read: no JSON, or not what its Content-Encoding says.
        if (exception is JsonException or InvalidDataException)
        {
            return Reasons.UnexpectedResponse;
        }

        // HTTP/2 calls it an answer that can't be read when the server wants a certificate after the handshake.
        if (NetworkFailures.NamesTlsAlert(exception))
        {
            return Reasons.TlsFailure;
        }

        foreach (HttpRequestException e in ExceptionChain.Of(exception).OfType<HttpRequestException>())
        {
            string? reason = e.HttpRequestError switch
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

    /// <summary>What an exception and those inside it say, without credentials and hosts.</summary>
    public static string Describe(Exception exception, Redactor redactor) =>
        redactor.Redact(string.Join(" ", ExceptionChain.WordsOf(exception)));
}
