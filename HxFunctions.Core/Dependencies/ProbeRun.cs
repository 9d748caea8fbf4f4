using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HxFunctions.Core.Dependencies;

/// <summary>One probe under way: the time that it has, and what it tried, for whoever reads <c>hx check --verbose</c>.</summary>
/// <param name="deadline">How long the probe may take, from now.</param>
internal sealed class ProbeRun(TimeProvider time, TimeSpan deadline)
{
    /// <summary>A probe tries a few addresses and asks a few questions; what goes round in circles is cut off.</summary>
    private const int MaxSteps = 50;

    private readonly Lock _lock = new();
    private readonly List<ProbeStep> _steps = [];
    private readonly long _started = time.GetTimestamp();
    private TimeSpan? _latency;

    /// <summary>What is left of the deadline; never negative.</summary>
    public TimeSpan Left => deadline > Elapsed ? deadline - Elapsed : TimeSpan.Zero;

    /// <summary>Since the probe began.</summary>
    public TimeSpan Elapsed => time.GetElapsedTime(_started);

    /// <summary>How long the server took for the question, without connecting to it; <see langword="null"/> while it has not
    /// answered.</summary>
    public TimeSpan? Latency
    {
        get
        {
            lock (_lock)
            {
                return _latency;
            }
        }
    }

    /// <summary>What was tried so far, in order.</summary>
    public IReadOnlyList<ProbeStep> Steps
    {
        get
        {
            lock (_lock)
            {
                return [.. _steps];
            }
        }
    }

    /// <summary>Writes down that something was tried.</summary>
    /// <param name="what">In plain words, without a host: <c>connect to host 1 of 2</c>.</param>
    /// <param name="found">What came of it: <c>ok</c>, or the server's own words, redacted.</param>
    public void Tried(string what, string found)
    {
        lock (_lock)
        {
            if (_steps.Count < MaxSteps)
            {
                _steps.Add(new(Elapsed, what, found));
            }
        }
    }

    /// <summary>Writes down that the server answered the question.</summary>
    public void Answered(string what, TimeSpan latency)
    {
        lock (_lock)
        {
            _latency = latency;
        }

        Tried(what, "ok");
    }
}

/// <summary>Something that a probe tried.</summary>
/// <param name="At">When it ended, since the probe began.</param>
internal readonly record struct ProbeStep(TimeSpan At, string What, string Found);

/// <summary>A check of ours. It knows its deadline, so that it can share it out among hosts, and tells what it tries.</summary>
internal interface IProbeCheck : IHealthCheck
{
    /// <summary>Asks the server. Doesn't throw.</summary>
    Task<HealthCheckResult> CheckAsync(ProbeRun run, CancellationToken cancellationToken);

    /// <summary>As any other check, by whoever is not our own probe: with the time that its registration gives, or ten seconds.</summary>
    Task<HealthCheckResult> IHealthCheck.CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        TimeSpan timeout = context.Registration.Timeout;
        return CheckAsync(new ProbeRun(TimeProvider.System, timeout > TimeSpan.Zero ? timeout : DefaultTimeout), cancellationToken);
    }

    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(10);
}
