using System.Globalization;
using System.Text;
using StackExchange.Redis;

namespace HxFunctions.Tests.Simulation.Redis;

/// <summary>
/// Redis within the process: strings, lists, hashes and sorted sets with expiry, and scripts. It is deterministic, and time is its
/// caller's. One thread may use it at a time. SimulatedRedisComparisonTests compares it with a real redis-server.
/// </summary>
internal sealed class SimulatedRedis : IDisposable
{
    private readonly Func<long> _clock;
    private readonly Keyspace _keys;
    private readonly LuaScripts _scripts;
    private bool _hasWritten;

    /// <param name="clockMicroseconds">Redis's clock, TIME: microseconds since 1970. It may jump.</param>
    /// <param name="trueMicroseconds">The time that passes, in microseconds since any moment. It never jumps. <see cref="FailOver"/>
    /// reckons by it.</param>
    public SimulatedRedis(Func<long> clockMicroseconds, Func<long> trueMicroseconds)
    {
        _clock = clockMicroseconds;
        _keys = new(trueMicroseconds);
        _scripts = new(RunOfScript);
    }

    /// <summary>
    /// The error with which each command that writes fails, such as <c>READONLY You can't write against a read only replica.</c>; null:
    /// none. As in Redis, an OOM only refuses the commands that need memory, and in a script only before its first write.
    /// </summary>
    public string? RefusesWrites { get; set; }

    /// <summary>EVAL. The clock stands still meanwhile.</summary>
    /// <exception cref="RedisServerException">The script failed, or its answer is an error.</exception>
    public RedisResult Evaluate(string script, RedisKey[] keys, RedisValue[] arguments)
    {
        _keys.NowMicroseconds = _clock();
        _hasWritten = false;
        return _scripts.Run(script, keys, arguments).ToResult();
    }

    /// <summary>LRANGE from the head.</summary>
    /// <param name="count">How many at most.</param>
    /// <exception cref="RedisServerException">The key holds no list.</exception>
    public RedisValue[] First(string key, int count) => (RedisValue[])Execute("LRANGE", key, 0, count - 1)!;

    /// <summary>Runs a command outside of any script.</summary>
    /// <exception cref="RedisServerException">It failed.</exception>
    public RedisResult Execute(string command, params RedisValue[] arguments)
    {
        _keys.NowMicroseconds = _clock();
        _hasWritten = false;
        Reply reply =
            Command.Find(command) is not { } found ? Reply.Error($"ERR unknown command '{command}'")
            : !found.Takes(arguments.Length + 1) ? Reply.BadArity(command)
            : Run(found, [Bytes.Of(command), .. arguments.Select(argument => (byte[]?)argument ?? [])]);
        return reply.ToResult();
    }

    /// <summary>Removes all keys, also when writes are refused.</summary>
    public void FlushAll() => _keys.Clear();

    /// <summary>
    /// A replica takes over that had not got the last writes: what was written within this true time, in microseconds, is undone, at most
    /// <see cref="UndoLog.Reach"/>. Expiries are moments on Redis's clock and stay.
    /// </summary>
    public void FailOver(long lostMicroseconds) => _keys.Undo(lostMicroseconds);

    /// <summary>The whole keyspace, a key a line, in order: type, key, ms to live or "-", value.</summary>
    public string Dump()
    {
        _keys.NowMicroseconds = _clock();
        StringBuilder text = new();
        foreach (string key in _keys.Keys)
        {
            Entry entry = _keys.Find(key)!;
            string left = entry.ExpiresAt is null ? "-" : $"{entry.ExpiresAt - _keys.Now}";
            text.Append(entry.Type).Append(' ').Append(key).Append(' ').Append(left).Append(' ').Append(TextOf(entry.Value)).Append('\n');
        }

        return text.ToString();
    }

    public void Dispose() => _scripts.Dispose();

    private Reply RunOfScript(byte[][] arguments) =>
        Command.Find(Bytes.Text(arguments[0])) is not { } found ? Reply.Error("ERR Unknown Redis command called from script")
        : !found.Takes(arguments.Length) ? Reply.Error("ERR Wrong number of args calling Redis command from script")
        : Run(found, arguments);

    private Reply Run(Command command, byte[][] arguments)
    {
        if (command.Kind != CommandKind.Read)
        {
            if (RefusesWrites is { } error && !(error.StartsWith("OOM", StringComparison.Ordinal) && Passes(command)))
            {
                return Reply.Error(error);
            }

            _hasWritten = true;
        }

        return command.Run(_keys, arguments);
    }

    /// <summary>Whether a command that writes runs without memory.</summary>
    private bool Passes(Command command) => command.Kind != CommandKind.Grow || _hasWritten;

    private static string TextOf(object value) =>
        value switch
        {
            byte[] text => Bytes.Text(text),
            List<byte[]> list => string.Join(" | ", Enumerable.Reverse(list).Select(Bytes.Text)),
            Dictionary<string, byte[]> hash => string.Join(
                " | ",
                hash.OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => $"{field.Key}={Bytes.Text(field.Value)}")
            ),
            Dictionary<string, double> set => string.Join(
                " | ",
                set.OrderBy(member => member.Value)
                    .ThenBy(member => member.Key, StringComparer.Ordinal)
                    .Select(member => string.Create(CultureInfo.InvariantCulture, $"{member.Key}={member.Value}"))
            ),
            _ => "",
        };
}
