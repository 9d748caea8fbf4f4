using FsCheck;
using FsCheck.Fluent;
using HxFunctions.Core.Routing;
using HxFunctions.Tests.Routing;

namespace HxFunctions.Tests.Bypass;

/// <summary>No way of writing a path that a lenient server undoes turns closed into open.</summary>
public class DisguiseTests
{
    public static TheoryData<string> Names => [.. Disguises.All.Select(disguise => disguise.Name)];

    /// <summary>Every disguise is one: it changes the path, and the server that it names reads the route.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Disguise_is_undone_by_its_server_and_the_route_stays_closed(string name)
    {
        Disguise disguise = Disguises.All.Single(one => one.Name == name);
        bool changed = false;
        foreach (string route in AdminRoutes.Paths)
        {
            for (int seed = 0; seed < 8; seed++)
            {
                Disguised disguised = new(route, [disguise], seed);
                changed |= disguised.Path != route;
                Assert.Equal(route, disguised.Reading.TrimEnd('/'));
                Assert.True(AdminRoutes.IsGuarded(disguised.Path), disguised.ToString());
            }
        }

        Assert.True(changed);
    }

    [Fact]
    public void Route_under_any_disguises_stays_closed()
    {
        int guarded = 0,
            decided = 0;
        int cases = Disguised.Cases(10_000);
        Prop.ForAll(
                Disguised.Any,
                disguised =>
                {
                    // Where the layers get into each other's way, the servers on the way read something else.
                    if (!disguised.IsPromised || !AdminRoutes.IsGuardedReading(disguised.Reading))
                    {
                        return true;
                    }

                    guarded++;
                    if (AdminRoutes.Matcher.TryMatch(disguised.Path, new ulong[1]))
                    {
                        decided++;
                    }

                    return AdminRoutes.IsGuarded(disguised.Path);
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(cases));

        // It says something: mostly of routes, and of many that are decided by a reading, not for being unreadable.
        Assert.True(guarded > cases * 0.7, $"{guarded} of {cases} are read as routes");
        Assert.True(decided > guarded * 0.3, $"{decided} of {guarded} are decided");
    }

    /// <summary>What a path is guarded for, it stays guarded for when more is done to it: no layer takes a rule away.</summary>
    [Fact]
    public void Another_disguise_takes_no_rule_away()
    {
        int cases = Disguised.Cases(5_000);
        int compared = 0;
        Prop.ForAll(
                Disguised.Any,
                Gen.Elements(Disguises.All).ToArbitrary(),
                (disguised, more) =>
                {
                    Disguised further = disguised with { Layers = [.. disguised.Layers, more] };
                    // An unreadable path counts for every rule; what makes it readable again may take some away.
                    ulong[] before = new ulong[AdminRoutes.Matcher.WordCount];
                    if (
                        !further.IsPromised
                        || !AdminRoutes.Matcher.TryMatch(disguised.Path, before)
                        || more.Undo(further.Path) != disguised.Path
                    )
                    {
                        return true;
                    }

                    compared++;
                    ulong[] after = new ulong[AdminRoutes.Matcher.WordCount];
                    AdminRoutes.Matcher.TryMatch(further.Path, after);
                    return (before[0] & ~after[0]) == 0;
                }
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(cases));

        // It says something.
        Assert.True(compared > cases * 0.35, $"{compared} of {cases} are compared");
    }

    /// <summary>Up to the limit a path is read, and over it closed, wherever the route hides.</summary>
    [Theory]
    [InlineData(RouteMatcher.MaxLength - 1, true)]
    [InlineData(RouteMatcher.MaxLength, true)]
    [InlineData(RouteMatcher.MaxLength + 1, false)]
    [InlineData(16 * RouteMatcher.MaxLength, false)]
    public void Route_at_the_end_of_a_long_path_stays_closed(int length, bool decided)
    {
        foreach ((string padding, string detour) in new[] { ("/.", ""), ("a", "/.."), ("%41", "/.."), ("\uFF41", "/%2e%2e"), ("/", "") })
        {
            const string Route = "/v1/keys";
            int room = length - detour.Length - Route.Length - 1;
            string repeated = string.Concat(Enumerable.Repeat(padding, (room / padding.Length) + 1))[..room];
            // A broken escape where the padding was cut would decide the matter too early.
            string path = ("/" + repeated.Replace("%4", "aa", StringComparison.Ordinal).Replace('%', 'a') + detour + Route).PadRight(
                length,
                '/'
            );
            Assert.Equal(length, path.Length);

            Assert.Equal(decided, AdminRoutes.Matcher.TryMatch(path, new ulong[1]));
            Assert.True(AdminRoutes.IsGuarded(path));
        }
    }
}
