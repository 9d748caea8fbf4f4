using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using HxFunctions.Core.Routing;
using HxFunctions.Tests.Bypass;

namespace HxFunctions.Tests.Routing;

/// <summary>Templates and exemptions against the enumeration of <see cref="Readings"/>, matched as Starlette matches them.</summary>
public class RouteTemplateSoundnessTests
{
    private const string Base = "/api";

    private static readonly GuardRule[] Rules =
    [
        .. new[]
        {
            "/model/{id}/update",
            "/team/{id:path}/callback",
            "/files/{id:path}",
            "/models/{m:path}:count",
            "/jobs/{m}:cancel",
            "/jobs/{m}:do/it",
            "/org/{id}/*",
            "/{any}/info",
            "/a/{x}/{y}/b",
            "/audit/{id}",
            "/key",
        }.Select(route => new GuardRule(route, GuardMethods.All, ["x"])),
        new("/by/list", GuardMethods.All, ["x"]) { IsExact = true },
        new("/by", GuardMethods.All, ["x"]) { IsExact = true },
    ];

    private static readonly RouteExemption[] Exemptions =
    [
        new("/key/health", GuardMethods.All),
        new("/by/list", GuardMethods.All),
        new("/model/{id}/update", GuardMethods.All),
        new("/files/{id:path}/meta", GuardMethods.All),
        new("/{any}/key", GuardMethods.All),
        new("/audit/{id}:public", GuardMethods.All),
    ];

    /// <summary>What stands for a parameter.</summary>
    private static readonly string[] Values =
    [
        "x",
        "x",
        "key",
        "callback",
        "update",
        "",
        ".",
        "..",
        "...",
        " ",
        "+",
        "%2f",
        "%2f%2f",
        "%5c",
        "%2f..",
        "a%2fb",
        "a%2f..",
        "a\\b",
        "a/b",
        "a;b",
        ";b",
        ";a%2fb",
        "a%3fb",
        "a%23b",
        "a%3fb;c",
        "a;b%3fc",
        "a:b",
        "a:count",
        "a ",
        "\uFF0F",
        "http:",
    ];

    private static readonly RouteMatcher Strict = new(Rules, Base),
        Lenient = new(Rules, Base, Exemptions);

    private static readonly Regex[] Compiled =
    [
        .. Rules.Select(rule => StarletteRoute.Compile(rule.Route, rule.IsExact, RegexOptions.IgnoreCase)),
    ];
    private static readonly Regex[] Exempt = [.. Exemptions.Select(exemption => StarletteRoute.Compile(exemption.Route, isExact: true))];

    private static readonly Gen<string> Segments = Gen.Elements([
        "model",
        "update",
        "team",
        "callback",
        "files",
        "meta",
        "key",
        "health",
        "by",
        "list",
        "api",
        "API",
        "info",
        "audit",
        "x",
        "a:b",
    ]);

    [Fact]
    public void Path_with_a_guarded_reading_is_matched()
    {
        int guarded = 0,
            decided = 0;
        Prop.ForAll(
                Arb.From(Gen.OneOf(DisguisedPaths(Rules.Select(rule => rule.Route)), HostilePaths.Random), HostilePaths.Shorten),
                path =>
                {
                    Span<ulong> matched = stackalloc ulong[Strict.WordCount];
                    if (!Strict.TryMatch(path, matched))
                    {
                        return matched[0] == (1UL << Rules.Length) - 1;
                    }

                    decided++;
                    ulong expected = Expected(Readings.Of(path, cap: 1500));
                    guarded += expected == 0 ? 0 : 1;
                    return (expected & ~matched[0]) == 0;
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(Disguised.Cases(2000)));

        Assert.True(decided > 800, $"decided {decided}");
        Assert.True(guarded > 400, $"guarded {guarded}");
    }

    /// <summary>What is lifted was guarded for the exempt route alone, however a server reads the path.</summary>
    [Fact]
    public void Path_that_is_exempt_has_no_other_guarded_reading()
    {
        int lifted = 0;
        Gen<string> ordinary =
            from segments in Segments.ArrayOf(4)
            from count in Gen.Choose(1, 4)
            from start in Gen.Elements("", "", Base, Base + Base, "/Api", "/+")
            from end in Gen.Elements("", "", "/", "?x", "#x", ";x", ":public")
            select start + "/" + string.Join('/', segments.Take(count)) + end;
        Prop.ForAll(
                Arb.From(Gen.OneOf(ordinary, DisguisedPaths(Exemptions.Select(one => one.Route))), HostilePaths.Shorten),
                path =>
                {
                    Span<ulong> all = stackalloc ulong[Strict.WordCount],
                        left = stackalloc ulong[Lenient.WordCount];
                    Strict.TryMatch(path, all);
                    Lenient.TryMatch(path, left);
                    ulong gone = all[0] & ~left[0];
                    if (gone == 0)
                    {
                        return left[0] == all[0];
                    }

                    lifted++;
                    return Readings
                        .Of(path, cap: 500)
                        .SelectMany(reading => Readings.WithoutBase(reading, Base))
                        .All(reading => (Guarding(reading) & gone) == 0 || Exempt.Any(route => route.IsMatch(reading)));
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(Disguised.Cases(4000)));

        Assert.True(lifted > 40, $"lifted {lifted}");
    }

    [Fact]
    public void Ordinary_path_is_looked_up_as_the_walk_finds_it()
    {
        RouteTrie trie = new(
            [
                .. Rules.Select(rule =>
                    RoutePattern.TryParse(rule.Route, rule.IsExact, out RoutePattern? pattern, out string? problem)
                        ? pattern
                        : throw new ArgumentException(problem)
                ),
            ],
            [Base]
        );
        Gen<string> ordinary =
            from segments in Gen.OneOf(Segments, Gen.Elements("jobs", "models", "org", "a", "b", "m:cancel", "m:do", "it", "a:count"))
                .ArrayOf(6)
            from count in Gen.Choose(0, 6)
            from end in Gen.Elements("", "", "/")
            select count == 0 ? "/" : "/" + string.Join('/', segments.Take(count)) + end;
        int some = 0;
        Prop.ForAll(
                Arb.From(ordinary),
                path =>
                {
                    Span<ulong> found = stackalloc ulong[Strict.WordCount],
                        walked = stackalloc ulong[Strict.WordCount],
                        wide = stackalloc ulong[Strict.WordCount];
                    walked.Clear();
                    wide.Clear();
                    Assert.True(Strict.TryMatch(path, found));
                    RouteWalk.Walk(trie, path.AsSpan(1), slashesDiffer: false, walked);
                    RouteWalk.Walk(trie, path.AsSpan(1), slashesDiffer: true, wide);
                    some += found[0] == 0 ? 0 : 1;
                    return found[0] == walked[0] && found[0] == Expected([path]) && (walked[0] & ~wide[0]) == 0;
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(Disguised.Cases(4000)));

        Assert.True(some > 400, $"{some}");
    }

    private static ulong Expected(IEnumerable<string> readings) =>
        readings
            .SelectMany(reading => Readings.WithoutBase(reading, Base))
            .Distinct()
            .Aggregate(0UL, (expected, reading) => expected | Guarding(reading) | Guarding(reading.TrimEnd('/')));

    private static ulong Guarding(string reading)
    {
        ulong guarding = 0;
        for (int i = 0; i < Compiled.Length; i++)
        {
            guarding |= Compiled[i].IsMatch(reading) ? 1UL << i : 0;
        }

        return guarding;
    }

    private static Gen<string> DisguisedPaths(IEnumerable<string> routes) =>
        from route in Gen.Elements(routes)
        from values in Gen.Elements(Values).ArrayOf(2)
        let filled = StarletteRoute.Fill(route, parameter => values[parameter[1] % 2])
        from path in HostilePaths.Disguised(filled[1..].Split('/'))
        from plain in Gen.Choose(0, 2)
        select plain == 0 ? filled : path;
}
