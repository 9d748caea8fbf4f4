using System.Diagnostics;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;
using HxFunctions.Tests.Serving;
using Microsoft.Extensions.DependencyInjection;

namespace HxFunctions.SystemTests.Faults;

/// <summary>Keeps every record of one dependency that an instance publishes.</summary>
internal sealed class StateWatch : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SnapshotBoard _board;
    private readonly int _index;
    private readonly List<DependencyRecord> _seen = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public StateWatch(HxInstance hx, string dependency)
    {
        _board = hx.Services.GetRequiredService<SnapshotBoard>();
        _index = hx.Services.GetRequiredService<DependencySet>().Find(dependency)!.Index;
        _running = Task.Run(RunAsync);
    }

    /// <summary>How many there are by now: where what comes next begins.</summary>
    public int Count
    {
        get
        {
            lock (_seen)
            {
                return _seen.Count;
            }
        }
    }

    public TimeSpan SlowestProbe
    {
        get
        {
            lock (_seen)
            {
                return _seen.Count == 0 ? TimeSpan.Zero : _seen.Max(r => r.Latency);
            }
        }
    }

    public IReadOnlyList<DependencyState> Since(int mark)
    {
        lock (_seen)
        {
            return [.. _seen.Skip(mark).Select(r => r.State)];
        }
    }

    /// <summary>Waits until a state has come since the mark.</summary>
    public async Task<DependencyState> UntilAsync(int mark, Func<DependencyState, bool> condition, string what)
    {
        long started = Stopwatch.GetTimestamp();
        while (true)
        {
            IReadOnlyList<DependencyState> states = Since(mark);
            if (states.FirstOrDefault(condition) is { } found)
            {
                return found;
            }

            if (Stopwatch.GetElapsedTime(started) > Patience)
            {
                IEnumerable<string> last = states
                    .TakeLast(30)
                    .Select(s => $"{s.Status}/{s.Reason} +{s.ConsecutivePasses} -{s.ConsecutiveFailures}");
                throw new TimeoutException($"Never {what}: {string.Join(", ", last)}");
            }

            await Task.Delay(10);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Task change = _board.NextChange;
            if (_board.Current.Dependencies[_index].Record is { } record)
            {
                lock (_seen)
                {
                    if (_seen.Count == 0 || !ReferenceEquals(_seen[^1], record))
                    {
                        _seen.Add(record);
                    }
                }
            }

            await change.WaitAsync(_stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
