using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HxFunctions.Tests.Http;

/// <summary>A dependency that is as the test says: a check that someone else registered.</summary>
internal sealed class StubCheck : IHealthCheck
{
    private int _calls;

    /// <summary>What every call from now on finds.</summary>
    public HealthCheckResult Result { get; set; } = HealthCheckResult.Healthy();

    /// <summary>What a call waits for before it answers.</summary>
    public Task Until { get; set; } = Task.CompletedTask;

    public int Calls => Volatile.Read(ref _calls);

    public static StubCheck Failing(string reason = "authentication_failed") =>
        new() { Result = HealthCheckResult.Unhealthy(data: Data(reason)) };

    public static StubCheck ReadOnly() => new() { Result = HealthCheckResult.Degraded(data: Data("read_only")) };

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _calls);
        await Until.WaitAsync(cancellationToken);
        return Result;
    }

    private static Dictionary<string, object> Data(string reason) => new() { ["reason"] = reason };
}
