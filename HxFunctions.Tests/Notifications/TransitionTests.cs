using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Notifications;

namespace HxFunctions.Tests.Notifications;

public class TransitionTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(null, DependencyStatus.Pass, false)]
    [InlineData(null, DependencyStatus.Fail, true)]
    [InlineData(null, DependencyStatus.Warn, true)]
    [InlineData(DependencyStatus.Pass, DependencyStatus.Fail, true)]
    [InlineData(DependencyStatus.Fail, DependencyStatus.Pass, true)]
    [InlineData(DependencyStatus.Warn, DependencyStatus.Pass, true)]
    [InlineData(DependencyStatus.Fail, DependencyStatus.Fail, false)]
    public void Everything_is_news_but_that_something_works_which_was_never_looked_at(
        DependencyStatus? before,
        DependencyStatus after,
        bool expected
    ) => Assert.Equal(expected, Of(before, after).IsNotable);

    [Fact]
    public void Id_is_the_same_for_who_went_on_from_the_same_record_and_another_for_all_else()
    {
        Transition one = Of(DependencyStatus.Pass, DependencyStatus.Fail);
        // Another instance saw it a little later, for another reason.
        Transition same = one with
        {
            After = one.After with { Reason = Reasons.Timeout, Since = Noon.AddSeconds(90) },
        };
        Assert.Equal(one.IdFor("hx:1"), same.IdFor("hx:1"));

        Transition[] others =
        [
            one with
            {
                Dependency = "redis",
            },
            one with
            {
                After = one.After with { Status = DependencyStatus.Warn },
            },
            one with
            {
                Before = one.Before! with { Since = Noon.AddSeconds(1) },
            },
            Of(null, DependencyStatus.Fail),
        ];
        string[] ids = [one.IdFor("hx:1"), one.IdFor("hx:2"), .. others.Select(o => o.IdFor("hx:1"))];
        Assert.Equal(ids.Length, ids.Distinct().Count());
    }

    internal static Transition Of(
        DependencyStatus? before,
        DependencyStatus after,
        string dependency = "postgres",
        string reason = Reasons.ConnectionRefused
    ) => new(dependency, before is { } status ? new(status, Reasons.Ok, Noon, 1, 0) : null, new(after, reason, Noon.AddSeconds(60), 0, 2));
}
