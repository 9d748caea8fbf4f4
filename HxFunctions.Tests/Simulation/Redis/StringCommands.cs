namespace HxFunctions.Tests.Simulation.Redis;

/// <summary>GET, STRLEN and SET.</summary>
internal static class StringCommands
{
    public static Reply Get(Keyspace keys, byte[][] arguments) =>
        keys.Find(Bytes.Text(arguments[1]))?.Value switch
        {
            null => Reply.Nil,
            byte[] value => Reply.Bulk(value),
            _ => Reply.WrongType,
        };

    /// <summary>STRLEN: 0 when there is none.</summary>
    public static Reply Length(Keyspace keys, byte[][] arguments) =>
        keys.Find(Bytes.Text(arguments[1]))?.Value switch
        {
            null => Reply.Integer(0),
            byte[] value => Reply.Integer(value.Length),
            _ => Reply.WrongType,
        };

    /// <summary>SET with EX, PX, KEEPTTL, NX and XX.</summary>
    public static Reply Set(Keyspace keys, byte[][] arguments)
    {
        byte[]? lasts = null;
        long unit = 1;
        bool keeps = false,
            onlyNew = false,
            onlyOld = false;
        for (int i = 3; i < arguments.Length; i++)
        {
            switch (Bytes.Text(arguments[i]).ToUpperInvariant())
            {
                case "PX" or "EX" when lasts is null && !keeps && i + 1 < arguments.Length:
                    unit = (arguments[i][0] | 0x20) == 'e' ? 1000 : 1;
                    lasts = arguments[++i];
                    break;
                case "KEEPTTL" when lasts is null:
                    keeps = true;
                    break;
                case "NX" when !onlyOld:
                    onlyNew = true;
                    break;
                case "XX" when !onlyNew:
                    onlyOld = true;
                    break;
                default:
                    return Reply.BadSyntax;
            }
        }

        long span = 0;
        if (lasts is not null)
        {
            if (!Bytes.TryParse(lasts, out span))
            {
                return Reply.NoInteger;
            }

            if (span <= 0 || span > long.MaxValue / unit || span * unit > long.MaxValue - keys.Now)
            {
                return Reply.BadExpiry("set");
            }
        }

        string key = Bytes.Text(arguments[1]);
        Entry? before = keys.Find(key);
        if (before is null ? onlyOld : onlyNew)
        {
            return Reply.Nil;
        }

        keys.Put(
            key,
            new Entry(arguments[2])
            {
                ExpiresAt =
                    lasts is not null ? keys.Now + (span * unit)
                    : keeps ? before?.ExpiresAt
                    : null,
            }
        );
        return Reply.Ok;
    }
}
