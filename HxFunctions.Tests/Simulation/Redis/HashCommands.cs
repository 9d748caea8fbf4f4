namespace HxFunctions.Tests.Simulation.Redis;

internal static class HashCommands
{
    public static Reply Get(Keyspace keys, byte[][] arguments) =>
        TryFind(keys, arguments, out Dictionary<string, byte[]>? hash) ? Field(hash, arguments[2]) : Reply.WrongType;

    /// <summary>HSTRLEN: 0 when there is none.</summary>
    public static Reply FieldLength(Keyspace keys, byte[][] arguments) =>
        TryFind(keys, arguments, out Dictionary<string, byte[]>? hash)
            ? Reply.Integer(hash is not null && hash.TryGetValue(Bytes.Text(arguments[2]), out byte[]? value) ? value.Length : 0)
            : Reply.WrongType;

    public static Reply GetMany(Keyspace keys, byte[][] arguments)
    {
        if (!TryFind(keys, arguments, out Dictionary<string, byte[]>? hash))
        {
            return Reply.WrongType;
        }

        Reply[] values = new Reply[arguments.Length - 2];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = Field(hash, arguments[i + 2]);
        }

        return Reply.Array(values);
    }

    /// <summary>The fields in order, each with its value.</summary>
    public static Reply GetAll(Keyspace keys, byte[][] arguments) =>
        TryFind(keys, arguments, out Dictionary<string, byte[]>? hash)
            ? Reply.Array([
                .. (hash ?? [])
                    .OrderBy(field => field.Key, StringComparer.Ordinal)
                    .SelectMany(field => new[] { Reply.Bulk(Bytes.Of(field.Key)), Reply.Bulk(field.Value) }),
            ])
            : Reply.WrongType;

    public static Reply Set(Keyspace keys, byte[][] arguments)
    {
        if (arguments.Length % 2 != 0)
        {
            return Reply.BadArity("hset");
        }

        if (!TryFind(keys, arguments, out Dictionary<string, byte[]>? hash))
        {
            return Reply.WrongType;
        }

        if (hash is null)
        {
            hash = new(StringComparer.Ordinal);
            keys.Put(Bytes.Text(arguments[1]), new Entry(hash));
        }

        int added = 0;
        for (int i = 2; i < arguments.Length; i += 2)
        {
            added += SetField(keys, hash, Bytes.Text(arguments[i]), arguments[i + 1]) ? 1 : 0;
        }

        return Reply.Integer(added);
    }

    public static Reply Delete(Keyspace keys, byte[][] arguments)
    {
        if (!TryFind(keys, arguments, out Dictionary<string, byte[]>? hash))
        {
            return Reply.WrongType;
        }

        int removed = 0;
        foreach (string field in arguments.Skip(2).Select(Bytes.Text))
        {
            if (hash is not null && hash.Remove(field, out byte[]? before))
            {
                keys.Changed(() => hash[field] = before);
                removed++;
            }
        }

        if (hash is { Count: 0 })
        {
            keys.Remove(Bytes.Text(arguments[1]));
        }

        return Reply.Integer(removed);
    }

    private static bool SetField(Keyspace keys, Dictionary<string, byte[]> hash, string field, byte[] value)
    {
        hash.TryGetValue(field, out byte[]? before);
        hash[field] = value;
        keys.Changed(() =>
        {
            if (before is null)
            {
                hash.Remove(field);
            }
            else
            {
                hash[field] = before;
            }
        });
        return before is null;
    }

    private static Reply Field(Dictionary<string, byte[]>? hash, byte[] field) =>
        hash is not null && hash.TryGetValue(Bytes.Text(field), out byte[]? value) ? Reply.Bulk(value) : Reply.Nil;

    /// <returns>Whether the key is absent or holds a hash.</returns>
    private static bool TryFind(Keyspace keys, byte[][] arguments, out Dictionary<string, byte[]>? hash)
    {
        Entry? entry = keys.Find(Bytes.Text(arguments[1]));
        hash = entry?.Value as Dictionary<string, byte[]>;
        return entry is null || hash is not null;
    }
}
