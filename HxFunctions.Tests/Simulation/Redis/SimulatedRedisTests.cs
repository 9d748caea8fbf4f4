using HxFunctions.Core.Snapshots;
using StackExchange.Redis;

namespace HxFunctions.Tests.Simulation.Redis;

/// <summary>What no real server can be compared with: time that is set, failover, refusals. SimulatedRedisComparisonTests has the
/// rest.</summary>
public sealed class SimulatedRedisTests : IDisposable
{
    private const string ReadOnly = "READONLY You can't write against a read only replica.";
    private const string OutOfMemory = "OOM command not allowed when used memory > 'maxmemory'.";
    private const long Second = 1_000_000;

    private readonly SimulatedRedis _redis;
    private long _clock = 1_790_000_000_123_456;
    private long _true = 1_000_000_000;

    public SimulatedRedisTests()
    {
        _redis = new(() => _clock, () => _true);
    }

    public void Dispose() => _redis.Dispose();

    [Theory]
    [InlineData(0, 1000)]
    [InlineData(400, 600)]
    [InlineData(1000, 0)]
    [InlineData(1001, -2)]
    [InlineData(-5000, 6000)]
    public void Key_lives_by_the_clock_that_is_set(int stepMs, int left)
    {
        _redis.Execute("SET", "key", "value", "PX", 1000);
        _clock += stepMs * 1000;
        Assert.Equal(left, (long)_redis.Execute("PTTL", "key"));
        Assert.Equal(left < 0 ? null : "value", (string?)_redis.Execute("GET", "key"));
    }

    [Fact]
    public void Key_that_was_seen_to_expire_is_gone_when_the_clock_is_set_back()
    {
        _redis.Execute("SET", "key", "value", "PX", 1000);
        _redis.Execute("SET", "unseen", "value", "PX", 1000);
        _clock += 2 * Second;
        Assert.True(_redis.Execute("GET", "key").IsNull);
        _clock -= 2 * Second;
        Assert.Equal("string unseen 1000 value\n", _redis.Dump());
    }

    [Fact]
    public void Clock_stands_still_while_a_script_runs()
    {
        using SimulatedRedis redis = new(() => _clock += Second, () => _true);
        const string script = """
            local first, second = redis.call('TIME'), redis.call('TIME')
            redis.call('SET', KEYS[1], '1', 'PX', 10)
            return { first[1], first[2], second[1], second[2], redis.call('PTTL', KEYS[1]) }
            """;
        List<string?> answer = [.. (string?[])redis.Evaluate(script, ["key"], [])!];
        Assert.Equal(["1790000001", "123456", "1790000001", "123456", "10"], answer);
    }

    [Theory]
    [InlineData(0, "5")]
    [InlineData(1, "5")]
    [InlineData(2, "4")]
    [InlineData(4, "2")]
    [InlineData(10, "")]
    public void Failover_undoes_what_was_written_last(int lostSeconds, string left)
    {
        // A second passes before each, whatever is done to Redis's clock.
        foreach (string value in new[] { "1", "2", "3", "4", "5" })
        {
            _true += Second;
            _clock -= Second;
            _redis.Execute("SET", "key", value);
        }

        _true += Second;
        _redis.FailOver(lostSeconds * Second);
        Assert.Equal(left, (string?)_redis.Execute("GET", "key") ?? "");
    }

    public static TheoryData<string> Writes =>
        [
            "SET string new",
            "SET string new PX 5",
            "SET list new",
            "DEL string list absent",
            "PEXPIRE string 1",
            "PEXPIRE hash 0",
            "PEXPIRE list 5",
            "PERSIST string",
            "HSET hash a new",
            "HSET hash c new d new",
            "HSET absent a new",
            "HDEL hash a",
            "HDEL hash a b",
            "LPUSH list new newer",
            "RPUSH list new newer",
            "LPUSH absent new",
            "LTRIM list 1 1",
            "LTRIM list 0 1",
            "LTRIM list 5 6",
            "FLUSHALL",
        ];

    [Theory, MemberData(nameof(Writes))]
    public void Every_write_can_be_undone(string write)
    {
        string before = Planted();
        _true += Second;
        string[] words = write.Split(' ');
        for (int i = 0; i < 2; i++)
        {
            _redis.Execute(words[0], Array.ConvertAll<string, RedisValue>(words[1..], word => word));
        }

        Assert.NotEqual(before, _redis.Dump());
        _redis.FailOver(Second - 1);
        Assert.Equal(before, _redis.Dump());
    }

    [Fact]
    public void Expiry_that_was_seen_is_undone_with_the_moment_that_it_had()
    {
        _redis.Execute("SET", "key", "value", "PX", 1000);
        _true += Second;
        _clock += 2 * Second;
        Assert.Equal("", _redis.Dump());
        _redis.FailOver(Second / 2);
        Assert.Equal("", _redis.Dump());
        _redis.FailOver(Second / 2);
        _clock -= 2 * Second;
        Assert.Equal("string key 1000 value\n", _redis.Dump());
    }

    [Fact]
    public void Undoing_reaches_back_a_minute()
    {
        for (int i = 0; i < 1000; i++)
        {
            _true += Second;
            _redis.Execute("SET", "key", i);
        }

        _redis.FailOver(UndoLog.Reach);
        Assert.Equal(939, (int)_redis.Execute("GET", "key"));
        Assert.Throws<ArgumentOutOfRangeException>(() => _redis.FailOver(UndoLog.Reach + 1));
    }

    [Theory]
    [InlineData("SET key 1", true)]
    [InlineData("HSET hash a 1", true)]
    [InlineData("LPUSH list 1", true)]
    [InlineData("DEL string", false)]
    [InlineData("PEXPIRE string 5", false)]
    [InlineData("LTRIM list 0 0", false)]
    public void Refused_write_changes_nothing_and_reads_go_on(string write, bool needsMemory)
    {
        string before = Planted();
        string[] words = write.Split(' ');
        RedisValue[] arguments = Array.ConvertAll<string, RedisValue>(words[1..], word => word);
        _redis.RefusesWrites = ReadOnly;
        Assert.Equal(ReadOnly, Assert.Throws<RedisServerException>(() => _redis.Execute(words[0], arguments)).Message);
        Assert.Equal("old", (string?)_redis.Execute("GET", "string"));
        Assert.Equal(before, _redis.Dump());

        _redis.RefusesWrites = OutOfMemory;
        Assert.Equal(needsMemory, Record.Exception(() => _redis.Execute(words[0], arguments)) is RedisServerException);
        Assert.Equal(needsMemory, before == _redis.Dump());
    }

    [Theory]
    [InlineData(ReadOnly)]
    [InlineData(OutOfMemory)]
    public void Refused_write_is_a_value_for_pcall_and_ends_a_script_by_call(string error)
    {
        _redis.RefusesWrites = error;
        const string caught = "local a = redis.pcall('SET', KEYS[1], '1') return { type(a), a.err, redis.call('GET', KEYS[1]) }";
        Assert.Equal(["table", error, null], ((string?[])_redis.Evaluate(caught, ["key"], [])!).ToList());
        const string luaCaught = "local ok, e = pcall(redis.call, 'SET', KEYS[1], '1') return { tostring(ok), e }";
        Assert.Equal(["false", error], ((string?[])_redis.Evaluate(luaCaught, ["key"], [])!).ToList());

        const string thrown = "\nredis.call('SET', KEYS[1], '1') return 1";
        RedisServerException exception = Assert.Throws<RedisServerException>(() => _redis.Evaluate(thrown, ["key"], []));
        Assert.StartsWith(error, exception.Message, StringComparison.Ordinal);
        Assert.Matches(@"^ script: [0-9a-f]{40}, on @user_script:2\.$", exception.Message[error.Length..]);

        // Its DEL passes when memory is short, and after it everything does.
        string[] probed = (string[])_redis.Evaluate(SnapshotScripts.Probe, ["key"], [])!;
        Assert.Equal(["SET", error, error == OutOfMemory ? "1" : "0"], probed);
    }

    [Fact]
    public void Key_of_another_type_is_told_in_the_words_of_Redis()
    {
        Planted();
        const string words = "WRONGTYPE Operation against a key holding the wrong kind of value";
        Assert.Equal(words, Assert.Throws<RedisServerException>(() => _redis.First("string", 5)).Message);
        Assert.Equal(words, Assert.Throws<RedisServerException>(() => _redis.Execute("GET", "hash")).Message);
        Assert.Equal(words, (string?)_redis.Evaluate("return redis.pcall('HGET', 'list', 'a').err", [], []));
    }

    [Fact]
    public void First_entries_of_a_list_come_from_its_head()
    {
        Planted();
        Assert.Equal(["1", "2"], _redis.First("list", 2).Select(value => (string?)value));
        Assert.Equal(["1", "2", "3"], _redis.First("list", 9).Select(value => (string?)value));
        Assert.Empty(_redis.First("absent", 9));
    }

    [Theory]
    [InlineData("return 3.99", "3")]
    [InlineData("return false", null)]
    [InlineData("return tostring(tonumber('1790000000123') + 1)", "1790000000124")]
    [InlineData("redis.call('SET', 'n', 2^53) return redis.call('GET', 'n')", "9007199254740992")]
    [InlineData("redis.call('SET', 'n', 1e17) return redis.call('GET', 'n')", "1e+17")]
    [InlineData("redis.call('SET', 'n', -1.5e-7) return redis.call('GET', 'n')", "-1.4999999999999999e-07")]
    [InlineData("redis.call('SET', 'n', 0.1) return redis.call('GET', 'n')", "0.10000000000000001")]
    [InlineData("redis.call('SET', 'n', 1234.5) return redis.call('GET', 'n')", "1234.5")]
    [InlineData("return { ok = 'fine' }", "fine")]
    [InlineData("return string.char(195, 164)", "ä")]
    [InlineData("return ARGV[1] .. #ARGV[1]", "ä2")]
    [InlineData("return tostring(pcall(function() return os end))", "false")]
    [InlineData("return tostring(pcall(function() x = 1 end))", "false")]
    public void Value_of_a_script_is_turned_as_Redis_does(string script, string? expected) =>
        Assert.Equal(expected, (string?)_redis.Evaluate(script, [], ["ä"]));

    [Theory]
    [InlineData("return {", "ERR Error compiling script")]
    [InlineData("return nil + 1", "ERR user_script:1: attempt to")]
    [InlineData("return { err = 'MINE and more' }", "MINE and more")]
    [InlineData("return redis.call('NOSUCH')", "ERR Unknown Redis command called from script")]
    [InlineData("return redis.call('GET')", "ERR Wrong number of args calling Redis command from script")]
    [InlineData("return redis.call('GET', {})", "ERR Lua redis lib command arguments must be strings or integers")]
    [InlineData("return os.time()", "ERR user_script:1: Script attempted to access nonexistent global variable 'os'")]
    public void Script_that_fails_throws_and_the_next_one_runs(string script, string message)
    {
        RedisServerException exception = Assert.Throws<RedisServerException>(() => _redis.Evaluate(script, [], []));
        Assert.StartsWith(message, exception.Message, StringComparison.Ordinal);
        Assert.Equal(1, (int)_redis.Evaluate("return 1", [], []));
    }

    /// <summary>A key of each type.</summary>
    private string Planted()
    {
        _redis.Execute("SET", "string", "old", "PX", 60_000);
        _redis.Execute("HSET", "hash", "a", "1", "b", "2");
        _redis.Execute("RPUSH", "list", "1", "2", "3");
        return _redis.Dump();
    }
}
