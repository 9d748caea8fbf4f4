namespace HxFunctions.Tests.Simulation;

/// <summary>What keeps a timestamp of one process from meaning anything to another.</summary>
public sealed class SimulatedClockTests
{
    private const int Processes = 20;

    [Fact]
    public void Processes_have_steady_clocks_with_origins_and_paces_of_their_own()
    {
        World world = new(1, tells: false);
        SimulatedClock[] clocks = [.. Enumerable.Range(0, Processes).Select(_ => Clock(world))];
        long[] started = [.. clocks.Select(clock => clock.GetTimestamp())];

        world.RunUntil(1000 * World.Second);

        double[] drifts = [.. clocks.Select((clock, i) => clock.GetElapsedTime(started[i]).TotalSeconds - 1000)];
        Assert.Distinct(started);
        Assert.All(started, moment => Assert.True(moment > 0));
        Assert.All(drifts, drift => Assert.InRange(drift, -1.0001, 1.0001));
        Assert.True(drifts.Max() - drifts.Min() > 1);
    }

    [Fact]
    public void Timer_is_due_by_its_own_clock_and_never_early()
    {
        World world = new(1, tells: false);
        for (int i = 0; i < Processes; i++)
        {
            SimulatedClock clock = Clock(world);
            long set = clock.GetTimestamp();
            TimeSpan? due = null;
            using ITimer timer = clock.CreateTimer(
                _ => due = clock.GetElapsedTime(set),
                null,
                TimeSpan.FromSeconds(7.7),
                Timeout.InfiniteTimeSpan
            );

            world.RunUntil(world.Now + (8 * World.Second));

            Assert.NotNull(due);
            Assert.InRange(due.Value, TimeSpan.FromSeconds(7.7), TimeSpan.FromSeconds(7.7001));
        }
    }

    private static SimulatedClock Clock(World world) => new(world, new SimulatedScheduler(world), TimeSpan.Zero);
}
