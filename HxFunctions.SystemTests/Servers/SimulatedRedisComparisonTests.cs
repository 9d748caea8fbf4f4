using System.Globalization;
using System.Text.Json;
using HxFunctions.Core.Snapshots;
using HxFunctions.Servers;
using HxFunctions.Tests.Simulation.Redis;
using StackExchange.Redis;

namespace HxFunctions.SystemTests.Servers;

/// <summary>
/// The store's scripts on the simulated Redis and on a real one: the same answers, the same state afterwards. The real one is right. It is
/// this test's own, so that it can be made to refuse writes.
/// </summary>
public sealed class SimulatedRedisComparisonTests
{
    private const int Seed = 20_260_801;
    private const string State = """
        local state = {}
        for i = 1, #KEYS do
          local key = KEYS[i]
          local t = redis.call('TYPE', key).ok
          local values = {}
          if t == 'string' then values = { redis.call('GET', key) } end
          if t == 'list' then values = redis.call('LRANGE', key, 0, -1) end
          if t == 'zset' then values = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') end
          if t == 'hash' then values = redis.call('HGETALL', key) end
          state[i] = { t, redis.call('PTTL', key), values }
        end
        return { redis.call('TIME'), #redis.call('KEYS', '*'), state }
        """;

    /// <summary>How writes are refused: the command for that, the one for normal, and the error.</summary>
    public static TheoryData<int, int, string[]> Runs =>
        new()
        {
            { Seed, 8000, [] },
            {
                Seed + 1,
                2000,
                ["CONFIG SET maxmemory 1", "CONFIG SET maxmemory 0", "OOM command not allowed when used memory > 'maxmemory'."]
            },
            {
                Seed + 2,
                2000,
                [
                    "CONFIG SET min-replicas-to-write 1",
                    "CONFIG SET min-replicas-to-write 0",
                    "NOREPLICAS Not enough good replicas to write.",
                ]
            },
            // Of a primary where nobody listens: nothing comes from there.
            { Seed + 3, 1000, ["REPLICAOF 127.0.0.1 1", "REPLICAOF NO ONE", "READONLY You can't write against a read only replica."] },
        };

    [Theory, MemberData(nameof(Runs))]
    public async Task Scripts_do_the_same_as_on_a_real_server(int seed, int count, string[] refusal)
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using ConnectionMultiplexer connection = await ConnectAsync(server);
        IDatabase database = connection.GetDatabase();
        using SimulatedRedis simulated = new(() => ScriptCase.Now * 1000, () => 0);
        ScriptCases cases = new(seed);
        HashSet<string> seen = [];
        for (int i = 0; i < count; i++)
        {
            ScriptCase next = cases.Next();
            ScriptOutcome real = await OnRealAsync(database, next, refusal),
                own = OnSimulated(simulated, next, refusal is [.., string error] ? error : null);
            string? difference = real.DifferenceTo(own);
            Assert.True(difference is null, $"seed {seed}, case {i}: {next}\n{difference}\nreal:      {real}\nsimulated: {own}");
            seen.Add($"{next.Name} {real.Answer.Split(' ')[0]}");
        }

        // What the scripts may come to, and with their errors: nothing is compared if all of them fail at once.
        string[] expected = refusal is []
            ?
            [
                "Sync",
                "ReadLists",
                "Write [conflict,",
                "Write [written,",
                "SetOverride nil",
                "Reach nil",
                "Reach [",
                "Release :1",
                "Release :0",
                "Probe [ok]",
            ]
            : [$"SetOverride -{refusal[^1].Split(' ')[0]}", $"Write -{refusal[^1].Split(' ')[0]}", "Probe [SET,"];
        Assert.All(expected, start => Assert.Contains(seen, answer => answer.StartsWith(start, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Time_is_that_of_the_server_on_both()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using ConnectionMultiplexer connection = await ConnectAsync(server);
        IDatabase database = connection.GetDatabase();
        long clock = ScriptCase.Now * 1000;
        using SimulatedRedis simulated = new(() => clock += 1_000, () => 0);
        RedisKey[] keys = ["{t}:override", "{t}:transitions", "{t}:reached"];
        RedisValue[] arguments = ["{\"v\":1}", 60_000, long.MaxValue, "{\"by\":\"b\"}", 500, 60_000, 0, long.MaxValue, 0];

        await HoldsAsync(command => database.ExecuteAsync(command), () => Evaluate(database, SnapshotScripts.SetOverride, keys, arguments));
        await HoldsAsync(
            command => Task.FromResult(simulated.Execute(command)),
            () => Task.FromResult(simulated.Evaluate(SnapshotScripts.SetOverride, keys, arguments))
        );

        static async Task HoldsAsync(Func<string, Task<RedisResult>> execute, Func<Task<RedisResult>> setOverride)
        {
            long before = ScriptOutcome.Milliseconds(await execute("TIME"));
            string[] stored = ((string)(await setOverride())!).Split(' ');
            long after = ScriptOutcome.Milliseconds(await execute("TIME"));
            using JsonDocument body = JsonDocument.Parse(stored[1]);
            long set = body.RootElement.GetProperty("set").GetInt64();
            Assert.InRange(set, before, after);
            Assert.Equal(set + 60_000, long.Parse(stored[0], CultureInfo.InvariantCulture));
        }
    }

    private static async Task<ScriptOutcome> OnRealAsync(IDatabase database, ScriptCase next, string[] refusal)
    {
        List<Task> sent = [];
        void Send(string command, params RedisValue[] arguments) =>
            sent.Add(database.ExecuteAsync(command, Array.ConvertAll<RedisValue, object>(arguments, argument => argument)));
        void SendLine(string? line)
        {
            if (line?.Split(' ') is [string command, .. string[] arguments])
            {
                Send(command, [.. arguments.Select(argument => (RedisValue)argument)]);
            }
        }

        // One after the other without waiting: they arrive in order.
        Send("FLUSHALL");
        Task<RedisResult> started = database.ExecuteAsync("TIME");
        foreach (RedisValue[] plant in next.Plants)
        {
            Send((string)plant[0]!, plant[1..]);
        }

        SendLine(refusal is [string refuse, ..] ? refuse : null);

        Task<RedisResult> running = Evaluate(database, next.Frozen, next.Keys, next.Arguments);
        SendLine(refusal is [_, string permit, ..] ? permit : null);
        Task<RedisResult> state = Evaluate(database, State, ScriptCases.Touched, []);
        await Task.WhenAll(sent);
        try
        {
            return new(ScriptOutcome.Show(await running), await state, await started);
        }
        catch (RedisServerException exception)
        {
            return new(ScriptOutcome.Show(exception), await state, await started);
        }
    }

    private static ScriptOutcome OnSimulated(SimulatedRedis simulated, ScriptCase next, string? refusal)
    {
        simulated.FlushAll();
        foreach (RedisValue[] plant in next.Plants)
        {
            simulated.Execute((string)plant[0]!, plant[1..]);
        }

        string answer;
        simulated.RefusesWrites = refusal;
        try
        {
            answer = ScriptOutcome.Show(simulated.Evaluate(next.Frozen, next.Keys, next.Arguments));
        }
        catch (RedisServerException exception)
        {
            answer = ScriptOutcome.Show(exception);
        }

        simulated.RefusesWrites = null;
        return new(answer, simulated.Evaluate(State, ScriptCases.Touched, []), simulated.Execute("TIME"));
    }

    private static Task<RedisResult> Evaluate(IDatabase database, string script, RedisKey[] keys, RedisValue[] arguments) =>
        database.ScriptEvaluateAsync(script, keys, arguments, CommandFlags.NoScriptCache);

    private static Task<ConnectionMultiplexer> ConnectAsync(RedisServer server) =>
        ConnectionMultiplexer.ConnectAsync(
            new ConfigurationOptions
            {
                EndPoints = { { "127.0.0.1", server.Port } },
                AllowAdmin = true,
                AsyncTimeout = 60_000,
            }
        );
}
