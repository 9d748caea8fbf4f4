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
          if t == 'hash' then values = redis.call('HGETALL', key) end
          state[i] = { t, redis.call('PTTL', key), values }
        end
        return { redis.call('TIME'), #redis.call('KEYS', '*'), state }
        """;

    /// <summary>How writes are refused: a setting, its values for that and for normal, and the error.</summary>
    public static TheoryData<int, int, string[]> Runs =>
        new()
        {
            { Seed, 8000, [] },
            { Seed + 1, 2000, ["maxmemory", "1", "0", "OOM command not allowed when used memory > 'maxmemory'."] },
            { Seed + 2, 2000, ["min-replicas-to-write", "1", "0", "NOREPLICAS Not enough good replicas to write."] },
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
            Outcome real = await OnRealAsync(database, next, refusal),
                own = OnSimulated(simulated, next, refusal is [.., string error] ? error : null);
            string? difference = real.DifferenceTo(own);
            Assert.True(difference is null, $"seed {seed}, case {i}: {next}\n{difference}\nreal:      {real}\nsimulated: {own}");
            seen.Add($"{next.Name} {real.Answer.Split(' ')[0]}");
        }

        // What the scripts may come to, and with their errors: nothing is compared if all of them fail at once.
        string[] expected = refusal is []
            ? ["Sync", "Write [conflict,", "Write [written,", "SetOverride nil", "Release :1", "Release :0", "Probe [ok]"]
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
        RedisKey[] keys = ["{t}:override", "{t}:transitions"];
        RedisValue[] arguments = ["{\"v\":1}", 60_000, "", "{\"by\":\"b\"}", 500, 60_000];

        await HoldsAsync(command => database.ExecuteAsync(command), () => Evaluate(database, SnapshotScripts.SetOverride, keys, arguments));
        await HoldsAsync(
            command => Task.FromResult(simulated.Execute(command)),
            () => Task.FromResult(simulated.Evaluate(SnapshotScripts.SetOverride, keys, arguments))
        );

        static async Task HoldsAsync(Func<string, Task<RedisResult>> execute, Func<Task<RedisResult>> setOverride)
        {
            long before = Milliseconds(await execute("TIME"));
            string[] stored = ((string)(await setOverride())!).Split(' ');
            long after = Milliseconds(await execute("TIME"));
            using JsonDocument body = JsonDocument.Parse(stored[1]);
            long set = body.RootElement.GetProperty("set").GetInt64();
            Assert.InRange(set, before, after);
            Assert.Equal(set + 60_000, long.Parse(stored[0], CultureInfo.InvariantCulture));
        }
    }

    /// <summary>What TIME answers, in milliseconds.</summary>
    private static long Milliseconds(RedisResult time)
    {
        string[] parts = (string[])time!;
        Assert.Equal(2, parts.Length);
        Assert.All(parts, part => Assert.Matches("^(0|[1-9][0-9]*)$", part));
        Assert.InRange(long.Parse(parts[1], CultureInfo.InvariantCulture), 0, 999_999);
        return (long.Parse(parts[0], CultureInfo.InvariantCulture) * 1000) + (long.Parse(parts[1], CultureInfo.InvariantCulture) / 1000);
    }

    private static async Task<Outcome> OnRealAsync(IDatabase database, ScriptCase next, string[] refusal)
    {
        List<Task> sent = [];
        void Send(string command, params RedisValue[] arguments) =>
            sent.Add(database.ExecuteAsync(command, Array.ConvertAll<RedisValue, object>(arguments, argument => argument)));

        // One after the other without waiting: they arrive in order.
        Send("FLUSHALL");
        Task<RedisResult> started = database.ExecuteAsync("TIME");
        foreach (RedisValue[] plant in next.Plants)
        {
            Send((string)plant[0]!, plant[1..]);
        }

        if (refusal is [string setting, string refuses, ..])
        {
            Send("CONFIG", "SET", setting, refuses);
        }

        Task<RedisResult> running = Evaluate(database, next.Frozen, next.Keys, next.Arguments);
        if (refusal is [_, _, string normal, ..])
        {
            Send("CONFIG", "SET", refusal[0], normal);
        }

        Task<RedisResult> state = Evaluate(database, State, ScriptCases.Touched, []);
        await Task.WhenAll(sent);
        try
        {
            return new(Outcome.Show(await running), await state, await started);
        }
        catch (RedisServerException exception)
        {
            return new(Outcome.Show(exception), await state, await started);
        }
    }

    private static Outcome OnSimulated(SimulatedRedis simulated, ScriptCase next, string? refusal)
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
            answer = Outcome.Show(simulated.Evaluate(next.Frozen, next.Keys, next.Arguments));
        }
        catch (RedisServerException exception)
        {
            answer = Outcome.Show(exception);
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

    /// <summary>A script's answer and what it left.</summary>
    private sealed class Outcome(string answer, RedisResult state, RedisResult started)
    {
        private readonly RedisResult[] _keys = (RedisResult[])state[2]!;

        /// <summary>In one line; of an error the first word.</summary>
        public string Answer => answer;

        /// <summary>How long the case took on the server's clock, in milliseconds.</summary>
        private long Took => Milliseconds(state[0]) - Milliseconds(started);

        public string? DifferenceTo(Outcome own)
        {
            if (answer != own.Answer)
            {
                return "The answers differ.";
            }

            if ((long)state[1] != (long)own.Count)
            {
                return "One has more keys.";
            }

            for (int i = 0; i < _keys.Length; i++)
            {
                if (Show(_keys[i][0]) != Show(own._keys[i][0]) || Values(_keys[i]) != Values(own._keys[i]))
                {
                    return $"Differs: {ScriptCases.Touched[i]}";
                }

                // Time passes on the real one only, and a millisecond more by rounding.
                long left = (long)_keys[i][1],
                    ownLeft = (long)own._keys[i][1];
                if (left < 0 || ownLeft < 0 ? left != ownLeft : left > ownLeft + 1 || left < ownLeft - Took - 1)
                {
                    return $"Expires at another time ({Took} ms passed): {ScriptCases.Touched[i]}";
                }
            }

            return null;
        }

        private RedisResult Count => state[1];

        /// <summary>A key's values; a hash's by field, for their order says nothing.</summary>
        private static string Values(RedisResult key)
        {
            string[] values = [.. ((RedisResult[])key[2]!).Select(Show)];
            return Show(key[0]) == "hash"
                ? string.Join(' ', values.Chunk(2).Select(pair => string.Join('=', pair)).Order(StringComparer.Ordinal))
                : string.Join(' ', values);
        }

        public static string Show(RedisServerException exception) => "-" + exception.Message.Split(' ')[0];

        public static string Show(RedisResult result) =>
            result.IsNull ? "nil"
            : result.Resp2Type == ResultType.Array ? $"[{string.Join(", ", ((RedisResult[])result!).Select(Show))}]"
            : result.Resp2Type == ResultType.Integer ? $":{(long)result}"
            : result.Resp2Type == ResultType.SimpleString ? $"+{(string)result!}"
            : ScriptTexts.Shown((byte[]?)result);

        public override string ToString() =>
            $"{answer}\n  {string.Join("\n  ", _keys.Select((key, i) => $"{ScriptCases.Touched[i]}: {Show(key[0])} {Show(key[1])} {Values(key)}"))}";
    }
}
