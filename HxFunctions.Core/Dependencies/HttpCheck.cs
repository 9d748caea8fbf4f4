using System.Net;
using HxFunctions.Core.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Core.Dependencies;

/// <summary><c>GET</c> of a URL that <c>DEPENDENCIES</c> names: 2xx is a pass. The body is not read, redirects are not followed.</summary>
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
            HttpFinding found = await _client.AskAsync("GET of its URL", () => Get(dependency.Url), JudgeAsync, run, cancellationToken);
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

    private static Task<HttpFinding> JudgeAsync(HttpResponseMessage response, CancellationToken cancellationToken) =>
        Task.FromResult(HttpFailures.Judge(response.StatusCode));

    [LoggerMessage(1041, LogLevel.Debug, "Probe of {Dependency} failed with {Reason}: {ExceptionType}: {Message}")]
    private partial void LogFailed(string dependency, string reason, string exceptionType, string message);
}
