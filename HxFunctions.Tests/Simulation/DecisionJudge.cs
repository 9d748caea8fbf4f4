using System.Globalization;
using System.Numerics;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Guarding;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Simulation;

/// <summary>
/// Holds every decision against the truth. S1: no write is open when what it needs has been down for longer than promised. S2: none is
/// closed for longer than promised after what it needs is back, not by a restart and not by one instance's fault. S4: checks per minute.
/// </summary>
internal sealed class DecisionJudge(World world, HxSettings settings, SimulatedServer[] servers, SimulatedStore store, Place[] places)
{
    /// <summary>What is added to the bounds where they are printed, and what messages take, in seconds.</summary>
    private const double Margin = 0.8;

    /// <summary>For how long what has happened may still show, in seconds.</summary>
    private readonly double _echo = 2 * new Promise(settings).ReopensIsolated;

    private readonly Promise _promise = new(settings);
    private readonly Dictionary<(Place, int), bool> _lastVerdict = [];

    /// <summary>Since when a server has been closing routes.</summary>
    private readonly Dictionary<(Place, SimulatedServer), long> _closedSince = [];
    private readonly Dictionary<Place, (SimulatedInstance Instance, long Sent)> _commands = [];

    /// <summary>How many decisions were looked at.</summary>
    public long Decisions { get; private set; }

    public void Look(Place place, SimulatedInstance instance, int rule, GuardDecision decision)
    {
        Decisions++;
        world.Count(decision.Closed ? rule + 1 : -rule - 1);
        if (!_lastVerdict.TryGetValue((place, rule), out bool before) || before != decision.Closed)
        {
            _lastVerdict[(place, rule)] = decision.Closed;
            world.Tell(
                instance.Name,
                $"{instance.Rule(rule).Route} is {(decision.Closed ? "closed by " + Names(decision.Missing) : "open")}"
            );
        }

        if (place.Instance != instance)
        {
            return;
        }

        NoteClosed(place, decision);
        if (decision.IsOverridden)
        {
            return;
        }

        for (ulong left = decision.Closed ? decision.Missing : decision.Needs; left != 0; left &= left - 1)
        {
            SimulatedServer server = servers[BitOperations.TrailingZeroCount(left)];
            if (decision.Closed)
            {
                JudgeClosed(place, instance, server);
            }
            else
            {
                JudgeDown(place, instance, server, "lets a write through");
            }
        }

        // What has been down for long is named, whatever else is down.
        for (ulong left = decision.Closed ? decision.Needs & ~decision.Missing : 0; left != 0; left &= left - 1)
        {
            SimulatedServer unnamed = servers[BitOperations.TrailingZeroCount(left)];
            if (unnamed.State == ServerState.ReadOnly)
            {
                continue;
            }

            JudgeDown(place, instance, unnamed, "doesn't name it", Latest(instance.StartedAt, place.LastDisturbed));
        }
    }

    /// <summary>How often servers were checked, and commands sent to Redis.</summary>
    public void CountChecks()
    {
        foreach (SimulatedServer server in servers)
        {
            while (server.Probes.TryPeek(out long first) && world.Now - first > 60 * World.Second)
            {
                server.Probes.Dequeue();
            }

            int most = _promise.ChecksPerMinute(places.Length, server == store.Server);
            if (server.Probes.Count > most)
            {
                world.Fail($"S4: {server.Name} was checked {server.Probes.Count} times within a minute; {most} are promised");
            }
        }

        foreach (Place place in places)
        {
            if (place.Instance is not { } instance)
            {
                continue;
            }

            (SimulatedInstance before, long sent) = _commands.GetValueOrDefault(place);
            long most = _promise.CommandsPerLook;
            if (before == instance && instance.CommandsSent - sent > most)
            {
                world.Fail($"S4: {instance.Name} sent {instance.CommandsSent - sent} commands to Redis within 0.5 s; {most} are promised");
            }

            _commands[place] = (instance, instance.CommandsSent);
        }
    }

    /// <summary>Takes note of which servers close routes by what an instance knows, whoever else closes or opens them: other servers, an
    /// override.</summary>
    private void NoteClosed(Place place, GuardDecision decision)
    {
        for (ulong left = decision.Needs; left != 0; left &= left - 1)
        {
            int index = BitOperations.TrailingZeroCount(left);
            if ((decision.Missing & (1UL << index)) != 0)
            {
                // What closed before a time without requests may have opened meanwhile.
                if (_closedSince.GetValueOrDefault((place, servers[index]), long.MinValue) < place.TrafficSince)
                {
                    _closedSince[(place, servers[index])] = world.Now;
                }
            }
            else if (
                !decision.VerdictIsClosed
                || decision.Snapshot.DecisiveAt(index, decision.Now) is DependencyStatus.Pass or DependencyStatus.Warn
            )
            {
                _closedSince.Remove((place, servers[index]));
            }
        }
    }

    private void JudgeDown(Place place, SimulatedInstance instance, SimulatedServer server, string wrong, long from = 0)
    {
        // Who has not seen the clock before it was set back takes what is stored for younger than it is.
        bool isDeceived =
            IsRecent(store.LastSetBack) && Since(instance.StartedAt) < Since(store.LastSetBack) + (2 * settings.MaxStaleness.TotalSeconds);
        if (server.DownSince is not { } since || isDeceived)
        {
            return;
        }

        double down = Since(Math.Max(since, from));
        double bound = Margin + (WasWithoutRedis(place) ? Math.Max(_promise.ClosesAlone, _promise.Closes) : _promise.Closes);
        if (IsDisturbed())
        {
            bound += _promise.Takeover;
        }

        if (down > bound)
        {
            world.Fail(
                $"S1: {instance.Name} {wrong}, though {server.Name} has been down for {down:0.0} s; {bound:0.0} are promised"
                    + Knows(instance, server)
            );
        }
    }

    private void JudgeClosed(Place place, SimulatedInstance instance, SimulatedServer server)
    {
        // A request that was waiting when the process stood still has had its second.
        if (Since(place.ResumedAt) < 1.5)
        {
            return;
        }

        // Redis itself is down for an instance that doesn't reach it.
        if (server == store.Server && place.Links[server.Name].State != LinkState.Fine)
        {
            return;
        }

        long redisFine = Latest(store.Server.LastNotUp, place.Links[store.Server.Name].LastNotFine);
        long ownFine = Latest(server.LastNotUp, place.Links[server.Name].LastNotFine);
        long known = redisFine == long.MaxValue ? ownFine : Latest(ownFine, redisFine);
        // Each that is cut off may get its turn.
        int cutOff = places.Any(p => IsRecent(p.Links[server.Name].LastNotFine))
            ? places.Count(p => p.Links.Values.Any(link => IsRecent(link.LastNotFine)))
            : 0;
        bool isAlone = WasWithoutRedis(place) || places.Any(WasWithoutRedis);
        double bound = _promise.Reopens;
        if (isAlone)
        {
            bound = Math.Max(bound, _promise.ReopensAlone);
        }

        bound = Math.Max(
            bound,
            (cutOff * (_promise.ReopensIsolated + settings.MaxStaleness.TotalSeconds)) - settings.MaxStaleness.TotalSeconds
        );

        if (known == long.MaxValue && redisFine != long.MaxValue)
        {
            // Others that reach all may know for it.
            known = places
                .Where(other => other != place && other is { HasTraffic: true, Instance.IsPaused: false })
                .Select(other =>
                    Latest(
                        server.LastNotUp,
                        redisFine,
                        other.Links[server.Name].LastNotFine,
                        other.Links[store.Server.Name].LastNotFine,
                        other.LastDisturbed
                    )
                )
                .DefaultIfEmpty(long.MaxValue)
                .Min();
        }

        if (known == long.MaxValue)
        {
            return;
        }

        known = Latest(known, place.ResumedAt);
        if (IsDisturbed())
        {
            bound += _promise.Takeover;
        }

        if (cutOff > 0)
        {
            // Somebody must reach everything.
            if (!places.Any(p => p is { HasTraffic: true, Instance.IsPaused: false } && !p.Links.Values.Any(l => IsRecent(l.LastNotFine))))
            {
                return;
            }

            known = Latest(known, _closedSince[(place, server)]);
            // While something else is down, the lease goes round.
            if (servers.Any(other => other != server && IsRecent(other.LastNotUp)))
            {
                bound += _promise.Takeover;
            }
        }

        // What it is told of after a time without requests, it has not asked for meanwhile. Nor has it heard that another's failure was
        // that one's own, when Redis went away before it could: without requests it checks at the timer alone, and one pass isn't enough.
        long lastToldWrong =
            redisFine == long.MaxValue || Since(redisFine) < 120
                ? Latest([.. places.Select(other => other.Links[server.Name].LastNotFine)])
                : 0;
        if (Since(known) < 120 || Since(lastToldWrong) < 120)
        {
            known = Latest(known, place.TrafficSince);
        }

        double up = Since(known);
        if (up > bound + Margin)
        {
            world.Fail(
                $"S2: {instance.Name} refuses, though {server.Name} works for {up:0.0} s; {bound:0.0} are promised"
                    + Knows(instance, server)
            );
        }
    }

    private bool WasWithoutRedis(Place place) => IsRecent(store.Server.LastNotUp) || IsRecent(place.Links[store.Server.Name].LastNotFine);

    private bool IsDisturbed() => places.Any(place => Since(place.LastDisturbed) < _echo);

    private bool IsRecent(long? moment) => moment is { } at && at != long.MinValue && (at == long.MaxValue || Since(at) < _echo);

    /// <summary>In seconds.</summary>
    private double Since(long moment) => moment == long.MinValue ? double.MaxValue : (double)(world.Now - moment) / World.Second;

    /// <summary>What an instance goes by, for the story.</summary>
    private string Knows(SimulatedInstance instance, SimulatedServer server)
    {
        DependencyKnowledge known = instance.Snapshot.Dependencies[Array.IndexOf(servers, server)];
        return known.Record is { } record
            ? string.Create(
                CultureInfo.InvariantCulture,
                $". It knows: {record.State.Status}, {record.State.Reason}, by {record.Source}, "
                    + $"{instance.Clock.GetElapsedTime(known.ObservedAt).TotalSeconds:0.0} s old; Redis {instance.Snapshot.Store}"
            )
            : ". It knows nothing.";
    }

    private string Names(ulong mask) => string.Join(", ", servers.Where((_, i) => (mask & (1UL << i)) != 0).Select(server => server.Name));

    private static long Latest(params ReadOnlySpan<long?> moments)
    {
        long latest = 0;
        foreach (long? moment in moments)
        {
            latest = Math.Max(latest, moment ?? 0);
        }

        return latest;
    }
}
