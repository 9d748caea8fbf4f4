using HxFunctions.Servers;
using HxFunctions.Tests.Simulation.Redis;
using StackExchange.Redis;

namespace HxFunctions.SystemTests.Servers;

/// <summary>The simulated Redis and a real one by single commands, which others may send, and by the Lua that scripts are made
/// of.</summary>
public sealed class SimulatedRedisCommandTests
{
    private static readonly string[] Numbers = ["0", "1", "2", "-1", "-2", "5", "-9", "9", "01", "+1", " 1", "", "x", "1.0", "-0"];

    private static readonly string[] Lua =
    [
        "return tostring(tonumber('1790000000123'))",
        "return tostring(tonumber('123456789012345678'))",
        "return tostring(tonumber('9007199254740993') + 1 == tonumber('9007199254740994'))",
        "return tostring(tonumber('123456789012345678') * 100 > 0)",
        "return string.format('%.0f', tonumber('9223372036854775807') + 1)",
        "return string.format('%.0f', tonumber(string.rep('9', 400)))",
        "return tostring(math.floor(-3.5)) .. tostring(math.floor(tonumber('7') / 2)) .. tostring(math.max(1, 2))",
        "return { tonumber('0x10'), tonumber(' 5 '), tonumber('5e2'), tonumber('z', 36), tonumber('') or 'nil', tonumber('1 2') or 'nil' }",
        "return { tonumber('9.99'), -3.99, 2^31, true, 'text', false, 'after', nil, 'lost' }",
        "return { 1, { 2, {}, { 'three' } }, { ok = 'FINE' } }",
        "return { err = 'MINE alone' }",
        "return redis.error_reply('MINE too')",
        "return redis.status_reply('FINE')",
        "return { #ARGV, #ARGV[1], ARGV[1], ARGV[2] or 'none', #KEYS }",
        "return { unpack({ 'a', 'b', 'c' }) }",
        "return { string.find('10 {\"set\":5,', '^%d+ {\"set\":(%d+),') }",
        "return { string.find('a\\0b\\255', '[\\128-\\255]') }",
        "return { string.match('x', '(y)') or 'none', string.sub('text', 2), string.rep('ab', 3) }",
        "return { redis.call('SET', 'k', 12345678901234567, 'PX', 60000), redis.call('GET', 'k') }",
        "return { redis.call('SET', 'k', 1e17), redis.call('GET', 'k') }",
        "return { redis.call('SET', 'k', 0.1), redis.call('GET', 'k') }",
        "return { redis.call('SET', 'k', -1.5e-7), redis.call('GET', 'k') }",
        "return { redis.call('SET', 'k', 2^53 / 3), redis.call('GET', 'k') }",
        "return { redis.call('SET', 'k', 1e300), redis.call('GET', 'k') }",
        "return { redis.call('SET', 'k', 1/0), redis.call('GET', 'k') }",
        "return { redis.call('SET', 'k', -0.0001), redis.call('GET', 'k') }",
        "return { type(redis.call('GET', 'absent')), type(redis.call('TYPE', 'absent')), type(redis.call('DEL', 'absent')) }",
        "return { redis.call('HMGET', 'absent', 'a', 'b')[2] == false, redis.call('PTTL', 'absent') }",
        "return redis.call('HGET', 'absent')",
        "return redis.call('NOSUCH', 'absent')",
        "return redis.call()",
        "return redis.call('GET', {})",
        "return redis.call('get', 'absent')",
        "local a = redis.pcall('GET') return { type(a), a.err }",
        "redis.call('LPUSH', 'l', '1') local a = redis.pcall('GET', 'l') return { type(a), a.err, redis.call('DEL', 'l') }",
        "local ok, e = pcall(redis.call, 'LTRIM', 'absent', 'x', 'y') return { tostring(ok), type(e), e }",
        "local ok, e = pcall(error, 'mine') return { tostring(ok), e }",
        "return { pcall(function() local x = nil; return x.y end) == false and 1 or 0 }",
        "local x = nil return x.y",
        "return nothing",
        "anything = 1",
        "return {",
        "error('mine')",
        "error({ err = 'MINE thrown' })",
        "return tostring(redis.call('SET', 'k', 'v', 'PX', 0))",
        "return tostring(redis.call('SET', 'k', 'v', 'PX', 1.5))",
        "return tostring(redis.call('SET', 'k', 'v', 'PX', 2^63))",
        "return redis.call('PEXPIRE', 'absent', 'x')",
    ];

    [Fact]
    public async Task Lua_does_the_same_as_in_a_real_server()
    {
        await using RedisServer server = await RedisServer.StartAsync();
        await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{server.Port},allowAdmin=true");
        IDatabase database = connection.GetDatabase();
        using SimulatedRedis simulated = new(() => ScriptCase.Now * 1000, () => 0);
        RedisValue[] arguments = [(byte[])[65, 0, 200, 255]];
        List<string> differences = [];
        foreach (string script in Lua)
        {
            string real = await AnswerAsync(() => database.ScriptEvaluateAsync(script, [], arguments, CommandFlags.NoScriptCache)),
                own = await AnswerAsync(() => Task.FromResult(simulated.Evaluate(script, [], arguments)));
            if (real != own)
            {
                differences.Add($"{script}\n  real:      {real}\n  simulated: {own}");
            }
        }

        Assert.Empty(differences);
    }

    [Fact]
    public async Task Commands_do_the_same_as_on_a_real_server()
    {
        const int seed = 20_260_802;
        ScriptTexts texts = new(new Random(seed));
        await using RedisServer server = await RedisServer.StartAsync();
        await using ConnectionMultiplexer connection = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{server.Port},allowAdmin=true");
        IDatabase database = connection.GetDatabase();
        using SimulatedRedis simulated = new(() => ScriptCase.Now * 1000, () => 0);
        for (int i = 0; i < 10_000; i++)
        {
            string[] words = Command(texts);
            string real = await AnswerAsync(() => database.ExecuteAsync(words[0], words[1..])),
                own =
                    await AnswerAsync(() =>
                        Task.FromResult(simulated.Execute(words[0], Array.ConvertAll<string, RedisValue>(words[1..], word => word)))
                    );
            if (words[0] == "PTTL" && real.Length > 3)
            {
                // Time passes on the real one. What lives there lives for a thousand seconds at least.
                Assert.InRange(long.Parse(own[1..]) - long.Parse(real[1..]), -1, 100_000);
                continue;
            }

            Assert.True(real == own, $"seed {seed}, command {i}: {string.Join(' ', words)}\nreal:      {real}\nsimulated: {own}");
        }
    }

    /// <summary>A command on one of few keys, so that they meet each other's work; some are none.</summary>
    private static string[] Command(ScriptTexts texts)
    {
        string key = texts.Pick("a", "b", "c", "d");
        string value = texts.Pick("1", "2", "3");
        string number = texts.Chance(70) ? texts.Pick("0", "1", "2", "-1", "-2", "4") : texts.Pick(Numbers);
        string other = texts.Chance(70) ? texts.Pick("0", "1", "-1", "-3", "4") : texts.Pick(Numbers);
        string life = texts.Chance(80) ? texts.Pick("1000000", "30000000") : texts.Pick([.. Numbers[4..], "9223372036854775807"]);
        // Less would expire on the real one.
        life = life is "1" or "2" or "5" or "9" ? "5000000" : life;
        return texts.Pick<string[]>(
            ["SET", key, value],
            ["SET", key, value, texts.Pick("PX", "EX", "px"), life],
            ["SET", key, value, texts.Pick("NX", "XX", "KEEPTTL", "nothing", "PX")],
            ["SET", key, value, texts.Pick("NX", "XX", "KEEPTTL"), texts.Pick("PX", "NX", "XX"), life],
            ["GET", key],
            ["GET", key, value],
            ["STRLEN", key],
            ["DEL", key],
            ["UNLINK", key, texts.Pick("a", "b")],
            ["EXISTS", key, key, "a"],
            ["TYPE", key],
            ["PTTL", key],
            ["PTTL", key],
            ["PEXPIRE", key, life],
            ["EXPIRE", key, life],
            ["PERSIST", key],
            ["HSET", key, value, value],
            ["HSET", key, "f", value, value],
            ["HSET", key, "f", value, "g", value],
            ["HGET", key, value],
            ["HSTRLEN", key, texts.Pick("f", value)],
            ["HMGET", key, "f", value, "g"],
            ["HDEL", key, "f", "g", value],
            ["ZADD", key, texts.Pick("0", "-2", "7"), value],
            ["ZADD", key, texts.Pick("1", "2.5", "x", "-1"), "m", value, "n"],
            ["ZADD", key, value],
            ["ZCARD", key],
            ["ZCOUNT", key, texts.Pick("-inf", "0", "2.5", "x"), texts.Pick("+inf", "-1", value)],
            ["ZREMRANGEBYSCORE", key, texts.Pick("-inf", "0", value), texts.Pick("+inf", "0", value)],
            ["LPUSH", key, value, "x"],
            ["RPUSH", key, value, "y", "z"],
            ["LLEN", key],
            ["LINDEX", key, number],
            ["LRANGE", key, number, other],
            ["LRANGE", key, "0", "-1"],
            ["LTRIM", key, number, other],
            ["FLUSHALL"],
            ["NOSUCH", key]
        );
    }

    private static async Task<string> AnswerAsync(Func<Task<RedisResult>> ask)
    {
        try
        {
            return ScriptOutcome.Show(await ask());
        }
        catch (RedisServerException exception)
        {
            return ScriptOutcome.Show(exception);
        }
    }
}
