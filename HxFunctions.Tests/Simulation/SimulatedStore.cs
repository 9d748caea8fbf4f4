using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;
using HxFunctions.Tests.Simulation.Redis;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace HxFunctions.Tests.Simulation;

/// <summary>The Redis where the fleet meets: a server among the others, with a memory and a clock of its own.</summary>
internal sealed class SimulatedStore : IDisposable
{
    private readonly World _world;

    public SimulatedStore(World world)
    {
        _world = world;
        Server = new(world, DependencyName);
        Memory = new(() => (World.Begin.ToUnixTimeMilliseconds() * 1000) + ((world.Now + ClockAhead) / 10), () => world.Now / 10);
    }

    private const string DependencyName = "redis";

    public SimulatedServer Server { get; }

    public SimulatedRedis Memory { get; }

    /// <summary>How far its clock is ahead of the true time, in ticks.</summary>
    public long ClockAhead { get; private set; }

    /// <summary>When it was last set back. Who has not looked at it before can't know.</summary>
    public long LastSetBack { get; private set; } = long.MinValue;

    /// <summary>When what it holds, or its clock, was last changed by anything but the fleet.</summary>
    public long LastShaken { get; private set; } = long.MinValue;

    public void Shake() => LastShaken = _world.Now;

    /// <summary>Sets the clock by some seconds.</summary>
    public void SetClock(double seconds)
    {
        Shake();
        ClockAhead += (long)(seconds * World.Second);
        LastSetBack = seconds < 0 ? _world.Now : LastSetBack;
    }

    /// <summary>Runs on it, if it lets anybody.</summary>
    public T Run<T>(Func<SimulatedRedis, T> command)
    {
        if (Server.State == ServerState.Killed || (Server.State == ServerState.Lies && _world.Dice.Next(3) == 0))
        {
            throw Refused();
        }

        Memory.RefusesWrites = Server.State == ServerState.ReadOnly ? "READONLY You can't write against a read only replica." : null;
        return command(Memory);
    }

    public void Dispose() => Memory.Dispose();

    public static RedisConnectionException Refused() =>
        new(ConnectionFailureType.UnableToConnect, CommandFlags.None, "refused", null, CommandStatus.Unknown);
}

/// <summary>One instance's client: what StackExchange.Redis and the product's connection make of a link.</summary>
internal sealed class SimulatedCommands(SimulatedStore store, Link link, TimeProvider time, TimeSpan timeout) : IStoreCommands
{
    /// <summary>How many commands were sent.</summary>
    public long Sent { get; private set; }

    public async Task<RedisResult> EvaluateAsync(string script, RedisKey[] keys, RedisValue[] arguments, bool mayRepeat)
    {
        try
        {
            return await AskAsync(redis => redis.Evaluate(script, keys, arguments));
        }
        catch (RedisConnectionException) when (mayRepeat)
        {
            // On a fresh connection.
            return await AskAsync(redis => redis.Evaluate(script, keys, arguments));
        }
    }

    private async Task<T> AskAsync<T>(Func<SimulatedRedis, T> command)
    {
        Sent++;
        try
        {
            return await link.AskAsync(store.Server, () => store.Run(command), SimulatedStore.Refused).WaitAsync(timeout, time);
        }
        catch (TimeoutException)
        {
            throw new RedisTimeoutException(CommandFlags.None, "no answer", CommandStatus.Sent);
        }
    }
}

/// <summary>Redis's probe, by the store's commands.</summary>
internal sealed class SimulatedRedisCheck(SimulatedStore store, IStoreCommands commands, StoreKeys keys) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            store.Server.CountProbe();
            RedisResult answer = await commands
                .EvaluateAsync(SnapshotScripts.Probe, [keys.Probe], [], mayRepeat: true)
                .WaitAsync(cancellationToken);
            RedisResult[] parts = (RedisResult[])answer!;
            return parts.Length == 1
                ? CheckResults.Healthy()
                : CheckResults.Unhealthy(RedisFailures.OfScript((string)parts[0]!, (string)parts[1]!).Reason);
        }
        catch (Exception exception) when (exception is RedisException or RedisTimeoutException)
        {
            return CheckResults.Unhealthy(RedisFailures.Of(exception).Reason);
        }
    }
}
