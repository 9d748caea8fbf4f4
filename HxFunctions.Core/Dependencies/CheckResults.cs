using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HxFunctions.Core.Dependencies;

/// <summary>Health-check results whose <c>Data["reason"]</c> carries one of <see cref="Reasons"/>, and <c>Data["detail"]</c> what that
/// alone doesn't say.</summary>
internal static class CheckResults
{
    private static readonly Dictionary<string, object> OkData = Data(Reasons.Ok);

    public static HealthCheckResult Healthy() => HealthCheckResult.Healthy(data: OkData);

    public static HealthCheckResult Degraded(string reason, string? detail = null) =>
        HealthCheckResult.Degraded(data: Data(reason, detail));

    public static HealthCheckResult Unhealthy(string reason, string? detail = null) =>
        HealthCheckResult.Unhealthy(data: Data(reason, detail));

    private static Dictionary<string, object> Data(string reason, string? detail = null) =>
        detail is null ? new() { ["reason"] = reason } : new() { ["reason"] = reason, ["detail"] = detail };
}
