using StackExchange.Redis;

namespace HxFunctions.Tests.Simulation.Redis;

internal enum ReplyKind
{
    Nil,
    Status,
    Bulk,
    Integer,
    Array,
    Error,
}

/// <summary>What a command answers. Errors are values, for scripts meet them often.</summary>
internal sealed class Reply
{
    public static readonly Reply Nil = new(ReplyKind.Nil);
    public static readonly Reply Ok = Status("OK");
    public static readonly Reply WrongType = Error("WRONGTYPE Operation against a key holding the wrong kind of value");
    public static readonly Reply NoInteger = Error("ERR value is not an integer or out of range");
    public static readonly Reply BadSyntax = Error("ERR syntax error");

    private Reply(ReplyKind kind)
    {
        Kind = kind;
    }

    public ReplyKind Kind { get; }

    /// <summary>The bytes of a bulk string or of a status, the text of an error.</summary>
    public byte[] Content { get; private init; } = [];

    public long Number { get; private init; }
    public Reply[] Items { get; private init; } = [];

    public static Reply Status(string text) => new(ReplyKind.Status) { Content = Bytes.Of(text) };

    public static Reply Error(string text) => new(ReplyKind.Error) { Content = Bytes.Of(text) };

    public static Reply Error(byte[] text) => new(ReplyKind.Error) { Content = text };

    public static Reply Status(byte[] text) => new(ReplyKind.Status) { Content = text };

    public static Reply Bulk(byte[]? content) => content is null ? Nil : new(ReplyKind.Bulk) { Content = content };

    public static Reply Integer(long number) => new(ReplyKind.Integer) { Number = number };

    public static Reply Array(Reply[] items) => new(ReplyKind.Array) { Items = items };

    public static Reply BadArity(string command) => Error($"ERR wrong number of arguments for '{command.ToLowerInvariant()}' command");

    public static Reply BadExpiry(string command) => Error($"ERR invalid expire time in '{command}' command");

    /// <summary>The answer as StackExchange.Redis hands it out. Of an error only the message says what it is.</summary>
    /// <exception cref="RedisServerException">It is an error.</exception>
    public RedisResult ToResult() =>
        Kind switch
        {
            ReplyKind.Nil => RedisResult.Create(RedisValue.Null, ResultType.BulkString),
            ReplyKind.Status => RedisResult.Create(Content, ResultType.SimpleString),
            ReplyKind.Bulk => RedisResult.Create(Content, ResultType.BulkString),
            ReplyKind.Integer => RedisResult.Create(Number, ResultType.Integer),
            ReplyKind.Array => RedisResult.Create(System.Array.ConvertAll(Items, item => item.ToResult())),
            _ => throw new RedisServerException(RedisErrorKind.UnknownError, CommandFlags.None, Bytes.Text(Content)),
        };
}
