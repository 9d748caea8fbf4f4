using System.Collections.Frozen;

namespace HxFunctions.Tests.Simulation.Redis;

/// <summary>A command's work.</summary>
/// <param name="arguments">With the command's name in front.</param>
internal delegate Reply Run(Keyspace keys, byte[][] arguments);

/// <summary>A command of Redis.</summary>
/// <param name="Arity">How many arguments it takes, with its name; negative: at least so many.</param>
internal sealed record Command(string Name, int Arity, CommandKind Kind, Run Run)
{
    private static readonly FrozenDictionary<string, Command> All = new Command[]
    {
        new("TIME", 1, CommandKind.Read, KeyCommands.Time),
        new("TYPE", 2, CommandKind.Read, KeyCommands.Type),
        new("EXISTS", -2, CommandKind.Read, KeyCommands.Exists),
        new("KEYS", 2, CommandKind.Read, KeyCommands.Keys),
        new("PTTL", 2, CommandKind.Read, KeyCommands.Pttl),
        new("DEL", -2, CommandKind.Write, KeyCommands.Delete),
        new("UNLINK", -2, CommandKind.Write, KeyCommands.Delete),
        new("PEXPIRE", 3, CommandKind.Write, KeyCommands.PExpire),
        new("EXPIRE", 3, CommandKind.Write, KeyCommands.Expire),
        new("PERSIST", 2, CommandKind.Write, KeyCommands.Persist),
        new("FLUSHALL", -1, CommandKind.Write, KeyCommands.FlushAll),
        new("GET", 2, CommandKind.Read, StringCommands.Get),
        new("STRLEN", 2, CommandKind.Read, StringCommands.Length),
        new("SET", -3, CommandKind.Grow, StringCommands.Set),
        new("HGET", 3, CommandKind.Read, HashCommands.Get),
        new("HSTRLEN", 3, CommandKind.Read, HashCommands.FieldLength),
        new("HMGET", -3, CommandKind.Read, HashCommands.GetMany),
        new("HGETALL", 2, CommandKind.Read, HashCommands.GetAll),
        new("HSET", -4, CommandKind.Grow, HashCommands.Set),
        new("HDEL", -3, CommandKind.Write, HashCommands.Delete),
        new("ZADD", -4, CommandKind.Grow, SortedSetCommands.Add),
        new("ZCARD", 2, CommandKind.Read, SortedSetCommands.Length),
        new("ZCOUNT", 4, CommandKind.Read, SortedSetCommands.Count),
        new("ZRANGE", 5, CommandKind.Read, SortedSetCommands.All),
        new("ZREMRANGEBYSCORE", 4, CommandKind.Write, SortedSetCommands.RemoveByScore),
        new("LLEN", 2, CommandKind.Read, ListCommands.Length),
        new("LINDEX", 3, CommandKind.Read, ListCommands.Index),
        new("LRANGE", 4, CommandKind.Read, ListCommands.Range),
        new("LPUSH", -3, CommandKind.Grow, ListCommands.PushHead),
        new("RPUSH", -3, CommandKind.Grow, ListCommands.PushTail),
        new("LTRIM", 4, CommandKind.Write, ListCommands.Trim),
    }.ToFrozenDictionary(command => command.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>In upper or lower case; null when there is no such command.</summary>
    public static Command? Find(string name) => All.GetValueOrDefault(name);

    public bool Takes(int arguments) => Arity < 0 ? arguments >= -Arity : arguments == Arity;
}

internal enum CommandKind
{
    Read,

    /// <summary>It writes, also when memory is short.</summary>
    Write,

    /// <summary>It writes and may need memory: Redis refuses it with OOM.</summary>
    Grow,
}
