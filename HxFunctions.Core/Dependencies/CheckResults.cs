using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HxFunctions.Core.Dependencies;

/// <summary>Health-check results whose <c>Data["reason"]</c> carries one of <see cref="Reasons"/>.</summary>
internal static class CheckResults
{
    private static readonly Dictionary<string, object> OkData = Data(Reasons.Ok);

    public static HealthCheckResult Healthy() => HealthCheckResult.Healthy(data: OkData);

    public static HealthCheckResult Degraded(string reason) => HealthCheckResult.Degraded(data: Data(reason));

    public static HealthCheckResult Unhealthy(string reason) => HealthCheckResult.Unhealthy(data: Data(reason));

    private static Dictionary<string, object> Data(string reason) => new() { ["reason"] = reason };
}
