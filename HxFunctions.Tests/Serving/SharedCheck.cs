using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HxFunctions.Tests.Serving;

/// <summary>A foreign dependency that the test plays. Registered in several instances, one object counts the checks of the whole
/// fleet.</summary>
/// <param name="time">What stamps the checks; the system's when null.</param>
internal sealed class SharedCheck(string name = "local", TimeProvider? time = null) : IHealthCheck
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly ConcurrentQueue<long> _starts = new();
    private volatile bool _down;
    private volatile TaskCompletionSource? _hanging;

    public string Name => name;

    /// <summary>How many probes have begun.</summary>
    public int Count => _starts.Count;

    /// <summary>When each probe began, on the monotonic clock.</summary>
    public IReadOnlyList<long> Starts => [.. _starts];

    public bool IsDown
    {
        get => _down;
        set => _down = value;
    }

    /// <summary>Probes that begin from now on don't end before <see cref="LetGo"/>.</summary>
    public void Hang() => _hanging = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void LetGo()
    {
        TaskCompletionSource? hanging = _hanging;
        _hanging = null;
        hanging?.SetResult();
    }

    public void AddTo(IServiceCollection services) => services.AddHealthChecks().AddCheck(name, this);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        _starts.Enqueue(_time.GetTimestamp());
        if (_hanging is { } hanging)
        {
            await hanging.Task;
        }

        return _down
            ? HealthCheckResult.Unhealthy(data: new Dictionary<string, object> { ["reason"] = "switched_off" })
            : HealthCheckResult.Healthy();
    }

    /// <summary>How many probes begin within a span of real time.</summary>
    public async Task<int> CountDuringAsync(TimeSpan span)
    {
        int before = Count;
        long started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < span)
        {
            await Task.Delay(20);
        }

        return Count - before;
    }
}
