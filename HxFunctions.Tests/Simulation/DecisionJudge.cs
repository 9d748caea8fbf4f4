using System.Globalization;
using System.Numerics;
using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Guarding;
using HxFunctions.Core.Snapshots;

namespace HxFunctions.Tests.Simulation;

/// <summary>A guard request.</summary>
/// <param name="IsRead">Whether it is a GET.</param>
/// <param name="Override">What was in effect on the instance when it came.</param>
internal readonly record struct Question(int Rule, bool IsRead, GuardOverride? Override);

/// <summary>
/// Holds every decision against the truth. S1: no request is let through when what it needs has been down for longer than promised. S2:
/// none is refused for longer than promised after what it needs is back, not by a restart and not by one instance's fault. S3: an override
/// decides on the instance where it is in effect. S4: checks per minute.
/// </summary>
internal sealed class DecisionJudge(World world, HxSettings settings, SimulatedServer[] servers, SimulatedStore store, Place[] places)
{
    /// <summary>What messages take beyond the half second that is printed, in seconds.</summary>
    private const double Margin = 0.3;

    private readonly Promise _promise = new(settings, places.Length);
    private readonly Dictionary<(Place, int, bool), bool> _lastVerdict = [];

    /// <summary>Since when a server has been closing routes, for reads or for writes.</summary>
    private readonly Dictionary<(Place, SimulatedServer, bool), long> _closedSince = [];

    /// <summary>When an instance was first seen to have read Redis; earlier by a look at most.</summary>
    private readonly Dictionary<SimulatedInstance, long> _firstRead = [];
    private readonly Dictionary<Place, (SimulatedInstance Instance, long Sent)> _commands = [];

    /// <summary>How many decisions were looked at.</summary>
    public long Decisions { get; private set; }

    public void Look(Place place, SimulatedInstance instance, Question question, GuardDecision decision)
    {
        Decisions++;
        (int rule, bool isRead, _) = question;
        world.Count(decision.Closed ? rule + 1 : -rule - 1);
        if (!_lastVerdict.TryGetValue((place, rule, isRead), out bool before) || before != decision.Closed)
        {
            _lastVerdict[(place, rule, isRead)] = decision.Closed;
            string verdict = decision.Closed ? "closed by " + Names(decision.Missing) : "open";
            world.Tell(instance.Name, $"{(isRead ? "GET " : "")}{instance.Rule(rule).Route} is {verdict}");
        }

        if (place.Instance != instance)
        {
            return;
        }

        NoteFirstRead(instance);
        NoteClosed(place, isRead, decision);
        JudgeOverride(place, instance, question, decision);
        if (decision.IsOverridden)
        {
            return;
        }

        for (ulong left = decision.Closed ? decision.Missing : decision.Needs; left != 0; left &= left - 1)
        {
            SimulatedServer server = servers[BitOperations.TrailingZeroCount(left)];
            if (decision.Closed)
            {
                JudgeClosed(place, instance, server, isRead);
            }
            // Redis's own probe writes, whatever is asked for.
            else if (!isRead || server == store.Server || server.State != ServerState.ReadOnly)
            {
                JudgeDown(place, instance, server, $"lets a {(isRead ? "read" : "write")} through");
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

            int most = _promise.ChecksPerMinute(server == store.Server);
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

            NoteFirstRead(instance);
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
    private void NoteClosed(Place place, bool isRead, GuardDecision decision)
    {
        for (ulong left = decision.Needs; left != 0; left &= left - 1)
        {
            int index = BitOperations.TrailingZeroCount(left);
            if ((decision.Missing & (1UL << index)) != 0)
            {
                // What closed before a time without requests may have opened meanwhile.
                if (_closedSince.GetValueOrDefault((place, servers[index], isRead), long.MinValue) < place.TrafficSince)
                {
                    _closedSince[(place, servers[index], isRead)] = world.Now;
                }
            }
            else if (
                !decision.VerdictIsClosed
                || decision.Snapshot.DecisiveAt(index, decision.Now) is DependencyStatus.Pass or DependencyStatus.Warn
            )
            {
                _closedSince.Remove((place, servers[index], isRead));
            }
        }
    }

    private void NoteFirstRead(SimulatedInstance instance)
    {
        if (instance.Snapshot.Store == StoreCondition.Usable)
        {
            _firstRead.TryAdd(instance, world.Now);
        }
    }

    /// <summary>What is in effect on the instance decides; without it, what the dependencies say does.</summary>
    private void JudgeOverride(Place place, SimulatedInstance instance, Question question, GuardDecision decision)
    {
        GuardOverride? inEffect = instance.OverrideInEffect;
        // It came or went while the request waited, or the process stood still.
        if (!ReferenceEquals(inEffect, question.Override) || Since(place.ResumedAt) < 1.5)
        {
            return;
        }

        if (decision.Closed != (inEffect?.Closed ?? decision.VerdictIsClosed))
        {
            world.Fail(
                $"S3: {instance.Name} {(decision.Closed ? "refuses" : "lets through")} what should be "
                    + $"{(decision.Closed ? "open" : "closed")} by {inEffect?.Reason ?? "what it knows"}"
            );
        }
    }

    private void JudgeDown(Place place, SimulatedInstance instance, SimulatedServer server, string wrong, long from = 0)
    {
        if (server.DownSince is not { } since)
        {
            return;
        }

        // Who has not seen the clock before it was set back takes what it reads first for younger than it is (docs/knowledge.md, "Not
        // guaranteed"): for as if it had been observed at that moment, at the most.
        if (IsRecent(store.LastSetBack) && _firstRead.TryGetValue(instance, out long read) && read >= store.LastSetBack)
        {
            from = Latest(from, read);
        }

        double down = Since(Math.Max(since, from));
        double bound = Margin + ClosesWithin(place, server);
        if (down > bound)
        {
            world.Fail(
                $"S1: {instance.Name} {wrong}, though {server.Name} has been down for {down:0.0} s; {bound:0.0} are promised"
                    + Knows(instance, server)
            );
        }
    }

    /// <summary>What is promised for a server that is down.</summary>
    private double ClosesWithin(Place place, SimulatedServer server)
    {
        bool isRedis = server == store.Server;
        // So it is for an instance that alone has nothing between it and the server, or reads what another found.
        bool failsAtOnce =
            server.State != ServerState.Hung
            && !IsRecent(store.LastShaken)
            && !places.Any(other => IsRecent(other.Links[server.Name].LastNotFine) || (!isRedis && WasWithoutRedis(other)));
        double bound = failsAtOnce ? _promise.ClosesKilled : _promise.ClosesHung;
        // Redis itself is checked by each instance, and at the same pace as ever.
        if (!isRedis && WasWithoutRedis(place))
        {
            bound = Math.Max(bound, _promise.ClosesAlone);
        }

        return IsDisturbed() ? bound + _promise.Takeover : bound;
    }

    private void JudgeClosed(Place place, SimulatedInstance instance, SimulatedServer server, bool isRead)
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

        // Redis's own probe writes, whatever is asked for.
        long serverFine = isRead && server != store.Server ? server.LastUnreadable : server.LastNotUp;
        long redisFine = Latest(store.Server.LastNotUp, place.Links[store.Server.Name].LastNotFine);
        long ownFine = Latest(serverFine, place.Links[server.Name].LastNotFine);
        long known = redisFine == long.MaxValue ? ownFine : Latest(ownFine, redisFine);
        if (known == long.MaxValue && redisFine != long.MaxValue)
        {
            // Others that reach all may know for it.
            known = places
                .Where(other => other != place && other is { HasTraffic: true, Instance.IsPaused: false })
                .Select(other =>
                    Latest(
                        serverFine,
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

        // What an instance has lost it may have to take from another, or the other way round.
        double bound = IsRecent(store.LastShaken) ? _promise.ReopensFollowing : _promise.Reopens;
        if (places.Any(WasWithoutRedis))
        {
            bound = Math.Max(bound, _promise.ReopensAlone);
        }

        int cutOff = CutOff(server);
        if (cutOff == 0)
        {
            JudgeUp(place, instance, server, known, bound);
            return;
        }

        // While something else is down, the lease goes round.
        if (servers.Any(other => other != server && IsRecent(other.LastNotUp)))
        {
            bound += _promise.Takeover;
        }

        // When nobody is cut off any more, nobody else gets a turn.
        long everybody = Latest([.. places.Select(LastCutOff)]);
        JudgeUp(place, instance, server, Latest(known, everybody), Math.Max(bound, _promise.ReopensWith(cutOff: 1)));
        // Before, somebody must reach everything.
        long reachesAll = places
            .Where(other => other is { HasTraffic: true, Instance.IsPaused: false })
            .Select(LastCutOff)
            .DefaultIfEmpty(long.MaxValue)
            .Min();
        JudgeUp(
            place,
            instance,
            server,
            Latest(known, _closedSince[(place, server, isRead)], IsRecent(reachesAll) ? reachesAll : 0),
            Math.Max(bound, _promise.ReopensWith(cutOff))
        );
    }

    /// <param name="known">Since when it is to be known that the server works; <see cref="long.MaxValue"/>: it isn't.</param>
    /// <param name="bound">What is promised, in seconds, unless something else happened.</param>
    private void JudgeUp(Place place, SimulatedInstance instance, SimulatedServer server, long known, double bound)
    {
        if (known == long.MaxValue)
        {
            return;
        }

        known = Latest(known, place.ResumedAt);
        if (IsDisturbed())
        {
            bound += _promise.Takeover;
        }

        // What it is told of after a time without requests, it has not asked for meanwhile. Nor has it heard that another's failure was
        // that one's own, when Redis went away before it could: without requests it checks at the timer alone, and one pass isn't enough.
        long redisFine = Latest(store.Server.LastNotUp, place.Links[store.Server.Name].LastNotFine);
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

    /// <summary>How many instances didn't reach something lately that others reached; 0 when all reached the server. One that is alone has
    /// nobody to keep closed: its link is a part of the server.</summary>
    private int CutOff(SimulatedServer server) =>
        places.Length > 1 && places.Any(place => IsRecent(place.Links[server.Name].LastNotFine))
            ? places.Count(place => place.Links.Values.Any(link => IsRecent(link.LastNotFine)))
            : 0;

    /// <summary>When an instance last didn't reach something; <see cref="long.MaxValue"/>: it doesn't now.</summary>
    private static long LastCutOff(Place place) => Latest([.. place.Links.Values.Select(link => link.LastNotFine)]);

    private bool WasWithoutRedis(Place place) => IsRecent(store.Server.LastNotUp) || IsRecent(place.Links[store.Server.Name].LastNotFine);

    private bool IsDisturbed() => places.Any(place => Since(place.LastDisturbed) < _promise.Echo);

    private bool IsRecent(long? moment) => moment is { } at && at != long.MinValue && (at == long.MaxValue || Since(at) < _promise.Echo);

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
