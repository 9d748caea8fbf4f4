using HxFunctions.Core.Dependencies;

namespace HxFunctions.Tests.Dependencies;

public class HysteresisTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 1, 12, 0, 0, TimeSpan.Zero);

    /// <summary>Outcomes: p pass, w warn/read_only, t timeout (not definite), a authentication_failed (definite). States: the status after
    /// each, u before any.</summary>
    [Theory]
    [InlineData(2, 2, "p", "P")]
    [InlineData(2, 2, "t", "F")]
    [InlineData(2, 2, "w", "W")]
    [InlineData(2, 2, "pt", "PP")]
    [InlineData(2, 2, "ptt", "PPF")]
    [InlineData(2, 2, "ptpt", "PPPP")]
    [InlineData(2, 2, "pa", "PF")]
    [InlineData(2, 2, "ptw", "PPW")]
    [InlineData(2, 2, "pw", "PW")]
    [InlineData(2, 2, "wp", "WP")]
    [InlineData(2, 2, "wtt", "WWF")]
    [InlineData(2, 2, "tp", "FF")]
    [InlineData(2, 2, "tpp", "FFP")]
    [InlineData(2, 2, "twp", "FFP")]
    [InlineData(2, 2, "tpw", "FFW")]
    [InlineData(2, 2, "tptpp", "FFFFP")]
    [InlineData(1, 1, "ptp", "PFP")]
    [InlineData(3, 1, "pttt", "PPPF")]
    [InlineData(1, 3, "tppp", "FFFP")]
    public void Next_status_follows_the_thresholds(int fall, int rise, string outcomes, string statuses)
    {
        Hysteresis hysteresis = new(fall, rise);
        DependencyState? state = null;
        string seen = "";
        foreach (char outcome in outcomes)
        {
            state = hysteresis.Next(state, Outcome(outcome), Start);
            seen += state.Status switch
            {
                DependencyStatus.Pass => 'P',
                DependencyStatus.Warn => 'W',
                DependencyStatus.Fail => 'F',
                _ => 'U',
            };
        }

        Assert.Equal(statuses, seen);
    }

    [Fact]
    public void Next_counts_in_the_state_so_that_another_instance_can_go_on()
    {
        Hysteresis hysteresis = new(2, 2);
        DependencyState state = hysteresis.Next(null, Outcome('p'), Start);
        Assert.False(Hysteresis.IsPending(state));
        state = hysteresis.Next(state, Outcome('t'), Start);

        Assert.Equal((0, 1), (state.ConsecutivePasses, state.ConsecutiveFailures));
        Assert.True(Hysteresis.IsPending(state));
        Assert.Equal(Reasons.Ok, state.Reason);
    }

    [Fact]
    public void Since_changes_with_the_status_only()
    {
        Hysteresis hysteresis = new(1, 1);
        DependencyState state = hysteresis.Next(null, Outcome('t'), Start);
        state = hysteresis.Next(state, Outcome('a'), Start.AddSeconds(5));
        Assert.Equal((Start, Reasons.AuthenticationFailed), (state.Since, state.Reason));

        state = hysteresis.Next(state, Outcome('p'), Start.AddSeconds(10));
        Assert.Equal(Start.AddSeconds(10), state.Since);
    }

    [Fact]
    public void Counters_are_bounded()
    {
        DependencyState state = new(DependencyStatus.Pass, Reasons.Ok, Start, 1_000_000, 0);
        Assert.Equal(1_000_000, new Hysteresis(2, 2).Next(state, Outcome('p'), Start).ConsecutivePasses);
    }

    private static ProbeOutcome Outcome(char outcome) =>
        outcome switch
        {
            'p' => new(DependencyStatus.Pass, Reasons.Ok, TimeSpan.Zero),
            'w' => new(DependencyStatus.Warn, Reasons.ReadOnly, TimeSpan.Zero),
            'a' => new(DependencyStatus.Fail, Reasons.AuthenticationFailed, TimeSpan.Zero),
            _ => new(DependencyStatus.Fail, Reasons.Timeout, TimeSpan.Zero),
        };
}
