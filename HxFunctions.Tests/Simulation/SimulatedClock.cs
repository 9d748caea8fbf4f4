namespace HxFunctions.Tests.Simulation;

/// <summary>The clocks of one process: a steady one with an origin and a pace of its own, so that a timestamp of one process means nothing
/// to another, and a wall clock that may be wrong. Timers fire on the instance's scheduler.</summary>
/// <param name="wrongBy">How far the wall clock is ahead.</param>
internal sealed class SimulatedClock(World world, TaskScheduler scheduler, TimeSpan wrongBy) : TimeProvider
{
    /// <summary>By how many millionths a steady clock is fast or slow at most: what a reader of Redis's clock puts up with
    /// (docs/knowledge.md, "Clocks").</summary>
    public const int MaxDrift = 1000;

    private const long NanosecondsPerSecond = 1_000_000_000;
    private const int Million = 1_000_000;

    /// <summary>Machines have just booted, or run for weeks.</summary>
    private readonly long _origin = (long)(world.Between(1, world.Dice.Next(2) == 0 ? 60 : 60 * 24 * 3600) * NanosecondsPerSecond);

    private readonly long _startedAt = world.Now;
    private readonly int _drift = world.Dice.Next(-MaxDrift, MaxDrift + 1);

    /// <summary>Linux's clock counts nanoseconds, and the world doesn't: a conversion that is missing shows.</summary>
    public override long TimestampFrequency => NanosecondsPerSecond;

    // The world counts in 100 ns.
    public override long GetTimestamp() => _origin + ((world.Now - _startedAt) * (Million + _drift) / (Million / 100));

    public override DateTimeOffset GetUtcNow() => World.Begin + TimeSpan.FromTicks(world.Now) + wrongBy;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        SimulatedTimer timer = new(this, world, scheduler, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>The moment at which a time from now is over by this clock, on the world's; not a tick too early.</summary>
    private long After(TimeSpan time) =>
        time == TimeSpan.Zero ? world.Now : world.Now + (long)(time.Ticks / (1 + ((double)_drift / Million))) + 1;

    private sealed class SimulatedTimer(SimulatedClock clock, World world, TaskScheduler scheduler, TimerCallback callback, object? state)
        : ITimer
    {
        /// <summary>Counts the changes: what was due before one is so no more.</summary>
        private int _changes;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            int mine = ++_changes;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                world.At(clock.After(dueTime), () => Fire(mine, period));
            }

            return true;
        }

        public void Dispose() => _changes++;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Fire(int mine, TimeSpan period)
        {
            if (mine != _changes)
            {
                return;
            }

            new Task(() => callback(state)).Start(scheduler);
            if (period != Timeout.InfiniteTimeSpan && period != TimeSpan.Zero)
            {
                Change(period, period);
            }
        }
    }
}
