using HxFunctions.Core.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace HxFunctions.Core.Dependencies;

/// <summary><c>GET</c> of a URL that <c>DEPENDENCIES</c> names: 2xx is a pass. The body is not read, redirects are not followed.</summary>
internal sealed partial class HttpCheck(HttpDependency dependency, Redactor redactor, ILogger<HttpCheck> logger) : IHealthCheck
{
    private readonly HttpClient _client = ProbeHttpClient.Create(HxSettings.ForeignTimeout);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            using HttpResponseMessage response = await _client.GetAsync(
                dependency.Url,
                HttpCompletionOption.ResponseHeadersRead,
                cancellationToken
            );
            return HttpFailures.Classify(response.StatusCode) is { } reason ? CheckResults.Unhealthy(reason) : CheckResults.Healthy();
        }
        catch (Exception exception)
        {
            string reason = HttpFailures.Classify(exception);
            LogFailed(dependency.Name, reason, exception.GetType().Name, redactor.Redact(exception.Message));
            return CheckResults.Unhealthy(reason);
        }
    }

    [LoggerMessage(1041, LogLevel.Debug, "Probe of {Dependency} failed with {Reason}: {ExceptionType}: {Message}")]
    private partial void LogFailed(string dependency, string reason, string exceptionType, string message);
}
