using System.Globalization;

namespace HxFunctions.Tests.Simulation.Redis;

/// <summary>As much of sorted sets as the scripts use: no option but plain adding.</summary>
internal static class SortedSetCommands
{
    private static readonly Reply NoScore = Reply.Error("ERR value is not a valid float");
    private static readonly Reply NoRange = Reply.Error("ERR min or max is not a float");

    /// <summary>ZADD key score member [score member …].</summary>
    public static Reply Add(Keyspace keys, byte[][] arguments)
    {
        if (arguments.Length % 2 != 0)
        {
            return Reply.Error("ERR syntax error");
        }

        for (int i = 2; i < arguments.Length; i += 2)
        {
            if (Number(arguments[i]) is null)
            {
                return NoScore;
            }
        }

        if (!TryFind(keys, arguments, out Dictionary<string, double>? set))
        {
            return Reply.WrongType;
        }

        if (set is null)
        {
            set = new(StringComparer.Ordinal);
            keys.Put(Bytes.Text(arguments[1]), new Entry(set));
        }

        int added = 0;
        for (int i = 2; i < arguments.Length; i += 2)
        {
            string member = Bytes.Text(arguments[i + 1]);
            double? before = set.TryGetValue(member, out double score) ? score : null;
            added += before is null ? 1 : 0;
            set[member] = Number(arguments[i])!.Value;
            keys.Changed(() => Restore(set, member, before));
        }

        return Reply.Integer(added);
    }

    public static Reply Length(Keyspace keys, byte[][] arguments) =>
        TryFind(keys, arguments, out Dictionary<string, double>? set) ? Reply.Integer(set?.Count ?? 0) : Reply.WrongType;

    /// <summary>ZRANGE key 0 -1 WITHSCORES: all, the lowest first.</summary>
    public static Reply All(Keyspace keys, byte[][] arguments) =>
        TryFind(keys, arguments, out Dictionary<string, double>? set)
            ? Reply.Array([
                .. (set ?? [])
                    .OrderBy(member => member.Value)
                    .ThenBy(member => member.Key, StringComparer.Ordinal)
                    .SelectMany(member =>
                        new[]
                        {
                            Reply.Bulk(Bytes.Of(member.Key)),
                            Reply.Bulk(Bytes.Of(member.Value.ToString(CultureInfo.InvariantCulture))),
                        }
                    ),
            ])
            : Reply.WrongType;

    /// <summary>ZCOUNT key min max, both included.</summary>
    public static Reply Count(Keyspace keys, byte[][] arguments)
    {
        if (Number(arguments[2]) is not { } min || Number(arguments[3]) is not { } max)
        {
            return NoRange;
        }

        return TryFind(keys, arguments, out Dictionary<string, double>? set)
            ? Reply.Integer(set?.Values.Count(score => score >= min && score <= max) ?? 0)
            : Reply.WrongType;
    }

    /// <summary>ZREMRANGEBYSCORE key min max, both included.</summary>
    public static Reply RemoveByScore(Keyspace keys, byte[][] arguments)
    {
        if (Number(arguments[2]) is not { } min || Number(arguments[3]) is not { } max)
        {
            return NoRange;
        }

        if (!TryFind(keys, arguments, out Dictionary<string, double>? set))
        {
            return Reply.WrongType;
        }

        KeyValuePair<string, double>[] removed = [.. (set ?? []).Where(member => member.Value >= min && member.Value <= max)];
        foreach ((string member, double score) in removed)
        {
            set!.Remove(member);
            keys.Changed(() => set[member] = score);
        }

        if (set is { Count: 0 })
        {
            keys.Remove(Bytes.Text(arguments[1]));
        }

        return Reply.Integer(removed.Length);
    }

    private static void Restore(Dictionary<string, double> set, string member, double? score)
    {
        if (score is { } before)
        {
            set[member] = before;
        }
        else
        {
            set.Remove(member);
        }
    }

    private static double? Number(byte[] text) =>
        Bytes.Text(text) switch
        {
            "-inf" => double.NegativeInfinity,
            "+inf" or "inf" => double.PositiveInfinity,
            var number => double.TryParse(
                number,
                NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out double value
            )
                ? value
                : null,
        };

    /// <returns>Whether the key is absent or holds a sorted set.</returns>
    private static bool TryFind(Keyspace keys, byte[][] arguments, out Dictionary<string, double>? set)
    {
        Entry? entry = keys.Find(Bytes.Text(arguments[1]));
        set = entry?.Value as Dictionary<string, double>;
        return entry is null || set is not null;
    }
}
