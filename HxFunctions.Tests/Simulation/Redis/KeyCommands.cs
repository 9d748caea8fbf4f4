using System.IO.Enumeration;

namespace HxFunctions.Tests.Simulation.Redis;

/// <summary>The commands for keys of any type, and TIME.</summary>
internal static class KeyCommands
{
    private static readonly Reply None = Reply.Status("none");
    private static readonly Reply Strings = Reply.Status("string");
    private static readonly Reply Lists = Reply.Status("list");
    private static readonly Reply Hashes = Reply.Status("hash");
    private static readonly Reply SortedSets = Reply.Status("zset");

    public static Reply Time(Keyspace keys, byte[][] arguments)
    {
        (long seconds, long microseconds) = Math.DivRem(keys.NowMicroseconds, 1_000_000);
        return Reply.Array([Reply.Bulk(Bytes.Of(seconds)), Reply.Bulk(Bytes.Of(microseconds))]);
    }

    public static Reply Type(Keyspace keys, byte[][] arguments) =>
        keys.Find(Bytes.Text(arguments[1]))?.Value switch
        {
            null => None,
            byte[] => Strings,
            List<byte[]> => Lists,
            Dictionary<string, double> => SortedSets,
            _ => Hashes,
        };

    public static Reply Exists(Keyspace keys, byte[][] arguments) =>
        Reply.Integer(arguments.Skip(1).Count(key => keys.Find(Bytes.Text(key)) is not null));

    /// <summary>The keys in order, by a pattern of <c>*</c> and <c>?</c>.</summary>
    public static Reply Keys(Keyspace keys, byte[][] arguments)
    {
        string pattern = Bytes.Text(arguments[1]);
        return Reply.Array([
            .. keys
                .Keys.Where(key => FileSystemName.MatchesSimpleExpression(pattern, key, ignoreCase: false))
                .Select(key => Reply.Bulk(Bytes.Of(key))),
        ]);
    }

    public static Reply Pttl(Keyspace keys, byte[][] arguments) =>
        Reply.Integer(keys.Find(Bytes.Text(arguments[1])) is { } entry ? (entry.ExpiresAt - keys.Now ?? -1) : -2);

    public static Reply Delete(Keyspace keys, byte[][] arguments)
    {
        int removed = 0;
        for (int i = 1; i < arguments.Length; i++)
        {
            string key = Bytes.Text(arguments[i]);
            removed += keys.Find(key) is not null && keys.Remove(key) ? 1 : 0;
        }

        return Reply.Integer(removed);
    }

    public static Reply PExpire(Keyspace keys, byte[][] arguments) => ExpireIn(keys, arguments, 1, "pexpire");

    public static Reply Expire(Keyspace keys, byte[][] arguments) => ExpireIn(keys, arguments, 1000, "expire");

    public static Reply Persist(Keyspace keys, byte[][] arguments)
    {
        if (keys.Find(Bytes.Text(arguments[1])) is not { ExpiresAt: not null } entry)
        {
            return Reply.Integer(0);
        }

        keys.SetExpiry(entry, null);
        return Reply.Integer(1);
    }

    public static Reply FlushAll(Keyspace keys, byte[][] arguments)
    {
        keys.Clear();
        return Reply.Ok;
    }

    private static Reply ExpireIn(Keyspace keys, byte[][] arguments, long unit, string name)
    {
        if (!Bytes.TryParse(arguments[2], out long span))
        {
            return Reply.NoInteger;
        }

        if (span > long.MaxValue / unit || span < long.MinValue / unit || span * unit > long.MaxValue - keys.Now)
        {
            return Reply.BadExpiry(name);
        }

        string key = Bytes.Text(arguments[1]);
        if (keys.Find(key) is not { } entry)
        {
            return Reply.Integer(0);
        }

        if (span <= 0)
        {
            keys.Remove(key);
        }
        else
        {
            keys.SetExpiry(entry, keys.Now + (span * unit));
        }

        return Reply.Integer(1);
    }
}
