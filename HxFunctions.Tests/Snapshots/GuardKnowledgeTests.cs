using HxFunctions.Core.Snapshots;
using HxFunctions.Tests.Guarding;

namespace HxFunctions.Tests.Snapshots;

public class GuardKnowledgeTests
{
    private const long Second = 1_000_000_000;

    /// <summary>Found by the simulated hours: within the last 100 ns before the deadline, what was left to wait for was nothing, again and
    /// again until the clock had moved.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(99)]
    [InlineData(100)]
    [InlineData(999_999)]
    public async Task Waits_for_the_rest_of_its_time_however_short_it_is(long nanoseconds)
    {
        NanosecondClock clock = new();
        GuardBench bench = new("/v1/keys=postgres");
        GuardUse use = new(bench.Settings, new WakeSignal(TaskScheduler.Default), clock);
        SnapshotBoard board = new(HealthSnapshot.Nothing(bench.Settings, bench.Dependencies, clock));
        GuardKnowledge knowledge = new(bench.Settings, board, use, clock);
        // The wait is counted from the first of those who wait.
        use.Demand();
        clock.Now += Second - nanoseconds;

        HealthSnapshot snapshot = await knowledge.WaitUntilSettledAsync(needed: 1);

        Assert.Same(board.Current, snapshot);
        Assert.True(clock.Now >= 2 * Second);
        Assert.InRange(clock.Reads, 1, 10);
    }

    /// <summary>Moves when somebody waits for it.</summary>
    private sealed class NanosecondClock : TimeProvider
    {
        public long Now { get; set; } = Second;

        public int Reads { get; private set; }

        public override long TimestampFrequency => Second;

        public override long GetTimestamp() =>
            ++Reads < 1000 ? Now : throw new InvalidOperationException("The clock is read again and again, and nobody waits.");

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            ITimer timer = base.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
            Now += dueTime.Ticks * 100;
            return timer;
        }
    }
}
