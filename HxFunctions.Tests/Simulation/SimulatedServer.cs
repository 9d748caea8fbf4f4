using HxFunctions.Core.Dependencies;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HxFunctions.Tests.Simulation;

/// <summary>How a dependency is, truly.</summary>
internal enum ServerState
{
    Up,

    /// <summary>Refuses connections.</summary>
    Killed,

    /// <summary>Takes requests and doesn't answer.</summary>
    Hung,

    /// <summary>Answers, and takes no writes.</summary>
    ReadOnly,

    /// <summary>Now and then it fails where it works: neither up nor down.</summary>
    Lies,
}

/// <summary>A dependency that no instance is, and the truth about it.</summary>
internal sealed class SimulatedServer(World world, string name)
{
    private readonly List<Action> _waiting = [];
    private ServerState _state;

    public string Name => name;

    /// <summary>When each probe arrived, on the world's clock; the last minute's.</summary>
    public Queue<long> Probes { get; } = new();

    public ServerState State
    {
        get => _state;
        set
        {
            _state = value;
            DownSince = value is ServerState.Killed or ServerState.Hung or ServerState.ReadOnly ? DownSince ?? world.Now : null;
            LastNotUp = value == ServerState.Up ? world.Now : long.MaxValue;
            if (value is not (ServerState.Up or ServerState.ReadOnly))
            {
                LastUnreadable = long.MaxValue;
            }
            else if (LastUnreadable == long.MaxValue)
            {
                LastUnreadable = world.Now;
            }

            if (value != ServerState.Hung)
            {
                Action[] waiting = [.. _waiting];
                _waiting.Clear();
                // What it had taken it answers now, though nobody may wait for it any more.
                foreach (Action request in waiting)
                {
                    request();
                }
            }
        }
    }

    /// <summary>Since when no write can work, for anyone; <see langword="null"/>: it can.</summary>
    public long? DownSince { get; private set; }

    /// <summary>When it last was anything but up. <see cref="long.MaxValue"/>: it is now.</summary>
    public long LastNotUp { get; private set; } = long.MinValue;

    /// <summary>When it last was anything but up or read-only. <see cref="long.MaxValue"/>: it is now.</summary>
    public long LastUnreadable { get; private set; } = long.MinValue;

    /// <summary>Takes a request, and gets to it when it doesn't hang.</summary>
    public void Take(Action request)
    {
        if (State == ServerState.Hung)
        {
            _waiting.Add(request);
        }
        else
        {
            request();
        }
    }

    public void CountProbe()
    {
        Probes.Enqueue(world.Now);
        while (world.Now - Probes.Peek() > 60 * World.Second)
        {
            Probes.Dequeue();
        }
    }

    /// <summary>What a probe finds that gets an answer.</summary>
    public HealthCheckResult Probe() =>
        State switch
        {
            ServerState.Killed => CheckResults.Unhealthy(Reasons.ConnectionRefused),
            ServerState.ReadOnly => CheckResults.Degraded(Reasons.ReadOnly),
            ServerState.Lies when world.Dice.Next(3) == 0 => CheckResults.Unhealthy(Reasons.ConnectionReset),
            _ => CheckResults.Healthy(),
        };
}

/// <summary>The probe of a dependency, by one instance.</summary>
internal sealed class SimulatedCheck(SimulatedServer server, Link link) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            server.CountProbe();
            return await link.AskAsync(server, server.Probe, () => new IOException("refused")).WaitAsync(cancellationToken);
        }
        catch (IOException)
        {
            return CheckResults.Unhealthy(Reasons.ConnectionRefused);
        }
    }
}
