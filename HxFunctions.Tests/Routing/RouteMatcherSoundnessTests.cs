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

    private static readonly Gen<string> DisguisedPath =
        from rule in Gen.Elements(Rules)
        from path in HostilePaths.Disguised(rule.Route[1..].Split('/'))
        select path;

    [Fact]
    public void Path_with_a_guarded_reading_is_matched()
    {
        int guarded = 0;
        int decided = 0;
        Prop.ForAll(
                Arb.From(Gen.OneOf(DisguisedPath, HostilePaths.Random), HostilePaths.Shorten),
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
                        letter < 0
                            ? path
                            : string.Concat(path.AsSpan(0, letter), HostilePaths.Encode(path[letter], 1), path.AsSpan(letter + 1));
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
}
