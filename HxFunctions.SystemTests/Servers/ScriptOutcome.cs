using System.Globalization;
using StackExchange.Redis;

namespace HxFunctions.SystemTests.Servers;

/// <summary>A script's answer and what it left.</summary>
internal sealed class ScriptOutcome(string answer, RedisResult state, RedisResult started)
{
    private readonly RedisResult[] _keys = (RedisResult[])state[2]!;

    /// <summary>In one line; of an error the first word.</summary>
    public string Answer => answer;

    /// <summary>How many keys there are.</summary>
    private long Count => (long)state[1];

    /// <summary>How long the case took on the server's clock, in milliseconds.</summary>
    private long Took => Milliseconds(state[0]) - Milliseconds(started);

    public string? DifferenceTo(ScriptOutcome own)
    {
        if (answer != own.Answer)
        {
            return "The answers differ.";
        }

        if (Count != own.Count)
        {
            return "One has more keys.";
        }

        for (int i = 0; i < _keys.Length; i++)
        {
            if (Show(_keys[i][0]) != Show(own._keys[i][0]) || Values(_keys[i]) != Values(own._keys[i]))
            {
                return $"Differs: {ScriptCases.Touched[i]}";
            }

            // Time passes on the real one only, and a millisecond more by rounding.
            long left = (long)_keys[i][1],
                ownLeft = (long)own._keys[i][1];
            if (left < 0 || ownLeft < 0 ? left != ownLeft : left > ownLeft + 1 || left < ownLeft - Took - 1)
            {
                return $"Expires at another time ({Took} ms passed): {ScriptCases.Touched[i]}";
            }
        }

        return null;
    }

    /// <summary>A key's values; a hash's by field, for their order says nothing.</summary>
    private static string Values(RedisResult key)
    {
        string[] values = [.. ((RedisResult[])key[2]!).Select(Show)];
        return Show(key[0]) == "hash"
            ? string.Join(' ', values.Chunk(2).Select(pair => string.Join('=', pair)).Order(StringComparer.Ordinal))
            : string.Join(' ', values);
    }

    public static string Show(RedisServerException exception) => "-" + exception.Message.Split(' ')[0];

    public static string Show(RedisResult result) =>
        result.IsNull ? "nil"
        : result.Resp2Type == ResultType.Array ? $"[{string.Join(", ", ((RedisResult[])result!).Select(Show))}]"
        : result.Resp2Type == ResultType.Integer ? $":{(long)result}"
        : result.Resp2Type == ResultType.SimpleString ? $"+{(string)result!}"
        : ScriptTexts.Shown((byte[]?)result);

    /// <summary>What TIME answers, in milliseconds.</summary>
    public static long Milliseconds(RedisResult time)
    {
        string[] parts = (string[])time!;
        Assert.Equal(2, parts.Length);
        Assert.All(parts, part => Assert.Matches("^(0|[1-9][0-9]*)$", part));
        Assert.InRange(long.Parse(parts[1], CultureInfo.InvariantCulture), 0, 999_999);
        return (long.Parse(parts[0], CultureInfo.InvariantCulture) * 1000) + (long.Parse(parts[1], CultureInfo.InvariantCulture) / 1000);
    }

    public override string ToString() =>
        $"{answer}\n  "
        + string.Join("\n  ", _keys.Select((key, i) => $"{ScriptCases.Touched[i]}: {Show(key[0])} {Show(key[1])} {Values(key)}"));
}
