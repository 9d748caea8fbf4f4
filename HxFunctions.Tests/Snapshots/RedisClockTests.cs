using HxFunctions.Core.Snapshots;
using Microsoft.Extensions.Time.Testing;

namespace HxFunctions.Tests.Snapshots;

public sealed class RedisClockTests
{
    private readonly FakeTimeProvider _time = new();

    /// <summary>Redis's clock in ms at each look, ten seconds apart, and by how much the last is behind what it once was.</summary>
    [Theory]
    [InlineData(new long[] { 100_000 }, 0)]
    [InlineData(new long[] { 100_000, 110_000, 120_000 }, 0)]
    // What clocks drift is no step.
    [InlineData(new long[] { 100_000, 109_900, 119_800 }, 0)]
    [InlineData(new long[] { 100_000, 84_000 }, 26_000)]
    [InlineData(new long[] { 100_000, 84_000, 94_000 }, 26_000)]
    [InlineData(new long[] { 100_000, 100_000, 90_000 }, 30_000)]
    // Set forward again, not as far as it was, and further than it ever was.
    [InlineData(new long[] { 100_000, 84_000, 114_000 }, 6_000)]
    [InlineData(new long[] { 100_000, 84_000, 500_000 }, 0)]
    public void Clock_that_was_set_back_knows_by_how_much(long[] looks, long setBackBy)
    {
        RedisClock? clock = null;
        foreach (long milliseconds in looks)
        {
            clock = new RedisClock(milliseconds, _time.GetTimestamp(), _time.GetTimestamp()).After(clock, _time);
            _time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(setBackBy, clock!.SetBackBy);
    }

    [Fact]
    public void Stamps_of_before_a_step_are_of_another_clock()
    {
        RedisClock first = new RedisClock(100_000, 0, 0).After(null, _time);
        RedisClock second = new RedisClock(84_000, 0, 0).After(first, _time);
        // A stamp may be ahead by 100 ms: one of 84,100 would look as if it were of this very moment.
        Assert.Equal((0, 84_101), (first.DatesFrom, second.DatesFrom));
        Assert.Equal(84_101, new RedisClock(84_000, 0, 0).After(second, _time).DatesFrom);
    }
}
