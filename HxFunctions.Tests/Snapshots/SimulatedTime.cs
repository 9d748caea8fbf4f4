using System.Collections.Concurrent;
using HxFunctions.Tests.Servers;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.Tests.Snapshots;

/// <summary>A clock that jumps from one timer to the next, as soon as the code under test has nothing left to do.</summary>
internal sealed class SimulatedTime : FakeTimeProvider
{
    private readonly ConcurrentDictionary<Tracked, DateTimeOffset> _due = new();
    private readonly DateTimeOffset _start;
    private readonly TimeSpan[] _deadlines;
    private int _changes;

    /// <param name="deadlines">
    /// Timers of these lengths guard calls to real servers: the clock stands still while one of them runs. Besides, a loop must be waiting.
    /// </param>
    public SimulatedTime(params TimeSpan[] deadlines)
    {
        _start = GetUtcNow();
        _deadlines = deadlines;
    }

    /// <summary>How much time has passed since the clock was made.</summary>
    public TimeSpan Passed => GetUtcNow() - _start;

    public TimeSpan PassedAt(long timestamp) => Passed - GetElapsedTime(timestamp);

    /// <summary>Lets time pass up to a moment since the start.</summary>
    public async Task RunUntilAsync(TimeSpan passed)
    {
        DateTimeOffset end = _start + passed;
        while (true)
        {
            await QuietAsync();
            DateTimeOffset next = _due.IsEmpty ? end : _due.Values.Min();
            if (next >= end)
            {
                break;
            }

            if (next > GetUtcNow())
            {
                SetUtcNow(next);
            }
        }

        if (end > GetUtcNow())
        {
            SetUtcNow(end);
        }

        await QuietAsync();
    }

    /// <summary>Turns the clock to each moment since the start, as soon as that is the next one that a timer waits for.</summary>
    public async Task RunToTimersAsync(params IEnumerable<TimeSpan> passed)
    {
        foreach (TimeSpan moment in passed)
        {
            await StandStillAsync(moment, moment);
        }
    }

    /// <summary>Turns the clock to a moment since the start, as soon as an earlier one is the next that a timer waits for: the process has
    /// stood still meanwhile.</summary>
    public async Task StandStillAsync(TimeSpan next, TimeSpan until)
    {
        await Eventually.TrueAsync(() => _due.Values.DefaultIfEmpty(DateTimeOffset.MaxValue).Min() == _start + next);
        SetUtcNow(_start + until);
    }

    /// <summary>Returns when no timer has been made, changed or dropped for a few milliseconds, and no call to a server is under
    /// way.</summary>
    public async Task QuietAsync()
    {
        long started = Environment.TickCount64;
        for (int seen = -1, still = 0; still < (_deadlines.Length == 0 ? 3 : 8); still++)
        {
            await Task.Delay(1);
            // Behind whatever waits for a thread: on a busy machine that may take longer than a millisecond.
            await Task.Factory.StartNew(
                static () => { },
                CancellationToken.None,
                TaskCreationOptions.PreferFairness,
                TaskScheduler.Default
            );
            int changes = Volatile.Read(ref _changes);
            if (changes == seen && !AwaitsServers())
            {
                continue;
            }

            (seen, still) = (changes, 0);
            Assert.True(Environment.TickCount64 - started < Eventually.Patience.TotalMilliseconds, "It never came to rest.");
        }
    }

    /// <summary>Returns when a call to a server is under way.</summary>
    public Task CallAsync() => Eventually.TrueAsync(() => _due.Keys.Any(t => t.IsDeadline));

    private bool AwaitsServers() => _deadlines.Length > 0 && (_due.IsEmpty || _due.Keys.Any(t => t.IsDeadline));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Tracked tracked = new(this);
        tracked.Inner = base.CreateTimer(
            s =>
            {
                tracked.Fired();
                callback(s);
            },
            state,
            dueTime,
            period
        );
        tracked.Note(dueTime);
        return tracked;
    }

    /// <summary>One-shot timers only: what WaitAsync and Task.Delay use.</summary>
    /// <remarks>A timer is noted when it runs, not before: a clock that was turned in between would leave it behind. One that fired
    /// meanwhile isn't noted.</remarks>
    private sealed class Tracked(SimulatedTime time) : ITimer
    {
        private readonly Lock _lock = new();
        private bool _fired;

        public ITimer? Inner { get; set; }

        public bool IsDeadline { get; private set; }

        public void Note(TimeSpan dueTime)
        {
            IsDeadline = time._deadlines.Contains(dueTime);
            lock (_lock)
            {
                if (dueTime == Timeout.InfiniteTimeSpan || _fired)
                {
                    time._due.TryRemove(this, out _);
                }
                else
                {
                    time._due[this] = time.GetUtcNow() + dueTime;
                }
            }

            Interlocked.Increment(ref time._changes);
        }

        public void Fired()
        {
            lock (_lock)
            {
                _fired = true;
                Forget();
            }
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (_lock)
            {
                _fired = false;
            }

            bool changed = Inner!.Change(dueTime, period);
            Note(dueTime);
            return changed;
        }

        private void Forget()
        {
            time._due.TryRemove(this, out _);
            Interlocked.Increment(ref time._changes);
        }

        public void Dispose()
        {
            Forget();
            Inner?.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
