namespace HxFunctions.Tests.Simulation.Redis;

/// <summary>The commands for lists. A list is kept the wrong way round, so that its head grows at the end of an array.</summary>
internal static class ListCommands
{
    public static Reply Length(Keyspace keys, byte[][] arguments) =>
        TryFind(keys, arguments, out List<byte[]>? list) ? Reply.Integer(list?.Count ?? 0) : Reply.WrongType;

    public static Reply Index(Keyspace keys, byte[][] arguments)
    {
        if (!TryFind(keys, arguments, out List<byte[]>? list))
        {
            return Reply.WrongType;
        }

        if (list is null)
        {
            return Reply.Nil;
        }

        if (!Bytes.TryParse(arguments[2], out long index))
        {
            return Reply.NoInteger;
        }

        index = index < 0 ? list.Count + index : index;
        return index >= 0 && index < list.Count ? Reply.Bulk(list[list.Count - 1 - (int)index]) : Reply.Nil;
    }

    public static Reply Range(Keyspace keys, byte[][] arguments)
    {
        if (!Bytes.TryParse(arguments[2], out long first) || !Bytes.TryParse(arguments[3], out long last))
        {
            return Reply.NoInteger;
        }

        if (!TryFind(keys, arguments, out List<byte[]>? list))
        {
            return Reply.WrongType;
        }

        (int start, int count) = Part(list?.Count ?? 0, first, last);
        Reply[] items = new Reply[count];
        for (int i = 0; i < count; i++)
        {
            items[i] = Reply.Bulk(list![list.Count - 1 - start - i]);
        }

        return Reply.Array(items);
    }

    public static Reply PushHead(Keyspace keys, byte[][] arguments) => Push(keys, arguments, atHead: true);

    public static Reply PushTail(Keyspace keys, byte[][] arguments) => Push(keys, arguments, atHead: false);

    public static Reply Trim(Keyspace keys, byte[][] arguments)
    {
        if (!Bytes.TryParse(arguments[2], out long first) || !Bytes.TryParse(arguments[3], out long last))
        {
            return Reply.NoInteger;
        }

        if (!TryFind(keys, arguments, out List<byte[]>? list))
        {
            return Reply.WrongType;
        }

        if (list is null)
        {
            return Reply.Ok;
        }

        (int start, int count) = Part(list.Count, first, last);
        if (count == 0)
        {
            keys.Remove(Bytes.Text(arguments[1]));
            return Reply.Ok;
        }

        Cut(keys, list, list.Count - start, start);
        Cut(keys, list, 0, list.Count - count);
        return Reply.Ok;
    }

    private static Reply Push(Keyspace keys, byte[][] arguments, bool atHead)
    {
        if (!TryFind(keys, arguments, out List<byte[]>? found))
        {
            return Reply.WrongType;
        }

        List<byte[]> list = found ?? [];
        if (found is null)
        {
            keys.Put(Bytes.Text(arguments[1]), new Entry(list));
        }

        int count = arguments.Length - 2;
        for (int i = 2; i < arguments.Length; i++)
        {
            list.Insert(atHead ? list.Count : 0, arguments[i]);
        }

        keys.Changed(() => list.RemoveRange(atHead ? list.Count - count : 0, count));
        return Reply.Integer(list.Count);
    }

    private static void Cut(Keyspace keys, List<byte[]> list, int index, int count)
    {
        if (count > 0)
        {
            byte[][] removed = [.. list.GetRange(index, count)];
            list.RemoveRange(index, count);
            keys.Changed(() => list.InsertRange(index, removed));
        }
    }

    /// <summary>What two indexes, negative ones from the end, select of a list.</summary>
    private static (int Start, int Count) Part(int length, long first, long last)
    {
        first = Math.Max(first < 0 ? first + length : first, 0);
        last = Math.Min(last < 0 ? last + length : last, length - 1);
        return first > last ? (0, 0) : ((int)first, (int)(last - first + 1));
    }

    /// <returns>Whether the key is absent or holds a list.</returns>
    private static bool TryFind(Keyspace keys, byte[][] arguments, out List<byte[]>? list)
    {
        Entry? entry = keys.Find(Bytes.Text(arguments[1]));
        list = entry?.Value as List<byte[]>;
        return entry is null || list is not null;
    }
}
