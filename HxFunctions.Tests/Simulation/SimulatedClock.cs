namespace HxFunctions.Tests.Simulation;

/// <summary>The clocks of one instance: a steady one, which goes with the world's, and a wall clock that may be wrong. Timers fire on the
/// instance's scheduler.</summary>
/// <param name="wrongBy">How far the wall clock is ahead.</param>
internal sealed class SimulatedClock(World world, TaskScheduler scheduler, TimeSpan wrongBy) : TimeProvider
{
    public override long TimestampFrequency => World.Second;

    public override long GetTimestamp() => world.Now;

    public override DateTimeOffset GetUtcNow() => World.Begin + TimeSpan.FromTicks(world.Now) + wrongBy;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        SimulatedTimer timer = new(world, scheduler, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class SimulatedTimer(World world, TaskScheduler scheduler, TimerCallback callback, object? state) : ITimer
    {
        /// <summary>Counts the changes: what was due before one is so no more.</summary>
        private int _changes;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            int mine = ++_changes;
            if (dueTime != Timeout.InfiniteTimeSpan)
            {
                world.At(world.Now + dueTime.Ticks, () => Fire(mine, period));
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
