using System.Net;
using HxFunctions.Core.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Core.Dependencies;

/// <summary><c>GET</c> of a URL that <c>DEPENDENCIES</c> names: 2xx, or the status that is set, is a pass. The body is not read, redirects
/// are not followed.</summary>
internal sealed partial class HttpCheck(
    HttpDependency dependency,
    HxSettings settings,
    TimeProvider time,
    Redactor redactor,
    ILogger<HttpCheck> logger
) : IProbeCheck
{
    private readonly ProbeHttpClient _client = new(settings.Interval, time, redactor);

    public async Task<HealthCheckResult> CheckAsync(ProbeRun run, CancellationToken cancellationToken)
    {
        try
        {
            HttpFinding found = await _client.AskAsync("GET of its URL", Question, JudgeAsync, run, cancellationToken);
            return found.IsOk ? CheckResults.Healthy() : CheckResults.Unhealthy(found.Reason, found.Detail);
        }
        catch (Exception exception)
        {
            string reason = HttpFailures.Classify(exception);
            LogFailed(dependency.Name, reason, exception.GetType().Name, redactor.Redact(exception.Message));
            return CheckResults.Unhealthy(reason);
        }
    }

    /// <summary>A question in the version that the server prefers: HTTP/2 where TLS offers it, else HTTP/1.1.</summary>
    public static HttpRequestMessage Get(Uri url) =>
        new(HttpMethod.Get, url) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionOrLower };

    private HttpRequestMessage Question()
    {
        HttpRequestMessage request = Get(dependency.Url);
        if (dependency.Http2Only)
        {
            request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        }

        foreach (HttpDependencyHeader header in dependency.Headers)
        {
            request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        }

        return request;
    }

    private Task<HttpFinding> JudgeAsync(HttpResponseMessage response, CancellationToken cancellationToken) =>
        Task.FromResult(Judge(response.StatusCode));

    private HttpFinding Judge(HttpStatusCode status)
    {
        HttpFinding found = HttpFailures.Judge(status);
        if (dependency.Statuses.Count == 0)
        {
            return found;
        }

        bool isExpected = dependency.Statuses.Any(range => range.Contains((int)status));
        return isExpected ? HttpFinding.Ok
            : found.IsOk ? HttpFailures.Unexpected(status)
            : found;
    }

    [LoggerMessage(1041, LogLevel.Debug, "Probe of {Dependency} failed with {Reason}: {ExceptionType}: {Message}")]
    private partial void LogFailed(string dependency, string reason, string exceptionType, string message);
}
