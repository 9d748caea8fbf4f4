using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using HxFunctions.Core.Routing;

namespace HxFunctions.Tests.Routing;

/// <summary>The matcher against the enumeration of <see cref="Readings"/>.</summary>
public class RouteMatcherSoundnessTests
{
    private const string Base = "/api";

    private static readonly string[] Prefixes = ["/v1/keys", "/key", "/key/generate", "/v1/keys/list", "/a/c/b"];

    private static readonly GuardRule[] Rules = [.. Prefixes.Select(prefix => new GuardRule(prefix, GuardMethods.All, ["x"]))];

    private static readonly RouteMatcher Matcher = new(Rules, Base);

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

    /// <summary>A rule in disguise.</summary>
    private static readonly Gen<string> DisguisedPath =
        from rule in Gen.Elements(Rules)
        from start in Gen.Elements(Starts)
        from joints in Gen.Elements(Joints).ArrayOf(3)
        from end in Gen.Elements(Ends)
        from dice in Dice
        let segments = rule.Route[1..].Split('/')
        select Encode(start + string.Concat(segments.Select((segment, i) => i == 0 ? segment : joints[i] + segment)) + end, dice);

    /// <summary>Anything made of dangerous pieces.</summary>
    private static readonly Gen<string> RandomPath =
        from count in Gen.Choose(1, 9)
        from fragments in Gen.Elements(Fragments).ArrayOf(count)
        from slash in Gen.Elements("/", "/", "")
        from dice in Dice
        select slash + Encode(string.Concat(fragments), dice);

    [Fact]
    public void Path_with_a_guarded_reading_is_matched()
    {
        int guarded = 0;
        int decided = 0;
        Prop.ForAll(
                Arb.From(Gen.OneOf(DisguisedPath, RandomPath), Shorten),
                path =>
                {
                    Span<ulong> matched = stackalloc ulong[Matcher.WordCount];
                    if (!Matcher.TryMatch(path, matched))
                    {
                        return matched[0] == (1UL << Rules.Length) - 1;
                    }

                    decided++;
                    List<string> readings = Readings.Of(path, cap: 1500);
                    for (int i = 0; i < Rules.Length; i++)
                    {
                        string prefix = Rules[i].Route;
                        if (
                            !readings.Exists(reading =>
                                Readings.IsUnder(reading, prefix)
                                || Readings.IsUnder(reading, Base + prefix)
                                || Readings.IsUnder(reading, Base + Base + prefix)
                            )
                        )
                        {
                            continue;
                        }

                        guarded++;
                        if ((matched[0] & (1UL << i)) == 0)
                        {
                            return false;
                        }
                    }

                    return true;
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000));

        // The generator has to keep finding paths for which the property says something.
        Assert.True(decided > 500, $"decided {decided}");
        Assert.True(guarded > 400, $"guarded {guarded}");
    }

    [Fact]
    public void Ordinary_path_is_matched_exactly_and_the_same_when_a_character_of_it_is_encoded()
    {
        string[] segments = ["v1", "keys", "KEY", "generate", "list", "api", "a", "c", "b", "keysmith", "gpt-4.1", ".x", "a:b", "v1,x"];
        Gen<string> ordinary =
            from chosen in Gen.Elements(segments).ArrayOf(5)
            from count in Gen.Choose(0, 5)
            from end in Gen.Elements("", "/", "?x=%zz/../v1/keys", "/?")
            let path = "/" + string.Join('/', chosen.Take(count))
            select path.Length == 1 && end.StartsWith('/') ? path : path + end;

        Prop.ForAll(
                Arb.From(ordinary),
                path =>
                {
                    ulong expected = 0;
                    string sent = path.Split('?')[0];
                    for (int i = 0; i < Rules.Length; i++)
                    {
                        string prefix = Rules[i].Route;
                        if (
                            Readings.IsUnder(sent, prefix)
                            || Readings.IsUnder(sent, Base + prefix)
                            || Readings.IsUnder(sent, Base + Base + prefix)
                        )
                        {
                            expected |= 1UL << i;
                        }
                    }

                    int letter = path.AsSpan().IndexOfAny('v', 'k', 'g');
                    string encoded =
                        letter < 0 ? path : string.Concat(path.AsSpan(0, letter), Encode(path[letter], 1), path.AsSpan(letter + 1));
                    return Match(path) == expected && Match(encoded) == expected;
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
    }

    [Fact]
    public void Any_text_at_all_is_answered()
    {
        Gen<string> any = Gen.Choose(0, 0xFFFF).Select(value => (char)value).ArrayOf().Select(characters => new string(characters));
        Gen<string> special = Gen.Elements("/\\%;.?#+ :0123456789abcdefkeysvKEYSV1\0\r\n\u00C0\u00AF".ToCharArray())
            .ArrayOf()
            .Select(characters => new string(characters));

        Prop.ForAll(
                Arb.From(Gen.OneOf(any, special)),
                path =>
                {
                    Span<ulong> matched = stackalloc ulong[Matcher.WordCount];
                    return Matcher.TryMatch(path, matched) || matched[0] == (1UL << Rules.Length) - 1;
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
    }

    private static ulong Match(string path)
    {
        Span<ulong> matched = stackalloc ulong[Matcher.WordCount];
        Assert.True(Matcher.TryMatch(path, matched), path);
        return matched[0];
    }

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

    private static string Encode(char character, int rounds) =>
        rounds == 0
            ? character.ToString()
            : "%" + string.Concat(Enumerable.Repeat("25", rounds - 1)) + ((int)character).ToString("x2", CultureInfo.InvariantCulture);

    private static IEnumerable<string> Shorten(string path) => Enumerable.Range(0, path.Length).Select(i => path.Remove(i, 1));
}
