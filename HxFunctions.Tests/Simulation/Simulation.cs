using HxFunctions.Core.Configuration;
using HxFunctions.Core.Snapshots;
using Microsoft.Extensions.Configuration;

namespace HxFunctions.Tests.Simulation;

/// <summary>What came of a scenario.</summary>
/// <param name="Violation">The property that didn't hold, and when; <see langword="null"/>: all did.</param>
/// <param name="Fingerprint">Of the history: equal for equal histories.</param>
/// <param name="Story">The history, one line each, if it was asked for.</param>
/// <param name="Decisions">How many decisions were looked at.</param>
internal sealed record Outcome(string? Violation, ulong Fingerprint, IReadOnlyList<string> Story, long Decisions, double Seconds);

/// <summary>Runs a scenario: a fleet of real instances in a simulated world, judged at every step by whoever knows the truth.</summary>
internal sealed class Simulation : IDisposable
{
    private const string Routes = "/pg=postgres; /both=postgres,redis; /vector=qdrant";

    private readonly Scenario _scenario;
    private readonly World _world;
    private readonly SimulatedStore _store;
    private readonly SimulatedServer[] _servers;
    private readonly Place[] _places;
    private readonly DecisionJudge _judge;
    private readonly OverrideJudge _overrides;

    private Simulation(Scenario scenario, bool tells)
    {
        _scenario = scenario;
        _world = new(scenario.Seed, tells, scenario.Plant);
        _store = new(_world);
        _servers = [new(_world, "postgres"), _store.Server, new(_world, "qdrant")];
        HxSettings settings = Settings(scenario.Staleness);
        _places = [.. Enumerable.Range(0, scenario.Instances).Select(i => new Place(_world, i, settings, _servers, _store))];
        _judge = new(_world, settings, _servers, _store, _places);
        _overrides = new(_world, settings, _store, _places);
    }

    /// <param name="tells">Whether the story is wanted.</param>
    public static Outcome Run(Scenario scenario, bool tells = false)
    {
        // A test runner's own would take the awaits away from the instances' schedulers.
        SynchronizationContext? callers = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            using Simulation simulation = new(scenario, tells);
            return simulation.Run();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(callers);
        }
    }

    /// <summary>Configured as an operator would.</summary>
    public static HxSettings Settings(double staleness)
    {
        Dictionary<string, string?> variables = new()
        {
            ["PG_URL"] = "postgresql://hx@postgres/hx",
            ["REDIS_URL"] = "redis://redis",
            ["QDRANT_URL"] = "http://qdrant",
            ["GUARD_ROUTES"] = Routes,
            ["GUARD_MAX_STALENESS"] = staleness.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
        HxSettings settings = HxSettingsReader.Read(new ConfigurationBuilder().AddInMemoryCollection(variables).Build());
        Assert.Empty(settings.Problems);
        return settings;
    }

    public void Dispose()
    {
        foreach (Place place in _places)
        {
            place.Dispose();
        }

        _store.Dispose();
    }

    private Outcome Run()
    {
        foreach (Place place in _places)
        {
            place.Start();
            place.HasTraffic = true;
            Traffic(place);
        }

        foreach (Incident incident in _scenario.Incidents)
        {
            _world.At((long)(incident.At * World.Second), () => Begin(incident));
        }

        Watch();
        _world.RunUntil((long)(_scenario.Lasts * World.Second));
        return new(_world.Violation, _world.Fingerprint, _world.Story, _judge.Decisions, _world.Seconds);
    }

    /// <summary>Guard requests at an instance, as long as it has traffic.</summary>
    private void Traffic(Place place)
    {
        if (place is { HasTraffic: true, Instance: { IsPaused: false } instance })
        {
            for (int rule = 0; rule < instance.RuleCount; rule++)
            {
                Ask(place, instance, rule, isRead: false);
                Ask(place, instance, rule, isRead: true);
            }
        }

        _world.After(_world.Between(0.2, 1.2), () => Traffic(place));
    }

    private void Ask(Place place, SimulatedInstance instance, int rule, bool isRead)
    {
        GuardOverride? before = instance.OverrideInEffect;
        instance.Ask(rule, isRead, decision => _judge.Look(place, instance, new(rule, isRead, before), decision));
    }

    private void Watch()
    {
        _judge.CountChecks();
        foreach (Place place in _places)
        {
            _overrides.Look(place);
        }

        _world.After(0.5, Watch);
    }

    private void Begin(Incident incident)
    {
        Place place = _places[incident.Instance];
        SimulatedServer server = _servers[incident.Server];
        switch (incident.Fault)
        {
            case Fault.ServerKilled:
                BeServer(server, ServerState.Killed, incident);
                break;
            case Fault.ServerHung:
                BeServer(server, ServerState.Hung, incident);
                break;
            case Fault.ServerReadOnly:
                BeServer(server, ServerState.ReadOnly, incident);
                break;
            case Fault.ServerLies:
                BeServer(server, ServerState.Lies, incident);
                break;
            case Fault.LinkRefused:
                BeLink(place, server, LinkState.Refused, incident);
                break;
            case Fault.LinkSilent:
                BeLink(place, server, LinkState.Silent, incident);
                break;
            case Fault.LinkLosesReplies:
                BeLink(place, server, LinkState.LosesReplies, incident);
                break;
            case Fault.LinkSlow:
                BeLink(place, server, LinkState.Slow, incident);
                break;
            case Fault.FailOver:
                _world.Tell("redis", $"fails over to a replica that lags by {incident.Amount} s; its clock differs by {incident.Shift} s");
                _store.Memory.FailOver((long)(incident.Amount * 1_000_000));
                Shift(incident);
                break;
            case Fault.Flush:
                _world.Tell("redis", $"is replaced by an empty one; its clock differs by {incident.Shift} s");
                _store.Memory.FlushAll();
                Shift(incident);
                break;
            case Fault.ClockStep:
                _world.Tell("redis", $"its clock is set by {incident.Shift} s");
                Shift(incident);
                break;
            case Fault.Kill:
                _overrides.Forget(place);
                place.Kill(incident.For);
                break;
            case Fault.Upgrade:
                _overrides.Forget(place);
                place.Upgrade(incident.For, toLater: incident.Server != 0);
                break;
            case Fault.Pause:
                _overrides.Forget(place);
                place.Pause(incident.For);
                break;
            case Fault.NoTraffic:
                place.HasTraffic = false;
                _world.After(incident.For, () => place.HasTraffic = true);
                break;
            case Fault.SetOverride:
                _overrides.Set(place, closed: incident.Server != 0, incident.Amount);
                break;
            case Fault.ClearOverride:
                _overrides.Clear(place);
                break;
            case Fault.Outsider:
                _store.Shake();
                _world.After(incident.For, _store.Shake);
                Outsider.Write(
                    _world,
                    _store,
                    _places[0].Keys,
                    incident.For,
                    wroteOverride: () => _overrides.Disturb(0, losesMemory: true)
                );
                break;
            case Fault.LiveLoop:
                place.LoopLive(_world.Now + (long)(incident.For * World.Second));
                break;
        }
    }

    private void BeServer(SimulatedServer server, ServerState state, Incident incident)
    {
        if (server.State == ServerState.Up)
        {
            server.State = state;
            HoldFor(incident, server.Name, $"{state}", $"works again", () => server.State = ServerState.Up);
        }
    }

    private void BeLink(Place place, SimulatedServer server, LinkState state, Incident incident)
    {
        Link link = place.Links[server.Name];
        if (link.State == LinkState.Fine)
        {
            link.State = state;
            HoldFor(
                incident,
                place.Name,
                $"its link to {server.Name}: {state}",
                $"its link to {server.Name} works again",
                () => link.State = LinkState.Fine
            );
        }
    }

    /// <summary>Tells that an incident begins, and ends it when its time is over.</summary>
    private void HoldFor(Incident incident, string who, FormattableString begins, FormattableString ends, Action end)
    {
        _world.Tell(who, begins);
        _world.After(
            incident.For,
            () =>
            {
                _world.Tell(who, ends);
                end();
            }
        );
    }

    private void Shift(Incident incident)
    {
        _store.SetClock(incident.Shift);
        _overrides.Disturb(incident.Shift, losesMemory: incident.Fault != Fault.ClockStep || incident.Shift > 0);
    }
}
