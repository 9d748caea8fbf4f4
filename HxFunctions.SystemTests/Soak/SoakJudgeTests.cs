using HxFunctions.Core.Routing;

namespace HxFunctions.SystemTests.Soak;

/// <summary>The soak can fail: its judge flags wrong answers, and only those. One second to notice a failure, two for a recovery, one more
/// elsewhere.</summary>
public sealed class SoakJudgeTests
{
    private static readonly SoakBounds Bounds = new(
        Killed: 1,
        Hung: 3,
        Reopened: 2,
        OtherInstances: 1,
        FoundAlone: 20,
        ReopenedAlone: 30,
        Margin: 0.5
    );

    private readonly Dictionary<string, Truth> _truths = new() { [DependencyName.Postgres] = new(), [DependencyName.Redis] = new() };

    /// <summary>PostgreSQL is killed at 10, which takes half a second, and comes back from 20 to 22.</summary>
    [Theory]
    [InlineData(9.9, "", true, true)]
    [InlineData(9.9, "postgres", false, true)]
    [InlineData(10.1, "", true, false)]
    [InlineData(10.1, "postgres", true, false)]
    [InlineData(12.9, "", true, false)]
    [InlineData(13.1, "", false, true)]
    [InlineData(13.1, "postgres", true, true)]
    [InlineData(13.1, "redis", false, true)]
    [InlineData(13.1, "postgres,redis", false, true)]
    [InlineData(19.9, "", false, true)]
    [InlineData(20.1, "", true, false)]
    [InlineData(25.4, "postgres", true, false)]
    [InlineData(25.6, "postgres", false, true)]
    [InlineData(25.6, "", true, true)]
    public void Answer_must_be_the_one_that_is_true_once_the_bound_is_over(double at, string missing, bool right, bool exact)
    {
        Change(_truths[DependencyName.Postgres], 10, 10.5, Condition.Down, Bounds.Killed);
        Change(_truths[DependencyName.Postgres], 20, 22, Condition.Up, Bounds.Reopened);
        Assert.Equal((right, exact), Judge([DependencyName.Postgres, DependencyName.Redis], at, missing));
    }

    [Theory]
    [InlineData(true, "", true)]
    [InlineData(true, "postgres", false)]
    [InlineData(false, "", false)]
    [InlineData(false, "postgres", true)]
    public void Read_only_closes_writes_and_lets_reads_pass(bool isRead, string missing, bool right)
    {
        Change(_truths[DependencyName.Postgres], 10, 10, Condition.ReadOnly, Bounds.Killed);
        Assert.Equal((right, true), Judge([DependencyName.Postgres], 15, missing, isRead));
    }

    /// <summary>Redis fails at 11 and is back at 40: from 43 on instances meet again, and have two seconds to find what PostgreSQL has been
    /// since 10.</summary>
    [Theory]
    [InlineData(30.4, 100, true)]
    [InlineData(30.6, 100, false)]
    [InlineData(20.4, 17, true)]
    [InlineData(22.6, 17, false)]
    public void Without_Redis_the_bound_is_that_of_an_instance_on_its_own_or_that_after_its_return(double at, double back, bool right)
    {
        Change(_truths[DependencyName.Redis], 11, 11, Condition.Down, Bounds.Killed);
        Change(_truths[DependencyName.Redis], back, back, Condition.Up, Bounds.Reopened);
        Change(_truths[DependencyName.Postgres], 10, 10, Condition.Down, Bounds.Killed);
        Assert.Equal(right, Judge([DependencyName.Postgres], at, "").Right);
    }

    [Fact]
    public void Unguarded_route_is_never_closed()
    {
        Change(_truths[DependencyName.Postgres], 10, 10, Condition.Down, Bounds.Killed);
        Assert.Equal((true, true), Judge([], 15, ""));
        Assert.Equal((false, true), Judge([], 15, "postgres"));
    }

    [Fact]
    public void Closed_answer_names_what_is_missing()
    {
        Change(_truths[DependencyName.Postgres], 10, 10, Condition.Down, Bounds.Killed);
        SoakJudge judge = new(Bounds, _truths);
        Assert.NotNull(judge.Judge([DependencyName.Postgres], false, 15, 15, closed: true, []).Wrong);
        Assert.NotNull(judge.Judge([DependencyName.Postgres], false, 15, 15, closed: false, [DependencyName.Postgres]).Wrong);
    }

    /// <summary>Both are down. Redis being known to be closes the route; whether PostgreSQL is unknown by then, the answer tells by the age
    /// of what it knows.</summary>
    [Theory]
    [InlineData("redis", false, false)]
    [InlineData("redis", true, true)]
    [InlineData("postgres,redis", true, true)]
    [InlineData("", true, false)]
    public void Unknown_dependency_may_be_left_out_beside_a_known_failure_and_never_else(string missing, bool isTooOld, bool right)
    {
        Change(_truths[DependencyName.Postgres], 10, 10, Condition.Down, Bounds.Killed);
        Change(_truths[DependencyName.Redis], 10, 10, Condition.Down, Bounds.Killed);
        string[] names = missing.Split(',', StringSplitOptions.RemoveEmptyEntries);
        Judgement judgement = new SoakJudge(Bounds, _truths).Judge(
            [DependencyName.Postgres, DependencyName.Redis],
            false,
            60,
            60,
            names.Length > 0,
            names,
            isTooOld
        );
        Assert.Equal(right, judgement.Wrong is null);
    }

    private (bool Right, bool Exact) Judge(string[] needs, double at, string missing, bool isRead = false)
    {
        string[] names = missing.Split(',', StringSplitOptions.RemoveEmptyEntries);
        Judgement judgement = new SoakJudge(Bounds, _truths).Judge(needs, isRead, at, at + 0.01, names.Length > 0, names);
        return (judgement.Wrong is null, judgement.Exact);
    }

    private static void Change(Truth truth, double begun, double completed, Condition condition, double within)
    {
        truth.Begin(begun, condition, within);
        truth.Complete(completed);
    }
}
