using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Http.Status;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Http;

public class StatusIncidentsTests
{
    private const DependencyStatus Pass = DependencyStatus.Pass,
        Warn = DependencyStatus.Warn,
        Fail = DependencyStatus.Fail,
        Unknown = DependencyStatus.Unknown;

    [Fact]
    public void Incident_goes_from_the_first_bad_state_to_the_first_pass_and_keeps_the_worst()
    {
        IReadOnlyList<DependencyIncident> found = From(
            null,
            T(10, Pass, Warn, "read_only"),
            T(20, Warn, Fail, "timeout"),
            T(30, Fail, Warn, "read_only"),
            T(40, Warn, Pass, "ok")
        );
        Assert.Equal([new("a", Fail, "timeout", 10, null, 40)], found);
        Assert.Equal(TimeSpan.FromMilliseconds(30), found[0].Duration(1000));
    }

    [Fact]
    public void Incident_without_an_end_lasts() =>
        Assert.Equal([new("a", Fail, "timeout", 10, null, null)], From(State(Fail, 10), T(10, Pass, Fail, "timeout")));

    [Fact]
    public void What_lasts_comes_first_and_then_the_newest() =>
        Assert.Equal(
            [50, 30, 10],
            From(
                    State(Fail, 50),
                    T(50, Pass, Fail, "x"),
                    T(10, Pass, Fail, "x"),
                    T(20, Fail, Pass, "ok"),
                    T(30, Pass, Fail, "x"),
                    T(40, Fail, Pass, "ok")
                )
                .Select(i => i.Start)
        );

    [Fact]
    public void Beginning_that_could_not_be_stored_is_said_to_be_unknown_with_the_last_pass_before()
    {
        DependencyHistory history = new(
            [],
            [new(600_000, 1, Fail, "x", 1, 1, 1), new(480_000, 1, Pass, "ok", 1, 1, 1), new(60_000, 1, Pass, "ok", 1, 1, 1)],
            []
        );
        DependencyIncident[] found =
        [
            .. DependencyIncidents.From([T(700_000, Fail, Pass, "ok")], ["a"], [history], [State(Pass, 700_000)], 0),
        ];
        Assert.Equal([new("a", Fail, Reasons.Unknown, null, 540_000, 700_000) { FirstRecorded = 700_000, LastRecorded = 700_000 }], found);
        Assert.Null(found[0].Duration(0));
    }

    [Fact]
    public void End_that_could_not_be_stored_is_not_later_than_the_next_beginning() =>
        Assert.Equal(
            [new("a", Fail, "y", 30, null, null), new("a", Fail, "x", 10, null, 30)],
            From(State(Fail, 30), T(10, Pass, Fail, "x"), T(30, Pass, Fail, "y"))
        );

    [Fact]
    public void What_is_held_now_is_newer_than_the_list()
    {
        Assert.Equal([new("a", Fail, "timeout", 70, null, null)], From(State(Fail, 70)));
        Assert.Equal([new("a", Fail, "x", 10, null, 70)], From(State(Pass, 70), T(10, Pass, Fail, "x")));
        Assert.Equal([new("a", Fail, "x", 10, null, null)], From(null, T(10, Unknown, Fail, "x")));
    }

    [Fact]
    public void Incidents_that_were_over_before_and_those_of_others_are_left_out() =>
        Assert.Empty(
            DependencyIncidents.From(
                [T(10, Pass, Fail, "x"), T(20, Fail, Pass, "ok"), new(50, "someone-else", Pass, Fail, "x")],
                ["a"],
                [DependencyHistory.Nothing],
                [State(Pass, 20)],
                30
            )
        );

    private static IReadOnlyList<DependencyIncident> From(DependencyState? current, params RecordedTransition[] transitions) =>
        [
            .. Incident
                .InOrder(DependencyIncidents.From(transitions.Reverse(), ["a"], [DependencyHistory.Nothing], [current], 0))
                .Cast<DependencyIncident>()
                // IncidentFeedTests is about these.
                .Select(incident => incident with { FirstRecorded = 0, LastRecorded = 0 }),
        ];

    private static RecordedTransition T(long at, DependencyStatus from, DependencyStatus to, string reason) =>
        new(at, "a", from, to, reason);

    private static DependencyState State(DependencyStatus status, long since) =>
        new(status, status == Pass ? "ok" : "timeout", DateTimeOffset.FromUnixTimeMilliseconds(since), 1, 1);
}
