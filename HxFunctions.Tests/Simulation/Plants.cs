using HxFunctions.Core.Configuration;
using HxFunctions.Core.Dependencies;
using HxFunctions.Core.Snapshots;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace HxFunctions.Tests.Simulation;

/// <summary>Faults that somebody might make, each of which the simulation finds. docs/knowledge.md lists them.</summary>
internal static class Plants
{
    public static IReadOnlyList<Plant> All { get; } =
    [
        Plant.InProbes(
            "A refused connection counts as up",
            "S1",
            10,
            (_, found) => Equals(found.Data["reason"], Reasons.ConnectionRefused) ? CheckResults.Healthy() : found
        ),
        Plant.InProbes(
            "A server that takes no writes counts as up",
            "S1",
            10,
            (_, found) => found.Status == HealthStatus.Degraded ? CheckResults.Healthy() : found
        ),
        Plant.InProbes("A probe says what the probe before it found", "S1", 10, (before, found) => before ?? found),
        Plant.InService<TimeProvider>(
            "The monotonic clock stops while the process is paused",
            "S1",
            10,
            (clock, services) => new StoppingClock(clock, (SimulatedScheduler)services.GetRequiredService<TaskScheduler>()),
            Fault.Pause,
            Fault.ServerKilled,
            Fault.ServerHung
        ),
        Plant.InScripts(
            "A write that comes late is taken",
            "S1",
            10,
            [("if now > latest or now < latest - tonumber(ARGV[16]) - 100 then return { 'late' } end", "")]
        ) with
        {
            // It takes a Redis that hangs, loses everything and has its clock set back.
            In = NamedHistoriesTests.Histories["A write that lay in a hanging Redis whose clock was set back is refused"],
        },
        Plant.InScripts("The compare-and-set writes only what another has changed", "S2", 10, [("stored ~= ARGV[2]", "stored == ARGV[2]")]),
        Plant.InScripts(
            "What a later version has added makes a value someone else's",
            "S2",
            10,
            [
                (
                    @"string.find(v, '^%d+ {[^\128-\255]*$')",
                    @"string.find(v, '^%d+ {[^\128-\255]*$') and not string.find(v, '""later""', 1, true)"
                ),
            ]
        ),
        Plant.InScripts(
            "The lease isn't released",
            "S2",
            25,
            [("text(KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end", "false then end")]
        ),
        Plant.InScripts(
            "The holder of the lease notices no contender but itself",
            "S2",
            25,
            [("contender ~= ARGV[1]", "contender == ARGV[1]")]
        ),
        Plant.InScripts(
            "All records are read from the first dependency's field",
            "S2",
            10,
            [("field(KEYS[1], ARGV[i])", "field(KEYS[1], ARGV[8])")]
        ),
        Plant.InScripts("Redis's clock is read in whole seconds", "S2", 10, [(" + math.floor(tonumber(time[2]) / 1000)", "")]),
        Plant.InService<HxSettings>(
            "Up is confirmed by one pass too many",
            "S2",
            25,
            (settings, _) => settings with { Rise = settings.Rise + 1 }
        ),
        Plant.InScripts(
            "The older of two overrides wins",
            "S3",
            10,
            [("set_at(override) < tonumber(ARGV[5])", "set_at(override) > tonumber(ARGV[5])")]
        ),
        Plant.InScripts("Overrides and tombstones are kept for a second", "S3", 10, [("'86400000'", "'864'")]),
        Plant.InScripts(
            "An override that is put back lasts for another minute",
            "S3",
            10,
            [("stamped(math.max(1, now + left), ARGV[3])", "stamped(now + 60000, ARGV[3])")]
        ),
        Plant.InScripts(
            "The stamp of an override ignores the override before",
            "S3",
            10,
            [("math.max(now + tonumber(ARGV[9]), before + 1, tonumber(ARGV[7]) + 1)", "now")],
            Fault.SetOverride,
            Fault.ClearOverride,
            Fault.FailOver,
            Fault.Flush,
            Fault.ClockStep
        ),
        Plant.InScripts(
            "An override that comes late is taken",
            "S3",
            10,
            [("if now > tonumber(ARGV[3]) or now < tonumber(ARGV[3]) - tonumber(ARGV[8]) - 100 then return false end", "")],
            Fault.LinkSlow,
            Fault.SetOverride
        ),
        Plant.InScripts("Nobody puts an override back", "S3", 10, [("if ARGV[3] ~= '' and (", "if false and (")]) with
        {
            // Only who starts afterwards lacks it.
            In = new(
                1,
                120,
                2,
                2,
                [new(Fault.SetOverride, 10, Server: 1, Amount: 150), new(Fault.Flush, 40), new(Fault.Kill, 60, For: 1, Instance: 1)]
            ),
        },
        Plant.InCommands(
            "A lost reply counts as a refusal",
            "S3",
            10,
            async (redis, script, keys, arguments, mayRepeat) =>
            {
                try
                {
                    return await redis.EvaluateAsync(script, keys, arguments, mayRepeat);
                }
                catch (RedisConnectionException lost)
                {
                    const CommandStatus neverSent = CommandStatus.WaitingToBeSent;
                    throw new RedisConnectionException(lost.FailureType, CommandFlags.None, lost.Message, null, neverSent);
                }
            },
            Fault.LinkLosesReplies,
            Fault.SetOverride
        ),
        Plant.InScripts(
            "Every instance is told that it holds the lease",
            "S4",
            25,
            [("elseif holder == ARGV[1] then", "elseif true then")]
        ),
        Plant.InService<InstanceId>("All instances have the same name", "S4", 25, (_, _) => new InstanceId("a")),
        Plant.InCommands(
            "A refused command is repeated at once",
            "S4",
            10,
            async (redis, script, keys, arguments, mayRepeat) =>
            {
                while (true)
                {
                    try
                    {
                        return await redis.EvaluateAsync(script, keys, arguments, mayRepeat);
                    }
                    catch (RedisConnectionException) { }
                }
            }
        ),
        Plant.InScripts("A late write is answered by a word instead of a list", "S5", 10, [("return { 'late' }", "return 'late'")]),
    ];

    /// <summary>.NET's own, where the machine sleeps.</summary>
    private sealed class StoppingClock(TimeProvider clock, SimulatedScheduler scheduler) : TimeProvider
    {
        public override long TimestampFrequency => clock.TimestampFrequency;

        public override long GetTimestamp() => clock.GetTimestamp() - (scheduler.StoodStill * (clock.TimestampFrequency / World.Second));

        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            clock.CreateTimer(callback, state, dueTime, period);
    }
}
