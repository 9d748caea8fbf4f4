using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace HxFunctions.Tests.Routing;

/// <summary>Generators of paths that servers read differently.</summary>
internal static class HostilePaths
{
    private static readonly string[] Fragments =
    [
        "/v1",
        "/v1",
        "/keys",
        "/keys",
        "/key",
        "/generate",
        "/list",
        "/api",
        "/a",
        "/b",
        "/\u2100",
        "v1",
        "keys",
        "key",
        "KEYS",
        "Key",
        "\u212Aey",
        "\uFF4Beys",
        "key\u017F",
        "\u24DAey",
        "\U0001D424ey",
        "k\u200Bey",
        "k%e2%80%8bey",
        "k%65y",
        "%6b%65%79%73",
        "%256bey",
        "/",
        "/",
        "//",
        "\\",
        "%2f",
        "%5c",
        "%252f",
        "%25252F",
        "%c0%af",
        "%e0%80%af",
        "%f0%80%80%af",
        "\uFF0F",
        "%ef%bc%8f",
        "\uFF3C",
        "\uFF052f",
        "%ef%bc%852f",
        "/.",
        "/..",
        "/..",
        "/%2e%2e",
        "/.%252e",
        "/%c0%ae.",
        "/\u2025",
        "\uFF0E\uFF0E",
        "/. .",
        "/.. ",
        "..",
        ".",
        "/...",
        "%20",
        " ",
        "+",
        "%2b",
        "\u3000",
        ";",
        ";p=1",
        "%3b",
        "%253b",
        "\uFF1B",
        ";a%2fb",
        ";%2f..",
        "?",
        "%3f",
        "%253f",
        "\uFF1F",
        "#",
        "%23",
        "http://h",
        "http:",
        "HTTPS://u@h:1",
        "http:%2f%2fh",
        "//h",
        "\\\\h",
        "//h%2fi",
        "//h;q",
        "x",
        "%78",
        "/x",
        "/x",
        "%",
        "%25",
    ];

    /// <summary>What may stand between two segments of a rule, to some server at least.</summary>
    private static readonly string[] Joints =
    [
        "/",
        "/",
        "//",
        "\\",
        "%2f",
        "%252f",
        "%5c",
        "%c0%af",
        "\uFF0F",
        "%ef%bc%8f",
        "/./",
        "/%2e/",
        "/ /",
        "/x/../",
        "/x/%2e%2e/",
        "%2fx%2f..%2f",
        "/x\\..\\",
        "/x/..;a/",
        "/x/\u2025/",
        ";p/",
        ";a%2fb/",
        ";a\\b/",
        ";a\uFF0Fb/",
        "%3ba%2fb/",
        "./",
        "%20/",
        "/%20",
        "/+",
        "//%2f",
        "+/",
        ".%2f",
        "/x/y/../../",
        "/;x/",
        "/x%2fy/../",
        "/..%2f..%2fv1/",
        "?",
        "#",
        "x",
    ];

    private static readonly string[] Starts =
    [
        "/",
        "/",
        "/",
        "",
        "%2f",
        "//h/",
        "\\\\h\\",
        "http://h/",
        "HTTPS:%2f%2fh:1/",
        "/../",
        "/x/../",
        "/a/..//h/",
        "//h%2fi/",
        "/;x/",
        "/api/",
        "/api%2f",
        "/x/",
    ];

    private static readonly string[] Ends =
    [
        "",
        "",
        "/",
        "/x",
        "?x",
        "%3fx",
        "%3fx/y",
        "/y/..%3fx",
        ";x%3fy/z",
        ";x/y",
        "#x",
        "%23/x",
        ";x",
        ".",
        "%20",
        "+",
        "%2520",
        "/..",
        "/../x",
        "\\x",
        "%2fx",
        "x",
        "-x",
    ];

    private static readonly Gen<int[]> Dice = Gen.Choose(0, 12).ArrayOf(60);

    /// <summary>Anything made of dangerous pieces.</summary>
    public static readonly Gen<string> Random =
        from count in Gen.Choose(1, 9)
        from fragments in Gen.Elements(Fragments).ArrayOf(count)
        from slash in Gen.Elements("/", "/", "")
        from dice in Dice
        select slash + Encode(string.Concat(fragments), dice);

    /// <summary>A route in disguise.</summary>
    public static Gen<string> Disguised(IReadOnlyList<string> segments) =>
        from start in Gen.Elements(Starts)
        from joints in Gen.Elements(Joints).ArrayOf(segments.Count)
        from end in Gen.Elements(Ends)
        from dice in Dice
        select Encode(start + string.Concat(segments.Select((segment, i) => i == 0 ? segment : joints[i] + segment)) + end, dice);

    /// <summary>Percent-encodes some characters once or twice, as the dice say: 0 twice, 1 and 2 once.</summary>
    private static string Encode(string text, int[] dice)
    {
        StringBuilder encoded = new();
        for (int i = 0; i < text.Length; i++)
        {
            int rounds =
                i >= dice.Length || !char.IsAscii(text[i])
                    ? 0
                    : dice[i] switch
                    {
                        0 => 2,
                        1 or 2 => 1,
                        _ => 0,
                    };
            encoded.Append(Encode(text[i], rounds));
        }

        return encoded.ToString();
    }

    public static string Encode(char character, int rounds) =>
        rounds == 0
            ? character.ToString()
            : "%" + string.Concat(Enumerable.Repeat("25", rounds - 1)) + ((int)character).ToString("x2", CultureInfo.InvariantCulture);

    public static IEnumerable<string> Shorten(string path) => Enumerable.Range(0, path.Length).Select(i => path.Remove(i, 1));
}
