using System.Diagnostics;
using System.Globalization;
using System.Net;
using HxFunctions.Tests.Serving;

namespace HxFunctions.SystemTests.Integration;

/// <summary>Steady requests to the guard: a write to a guarded route and one to an open route in turn.</summary>
/// <remarks>
/// Beside them goes a request that touches nothing: how long it takes at most is what the machine is busy with, and no fault of the guard.
/// </remarks>
internal sealed class GuardTraffic : IAsyncDisposable
{
    private readonly HxInstance _hx;
    private readonly TimeSpan _pace;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private readonly Task _comparing;
    private volatile HxInstance.Answer? _last;
    private TimeSpan _slowest;
    private TimeSpan _slowestOfComparison;

    /// <param name="pace">The time between a pair of questions and the next. Null: 20 ms.</param>
    public GuardTraffic(HxInstance hx, TimeSpan? pace = null)
    {
        _hx = hx;
        _pace = pace ?? TimeSpan.FromMilliseconds(20);
        _running = Task.Run(RunAsync);
        _comparing = Task.Run(CompareAsync);
    }

    /// <summary>The slowest answers since they were last taken: the guard's, and that of the request that touches nothing.</summary>
    public (TimeSpan Guard, TimeSpan Comparison) TakeSlowest()
    {
        (TimeSpan, TimeSpan) slowest = (_slowest, _slowestOfComparison);
        _slowest = _slowestOfComparison = TimeSpan.Zero;
        return slowest;
    }

    /// <summary>Whether the open route was open every time.</summary>
    public bool ModelsStayedOpen { get; private set; } = true;

    /// <summary>Waits for the guarded route to be answered so.</summary>
    /// <returns>How long it took from now on, and the answer.</returns>
    public async Task<(TimeSpan Took, HxInstance.Answer Answer)> UntilAsync(HttpStatusCode expected, TimeSpan patience)
    {
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            if (_running.IsCompleted)
            {
                await _running;
            }

            TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
            if (_last is { } answer && answer.Status == expected)
            {
                return (elapsed, answer);
            }

            if (elapsed > patience)
            {
                throw new TimeoutException(
                    string.Create(CultureInfo.InvariantCulture, $"Still {_last?.Status} after {elapsed.TotalSeconds:0.0} s: {_last?.Body}")
                );
            }

            await Task.Delay(5);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running, _comparing);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            HxInstance.Answer keys = await _hx.GuardAsync();
            HxInstance.Answer models = await _hx.GuardAsync("/v1/models", "GET");
            _last = keys;
            foreach (TimeSpan took in new[] { keys.Took, models.Took })
            {
                if (took > _slowest)
                {
                    _slowest = took;
                }
            }

            if (models.Status != HttpStatusCode.OK)
            {
                ModelsStayedOpen = false;
            }

            await Task.Delay(_pace);
        }
    }

    private async Task CompareAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            TimeSpan took = (await _hx.GetAsync("healthz/live")).Took;
            if (took > _slowestOfComparison)
            {
                _slowestOfComparison = took;
            }

            await Task.Delay(_pace / 4);
        }
    }
}
