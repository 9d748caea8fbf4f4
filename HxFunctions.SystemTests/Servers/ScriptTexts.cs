using System.Globalization;
using System.Text;
using StackExchange.Redis;

namespace HxFunctions.SystemTests.Servers;

/// <summary>Makes up the texts that the store's scripts may find or be given, and shows them.</summary>
internal sealed class ScriptTexts(Random random)
{
    /// <summary>As long as a value of the store's may be.</summary>
    private const int Longest = 4096;

    public T Pick<T>(params T[] from) => from[random.Next(from.Length)];

    public bool Chance(int percent) => random.Next(100) < percent;

    /// <summary>A number of 1 to this many digits.</summary>
    public string Digits(int most)
    {
        StringBuilder text = new();
        text.Append((char)random.Next('1', '9' + 1));
        for (int left = random.Next(most); left > 0; left--)
        {
            text.Append((char)random.Next('0', '9' + 1));
        }

        return text.ToString();
    }

    /// <summary>A moment near <see cref="ScriptCase.Now"/> or anywhere, in milliseconds since 1970.</summary>
    public string Moment() =>
        Chance(60) ? (ScriptCase.Now + Pick(-1, 0, 1, random.Next(-100_000, 100_000))).ToString(CultureInfo.InvariantCulture) : Digits(18);

    /// <summary>What another instance, another version or a stranger may have stored under a field, an override or a lease.</summary>
    public RedisValue Stored() =>
        random.Next(16) switch
        {
            < 5 => $"{Moment()} {Body()}",
            < 8 => $"{Moment()} {OverrideBody()}",
            8 => Sized(Longest + random.Next(-1, 2)),
            9 => Sized(5000),
            10 => Bytes($"{Moment()} {{\"reason\":\"", (byte)Pick(0, 127, 128, 200, 255)),
            11 => $"{Moment()} {{\"reason\":\"Größe\"}}",
            12 => $"{new string('9', Pick(19, 20, 40, 400))} {OverrideBody()}",
            13 => Pick(
                "",
                " ",
                "0 {",
                "1{}",
                " 1 {}",
                "-1 {}",
                "1.5 {}",
                "0x1 {}",
                "1  {}",
                "x",
                "1 {\"set\":}",
                "1 {\"set\":5",
                "1 {\"set\":5}"
            ),
            14 => Bytes("", (byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256)),
            _ => Holder(),
        };

    public string Holder() => Pick("instance-1", "instance-2", "instance-3");

    /// <summary>A record's JSON, more or less.</summary>
    public string Body() => $"{{\"v\":1,\"seq\":{Digits(6)},\"status\":\"{Pick("pass", "warn", "fail")}\",\"by\":\"{Holder()}\"}}";

    /// <summary>An override's JSON as it is stored, with when it was set.</summary>
    public string OverrideBody() => $"{{\"set\":{(Chance(20) ? Digits(25) : Moment())},{NewOverride()[1..]}";

    /// <summary>An override's JSON as it is handed in.</summary>
    public string NewOverride() => $"{{\"v\":1,\"verdict\":\"{Pick("open", "closed")}\",\"reason\":\"r{Digits(3)}\"}}";

    /// <summary>Milliseconds: more than a test takes, by far.</summary>
    public long Life() => random.Next(60_000, 100_000_000);

    /// <summary>Text in which each byte is a character, for people to read; long text is cut.</summary>
    public static string Shortened(RedisValue value)
    {
        string text = Shown((byte[]?)value);
        return text.Length > 120 ? $"{text[..100]}… ({text.Length})"
            : text.Length == 0 ? "''"
            : text;
    }

    public static string Shown(byte[]? bytes) => bytes is null ? "nil" : Encoding.Latin1.GetString(bytes);

    private string Sized(int length) => $"{Moment()} {{\"".PadRight(length, 'x');

    private static RedisValue Bytes(string text, params byte[] more) => (byte[])[.. Encoding.ASCII.GetBytes(text), .. more];
}
