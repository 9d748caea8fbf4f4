using HxFunctions.Core.Configuration;
using HxFunctions.Core.Guarding;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Simulation;

/// <summary>Decisions that no product should make, at moments between what is promised and what isn't.</summary>
public sealed class DecisionJudgeTests
{
    [Theory]
    [InlineData(1, nameof(ServerState.Killed), "killed")]
    [InlineData(1, nameof(ServerState.ReadOnly), "killed")]
    [InlineData(1, nameof(ServerState.Hung), "hung")]
    [InlineData(2, nameof(ServerState.Killed), "killedAnywhere")]
    [InlineData(2, nameof(ServerState.ReadOnly), "killedAnywhere")]
    [InlineData(2, nameof(ServerState.Hung), "hungAnywhere")]
    public void Write_let_through_longer_than_printed_breaks_S1(int instances, string state, string row)
    {
        using Fleet fleet = new(instances);
        GuardDecision open = fleet.Ask();
        fleet.Postgres.State = Enum.Parse<ServerState>(state);

        fleet.Run(Fleet.Printed(row));
        Assert.Null(fleet.Judge(open));
        fleet.Run(0.5);

        Assert.Contains("S1: a1 lets a write through, though postgres has been down", fleet.Judge(open));
    }

    [Fact]
    public void Redis_that_is_killed_has_the_bound_of_any_other_dependency()
    {
        using Fleet fleet = new(2, route: "/both");
        GuardDecision open = fleet.Ask();
        fleet.Redis.State = ServerState.Killed;

        fleet.Run(Fleet.Printed("killedAnywhere") + 0.5);

        Assert.Contains("S1: a1 lets a write through, though redis has been down", fleet.Judge(open));
    }

    [Theory]
    [InlineData(1, "reopened")]
    [InlineData(2, "reopenedAnywhere")]
    public void Refusal_longer_than_printed_after_a_recovery_breaks_S2(int instances, string row)
    {
        using Fleet fleet = new(instances);
        GuardDecision open = fleet.Ask();
        fleet.Postgres.State = ServerState.Killed;
        fleet.Run(20);
        fleet.Postgres.State = ServerState.Up;

        fleet.Run(Fleet.Printed(row));
        Assert.Null(fleet.Judge(ClosedByPostgres(open)));
        fleet.Run(0.5);

        Assert.Contains("S2: a1 refuses, though postgres works", fleet.Judge(ClosedByPostgres(open)));
    }

    [Theory]
    [InlineData(1, "reopened")]
    [InlineData(2, "oneCutOff")]
    public void Refusal_longer_than_printed_after_every_link_has_recovered_breaks_S2(int instances, string row)
    {
        using Fleet fleet = new(instances);
        GuardDecision open = fleet.Ask();
        fleet.SetLinks(LinkState.Refused);
        fleet.Run(20);
        Assert.Null(fleet.Judge(ClosedByPostgres(open)));
        fleet.SetLinks(LinkState.Fine);

        fleet.Run(Fleet.Printed(row));
        Assert.Null(fleet.Judge(ClosedByPostgres(open)));
        fleet.Run(0.5);

        Assert.Contains("S2: a1 refuses, though postgres works", fleet.Judge(ClosedByPostgres(open)));
    }

    [Fact]
    public void Read_let_through_while_PostgreSQL_is_down_breaks_S1()
    {
        using Fleet fleet = new(1);
        GuardDecision open = fleet.Ask(isRead: true);
        fleet.Postgres.State = ServerState.Killed;
        fleet.Run(10);

        Assert.Contains("S1: a1 lets a read through", fleet.Judge(open, isRead: true));
    }

    [Fact]
    public void Read_is_to_be_open_while_PostgreSQL_is_read_only()
    {
        using Fleet fleet = new(1);
        GuardDecision open = fleet.Ask(isRead: true);
        fleet.Postgres.State = ServerState.ReadOnly;
        fleet.Run(10);

        Assert.Null(fleet.Judge(open, isRead: true));
        Assert.Contains("S2: a1 refuses", fleet.Judge(ClosedByPostgres(open), isRead: true));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Guard_that_does_not_do_what_an_override_says_breaks_S3(bool closed)
    {
        using Fleet fleet = new(1);
        fleet.First.SetOverride(new(closed, "drill", "sre", World.Begin), TimeSpan.FromSeconds(60), _ => { });
        fleet.Run(5);
        GuardDecision decision = fleet.Ask();

        Assert.Equal(closed, decision.Closed);
        Assert.Null(fleet.Judge(decision));
        Assert.Contains("S3: a1", fleet.Judge(decision with { Closed = !closed }));
    }

    [Fact]
    public void Guard_that_does_not_do_what_it_knows_without_an_override_breaks_S3()
    {
        using Fleet fleet = new(1);

        Assert.Contains("S3: a1 refuses", fleet.Judge(fleet.Ask() with { Closed = true }));
    }

    [Fact]
    public void Instance_that_knew_the_clock_before_it_was_set_back_is_not_excused()
    {
        using Fleet fleet = new(2);
        fleet.Restart();
        GuardDecision open = fleet.Ask();
        fleet.Postgres.State = ServerState.Killed;
        fleet.Run(1);
        fleet.Store.SetClock(-20);

        fleet.Run(Fleet.Printed("hungAnywhere") + Fleet.Printed("takeover") - 1);
        Assert.Null(fleet.Judge(open));
        fleet.Run(0.5);

        Assert.Contains("S1: a2 lets a write through", fleet.Judge(open));
    }

    [Fact]
    public void Instance_that_starts_after_the_clock_was_set_back_is_excused_for_one_bound()
    {
        using Fleet fleet = new(2);
        GuardDecision open = fleet.Ask();
        fleet.Postgres.State = ServerState.Killed;
        fleet.Run(20);
        fleet.Store.SetClock(-20);
        fleet.Restart();

        fleet.Run(Fleet.Printed("hungAnywhere") + Fleet.Printed("takeover") - 1);
        Assert.Null(fleet.Judge(open));
        fleet.Run(1.5);

        Assert.Contains("S1: a2 lets a write through", fleet.Judge(open));
    }

    private static GuardDecision ClosedByPostgres(GuardDecision decision) =>
        decision with
        {
            Closed = true,
            VerdictIsClosed = true,
            Missing = 1,
        };

    /// <summary>A fleet that has come to rest, without requests but the test's.</summary>
    private sealed class Fleet : IDisposable
    {
        private readonly World _world = new(1, tells: false);
        private readonly SimulatedServer[] _servers;
        private readonly Place[] _places;
        private readonly DecisionJudge _judge;
        private readonly SynchronizationContext? _callers = SynchronizationContext.Current;
        private readonly int _rule;

        public Fleet(int instances, string route = "/pg")
        {
            SynchronizationContext.SetSynchronizationContext(null);
            Store = new(_world);
            _servers = [new(_world, "postgres"), Store.Server, new(_world, "qdrant")];
            HxSettings settings = Simulation.Settings(2);
            _places = [.. Enumerable.Range(0, instances).Select(i => new Place(_world, i, settings, _servers, Store))];
            _judge = new(_world, settings, _servers, Store, _places);
            foreach (Place place in _places)
            {
                place.Start();
                place.HasTraffic = true;
            }

            _rule = Enumerable.Range(0, First.RuleCount).Single(rule => First.Rule(rule).Route == route);
            // What happened at the start shows no more.
            Run(60);
        }

        public SimulatedStore Store { get; }

        public SimulatedServer Postgres => _servers[0];

        public SimulatedServer Redis => _servers[1];

        public SimulatedInstance First => _places[0].Instance!;

        public static double Printed(string row) =>
            DetectionBounds.From(Simulation.Settings(2)).Rows.Single(printed => printed.Name == row).Seconds;

        public void Run(double seconds)
        {
            long end = _world.Now + (long)(seconds * World.Second);
            while (_world.Now < end)
            {
                _judge.CountChecks();
                _world.RunUntil(Math.Min(end, _world.Now + (World.Second / 2)));
            }
        }

        /// <summary>Another takes the first's place at once.</summary>
        public void Restart()
        {
            _places[0].Kill(0);
            Run(0.5);
        }

        public void SetLinks(LinkState state)
        {
            foreach (Place place in _places)
            {
                place.Links["postgres"].State = state;
            }
        }

        /// <summary>What the product decides.</summary>
        public GuardDecision Ask(bool isRead = false)
        {
            GuardDecision? answered = null;
            First.Ask(_rule, isRead, decision => answered = decision);
            _world.RunUntil(_world.Now + (2 * World.Second));
            return answered!.Value;
        }

        /// <summary>What the judge says to a decision of this moment.</summary>
        public string? Judge(GuardDecision decision, bool isRead = false)
        {
            _judge.Look(_places[0], First, new(_rule, isRead, First.OverrideInEffect), decision);
            return _world.Violation;
        }

        public void Dispose()
        {
            foreach (Place place in _places)
            {
                place.Dispose();
            }

            Store.Dispose();
            SynchronizationContext.SetSynchronizationContext(_callers);
        }
    }
}
